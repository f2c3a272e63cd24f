/**
 * Key logs that records speak of and that are not here: fetched in the background.
 *
 * A record by a genesis key needs no log to be stored, but a vouch for an agent counts only once the
 * agent's log is here, since it names an inception. So whoever is named is looked up: at the peer
 * that sent the record first, then as `resolve` does. What is not found is tried again, a few times.
 */
import type { Logger } from '../../base/log.ts'
import { asError } from '../../base/error.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'

/** Logs that are wanted at a time; those named later are found again at the next start. */
export const WANTED_LIMIT = 8_192
const FETCHES_AT_ONCE = 4
const TRIES_LIMIT = 6
const FIRST_RETRY_MS = 2 * SECOND_MS
const FETCH_LIMIT_MS = 15 * SECOND_MS

export interface WantedLogsDeps {
  readonly isHeld: (did: Did) => boolean
  /** Looks the log up and keeps it; `peer` is who spoke of the agent. Throws when nobody has it. */
  readonly fetch: (did: Did, peer: string | undefined, signal: AbortSignal) => Promise<void>
  readonly log: Logger
}

interface Wanted {
  readonly did: Did
  readonly peer: string | undefined
  tries: number
  dueAtMs: number
}

export class WantedLogs implements Disposable {
  readonly #deps: WantedLogsDeps
  readonly #wanted = new Map<Did, Wanted>()
  readonly #closing = new AbortController()
  readonly #timer: NodeJS.Timeout
  #fetching = 0

  constructor(deps: WantedLogsDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => this.#next(), SECOND_MS)
    this.#timer.unref()
  }

  get size(): number {
    return this.#wanted.size
  }

  want(did: Did, peer?: string): void {
    const { isHeld } = this.#deps
    if (this.#wanted.has(did) || this.#wanted.size >= WANTED_LIMIT || isHeld(did)) return
    this.#wanted.set(did, { did, peer, tries: 0, dueAtMs: 0 })
    this.#next()
  }

  #next(): void {
    if (this.#closing.signal.aborted || this.#fetching >= FETCHES_AT_ONCE) return
    const nowMs = performance.now()
    for (const one of this.#wanted.values()) {
      if (this.#fetching >= FETCHES_AT_ONCE) return
      if (one.dueAtMs > nowMs) continue
      one.dueAtMs = Infinity
      this.#fetching++
      void this.#fetch(one).finally(() => {
        this.#fetching--
        this.#next()
      })
    }
  }

  async #fetch(one: Wanted): Promise<void> {
    const { isHeld, fetch, log } = this.#deps
    const { did, peer } = one
    if (!isHeld(did)) {
      const limit = AbortSignal.timeout(FETCH_LIMIT_MS)
      try {
        await fetch(did, peer, AbortSignal.any([limit, this.#closing.signal]))
      } catch (error) {
        log.debug('a key log was not found', { did, reason: asError(error).message })
      }
    }
    one.tries++
    if (isHeld(did) || one.tries >= TRIES_LIMIT) this.#wanted.delete(did)
    else one.dueAtMs = performance.now() + FIRST_RETRY_MS * 2 ** one.tries
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    clearInterval(this.#timer)
    this.#wanted.clear()
  }
}
