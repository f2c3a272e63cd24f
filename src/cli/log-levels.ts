/** How much is logged, for each component; it can change while the node runs. */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LevelSettings {
  readonly level: LogLevel
  /** `gossip=debug`: a component, and its children, with a level of its own. */
  readonly levels?: readonly string[]
}

export class LogLevels {
  #level: LogLevel
  #ofComponents: ReadonlyMap<string, LogLevel>

  constructor(settings: LevelSettings) {
    this.#level = settings.level
    this.#ofComponents = readLevels(settings.levels)
  }

  set(settings: LevelSettings): void {
    this.#level = settings.level
    this.#ofComponents = readLevels(settings.levels)
  }

  allows(component: string | undefined, level: LogLevel): boolean {
    const least =
      (component === undefined ? undefined : this.#ofComponents.get(component)) ?? this.#level
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)
  }
}

function readLevels(texts: readonly string[] = []): ReadonlyMap<string, LogLevel> {
  return new Map(
    texts.flatMap((text) => {
      const [component = '', name] = text.split('=')
      const level = LOG_LEVELS.find((one) => one === name)
      return level === undefined ? [] : [[component, level] as const]
    }),
  )
}
