/**
 * Listeners that cannot take the process down.
 *
 * libp2p calls listeners without a net: one that throws is an uncaught exception, and one that
 * rejects is an unhandled rejection. Every listener of ours goes through here.
 */
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'

/** `listener`, with whatever it throws, at once or later, logged under `what`. */
export function safely<Args extends readonly unknown[]>(
  log: Logger,
  what: string,
  listener: (...args: Args) => unknown,
): (...args: Args) => void {
  const report = (thrown: unknown): void => {
    const error = asError(thrown)
    log.error(`a listener failed: ${what}`, { error: error.message, stack: error.stack })
  }
  return (...args) => {
    try {
      const outcome = listener(...args)
      if (outcome instanceof Promise) outcome.catch(report)
    } catch (thrown) {
      report(thrown)
    }
  }
}
