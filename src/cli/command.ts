/** What a command is: its words, its options, its examples, and what it does. */
import type { Client } from '../api/contract.ts'
import type { Clock } from '../base/clock.ts'
import type { Environment } from '../base/paths.ts'
import type { ExitCode } from './exit.ts'
import type { Output } from './output.ts'

export interface OptionDefinition {
  /** In commander's notation: `--level <n>`, `--yes`. */
  readonly flags: string
  readonly description: string
  /** May be given more than once. */
  readonly repeats?: boolean
  readonly isRequired?: boolean
  readonly fallback?: string
  readonly choices?: readonly string[]
}

export interface ArgumentDefinition {
  /** In commander's notation: `<agent>` or `[file]`. */
  readonly name: string
  readonly description: string
}

export interface CommandDefinition {
  readonly name: string
  readonly summary: string
  readonly arguments?: readonly ArgumentDefinition[]
  readonly options?: readonly OptionDefinition[]
  /** Whole command lines: `aip-node score bob --min 0.3`. At least one. */
  readonly examples: readonly [string, ...string[]]
  readonly subcommands?: readonly CommandDefinition[]
  /** @returns the exit code when it is not 0. Left out: the command only groups others. */
  readonly run?: (invocation: Invocation, context: CommandContext) => Promise<ExitCode | void>
}

/** What the user wrote, read by name. */
export class Invocation {
  readonly #arguments: readonly string[]
  readonly #options: Readonly<Record<string, unknown>>

  constructor(given: readonly string[], options: Readonly<Record<string, unknown>>) {
    this.#arguments = given
    this.#options = options
  }

  /** The argument at this place, when it was given. */
  argument(at: number): string | undefined {
    return this.#arguments[at]
  }

  /** An argument that the definition marks as needed. */
  needed(at: number): string {
    const value = this.#arguments[at]
    if (value === undefined) throw new RangeError(`argument ${at} is not declared as needed`)
    return value
  }

  /** By the option's name in camel case: `apiPort`. */
  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  has(name: string): boolean {
    return this.#options[name] === true
  }
}

/** What a command may touch. Tests pass a client in memory and arrays for the output. */
export interface CommandContext {
  /**
   * The client of the running node, connected on the first call; its calls are broken off when the
   * command is interrupted, or by the signal of that first call.
   */
  readonly connect: (until?: AbortSignal) => Promise<Client>
  readonly output: Output
  /** Standard input, read only by commands that are told to. */
  readonly stdin: AsyncIterable<Uint8Array>
  /** The environment, with `--home` as `AIP_NODE_HOME`. */
  readonly env: Environment
  readonly platform: string
  readonly clock: Clock
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /** How long calls and waits may take. */
  readonly timeoutMs: number
  /** Puts a yes-or-no question to the person; `undefined` when there is none to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  /** Asks for a secret, which is not shown while it is typed; `undefined`: there is nobody. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined
}
