/**
 * Records whose signature is good and whose key log is not here yet (R8).
 *
 * The log is asked of the peer that sent the record, and of nobody else: whoever passes a record on
 * can serve the log it rests on. Keyed by the record's whole bytes, because a second copy with
 * another signature is another thing to wait for; capped per sender and per issuer, so that one
 * stranger cannot crowd the others out.
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
  readonly ask: (peer: string, did: Did, signal: AbortSignal) => Promise<boolean>
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
    let bySender = 0
    let byIssuer = 0
    for (const waiting of this.#waiting.values()) {
      if (waiting.sender === sender) bySender++
      if (waiting.issuer === issuer) byIssuer++
    }
    if (
      this.#waiting.size >= PENDING_LIMIT ||
      bySender >= PENDING_PER_SENDER_LIMIT ||
      byIssuer >= PENDING_PER_ISSUER_LIMIT
    ) {
      return
    }
    this.#waiting.set(sha256Hex(bytes), { issuer, bytes, source, sender })
    const asked = `${sender} ${issuer}`
    if (this.#asking.has(asked)) return
    this.#asking.add(asked)
    void this.#ask(sender, issuer).finally(() => this.#asking.delete(asked))
  }

  async #ask(sender: string, issuer: Did): Promise<void> {
    const limit = AbortSignal.timeout(ASK_LIMIT_MS)
    let served = false
    try {
      served = await this.#deps.ask(sender, issuer, limit)
    } catch (error) {
      this.#deps.log.debug('key log not served', { sender, issuer, reason: asError(error).message })
    }
    if (this.#closed.signal.aborted) return
    if (!served) this.#deps.onUnserved(sender)
    for (const [key, waiting] of this.#waiting) {
      if (waiting.sender !== sender || waiting.issuer !== issuer) continue
      this.#waiting.delete(key)
      if (served) await this.#retry(waiting, sender)
    }
  }

  /** A log that does not name the key after all is the sender's fault, and is not asked for again. */
  async #retry({ bytes, source }: Waiting, sender: string): Promise<void> {
    const offered = await this.#deps.retry(bytes, source)
    if (offered.kind === 'refused' && offered.code === 'record/key-unknown') {
      this.#waiting.delete(sha256Hex(bytes))
      this.#deps.onUnserved(sender)
    }
  }

  close(): void {
    this.#closed.abort()
    this.#waiting.clear()
  }
}
