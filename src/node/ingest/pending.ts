/**
 * Records whose signature is good and whose key log is not here yet (R8).
 *
 * The log is asked of the peer that sent the record, and of nobody else: whoever passes a record on
 * can serve the log it rests on. Keyed by sender and the record's whole bytes, because a second copy
 * with another signature, or from another peer, is another thing to wait for; capped per sender and
 * per issuer, so that one stranger cannot crowd the others out.
 */
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'
import { sha256Hex } from '../../crypto/hash.ts'
import type { Did } from '../../identity/did.ts'
import type { Offered, Source } from '../../p2p/ports.ts'

export const PENDING_PER_SENDER_LIMIT = 256
export const PENDING_PER_ISSUER_LIMIT = 64
export const PENDING_LIMIT = 4_096
const ASK_LIMIT_MS = 10 * SECOND_MS

export interface PendingDeps {
  /** Asks a peer for the key log of an agent; what became of it, `undefined` when it has none. */
  readonly ask: (peer: string, did: Did, signal: AbortSignal) => Promise<Offered | undefined>
  /** Offers a record once more. What is refused then does not wait again. */
  readonly retry: (bytes: Uint8Array, source: Source) => Promise<Offered>
  readonly onUnserved: (peer: string) => void
  readonly log: Logger
}

interface Waiting {
  readonly issuer: Did
  readonly bytes: Uint8Array
  readonly source: Source
  readonly sender: string
}

/**
 * What a peer's answer to "whose key is this?" means: a log, one that says less than ours, none, or none
 * that we could keep.
 */
type Answer = 'served' | 'older' | 'unserved' | 'not-kept'

export class Pending {
  readonly #deps: PendingDeps
  readonly #waiting = new Map<string, Waiting>()
  readonly #asking = new Set<string>()
  readonly #closed = new AbortController()

  constructor(deps: PendingDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Keeps the record and asks its sender for the log; what comes over the API has nobody to ask. */
  add(issuer: Did, bytes: Uint8Array, source: Source): void {
    if (source.via === 'api' || this.#closed.signal.aborted) return
    const sender = source.peer
    const key = `${sender} ${sha256Hex(bytes)}`
    if (this.#waiting.has(key) || !this.#hasRoom(sender, issuer)) return
    this.#waiting.set(key, { issuer, bytes, source, sender })
    const asked = `${sender} ${issuer}`
    if (this.#asking.has(asked)) return
    this.#asking.add(asked)
    void this.#ask(sender, issuer)
  }

  #hasRoom(sender: string, issuer: Did): boolean {
    if (this.#waiting.size >= PENDING_LIMIT) return false
    let bySender = 0
    let byIssuer = 0
    for (const waiting of this.#waiting.values()) {
      if (waiting.sender === sender) bySender++
      if (waiting.issuer === issuer) byIssuer++
    }
    return bySender < PENDING_PER_SENDER_LIMIT && byIssuer < PENDING_PER_ISSUER_LIMIT
  }

  async #ask(sender: string, issuer: Did): Promise<void> {
    const answer = await this.#answerOf(sender, issuer)
    if (this.#closed.signal.aborted) return
    // In the same turn as the sender's records are taken out: what comes later asks anew.
    this.#asking.delete(`${sender} ${issuer}`)
    const ofIssuer = [...this.#waiting].filter(([, waiting]) => waiting.issuer === issuer)
    for (const [key, waiting] of ofIssuer) if (waiting.sender === sender) this.#waiting.delete(key)
    if (answer === 'unserved') this.#deps.onUnserved(sender)
    if (answer !== 'served' && answer !== 'older') return
    for (const [key, waiting] of ofIssuer) {
      const offered = await this.#deps.retry(waiting.bytes, waiting.source)
      const isStrange = offered.kind === 'refused' && offered.code === 'record/key-unknown'
      // A log that does not name the key after all is the fault of who served it, unless the key lost
      // its place in a log that has not come to them yet. What others sent waits for their own answer,
      // unless this log was what it needed.
      if (!isStrange) this.#waiting.delete(key)
      else if (waiting.sender === sender && answer === 'served') this.#deps.onUnserved(sender)
    }
  }

  async #answerOf(sender: string, issuer: Did): Promise<Answer> {
    const signal = AbortSignal.any([AbortSignal.timeout(ASK_LIMIT_MS), this.#closed.signal])
    try {
      const offered = await this.#deps.ask(sender, issuer, signal)
      if (offered?.kind === 'taken') return offered.isOlder === true ? 'older' : 'served'
      return offered?.code.startsWith('node/') === true ? 'not-kept' : 'unserved'
    } catch (error) {
      this.#deps.log.debug('key log not served', { sender, issuer, reason: asError(error).message })
      return 'unserved'
    }
  }

  close(): void {
    this.#closed.abort()
    this.#waiting.clear()
  }
}
