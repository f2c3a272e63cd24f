/**
 * libp2p's log lines in ours.
 *
 * What libp2p calls an error is mostly a peer's doing (a dial that failed, a stream that was reset),
 * so it becomes `debug`; its chatter, which is several lines a message, is dropped unformatted.
 */
import type { ComponentLogger, Logger as Libp2pLogger } from '@libp2p/interface'
import type { Logger } from '../base/log.ts'

/** Longer lines are cut: parts of them come from peers. */
const LINE_LIMIT_CHARS = 512

export function libp2pLog(log: Logger): ComponentLogger {
  return { forComponent: (name) => scoped(log, name) }
}

const silent = (): void => {}

function scoped(log: Logger, name: string): Libp2pLogger {
  return Object.assign((): void => {}, {
    enabled: false,
    trace: silent,
    error: (format: unknown, ...args: unknown[]): void => {
      log.debug(filledIn(format, args), { component: name })
    },
    newScope: (scope: string) => scoped(log, `${name}:${scope}`),
  })
}

/** `%s`, `%p`, `%e` and the like filled in, in order; every kind of value by its own text. */
function filledIn(format: unknown, args: readonly unknown[]): string {
  let next = 0
  const line = text(format).replace(/%[a-zA-Z]/g, (mark) =>
    next < args.length ? text(args[next++]) : mark,
  )
  return line.slice(0, LINE_LIMIT_CHARS)
}

function text(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return String(value)
}
