/** What a peer sends, offered to the node's pipeline: key logs before the records judged by them. */
import type { IngestSink, OfferFaultCode, Offered, Source } from '../ports.ts'
import type { Offer, Outcome } from './step.ts'

/** Records of unknown keys kept to be offered again at the session's end. */
export const WAITING_LIMIT_RECORDS = 512

export interface OfferingOptions {
  readonly peer: string
  readonly sink: IngestSink
  /** Whether a refusal is the sending peer's fault: what an honest peer never sends. */
  readonly isPeerFault: (code: OfferFaultCode) => boolean
}

export class Offering {
  readonly #options: OfferingOptions
  readonly #source: Source
  /** Refusals that are the peer's fault, and how many of each. */
  readonly faults = new Map<OfferFaultCode, number>()
  /** Their identity may have come since. */
  #waiting: Uint8Array[] = []
  #logs: Promise<unknown> = Promise.resolve()
  /** Items that could not be taken now, through no fault of theirs. */
  untaken = 0
  fresh = 0

  constructor(options: OfferingOptions) {
    this.#options = options
    this.#source = { via: 'sync', peer: options.peer }
  }

  /** One outcome for each item, when what is to be stored is on disk. */
  async offer({ lane, items }: Offer): Promise<readonly Outcome[]> {
    const { sink } = this.#options
    if (lane === 'L') {
      const offers = items.map(async (bytes) => sink.offerIdentity(bytes, this.#source))
      const answers = Promise.all(offers)
      this.#logs = Promise.allSettled([this.#logs, answers])
      return (await answers).map((offered) => this.#outcome(offered))
    }
    await this.#logs
    const answers = await Promise.all(items.map((bytes) => sink.offer(bytes, this.#source)))
    return answers.map((offered, at) => {
      if (offered.kind === 'refused' && offered.code === 'record/key-unknown') {
        const bytes = items[at]
        if (bytes !== undefined && this.#waiting.length < WAITING_LIMIT_RECORDS) {
          this.#waiting.push(bytes)
        } else this.untaken++
        return 'ignored'
      }
      return this.#outcome(offered)
    })
  }

  /** The session is over: what waited for an identity is offered once more. */
  async finish(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    const { sink } = this.#options
    for (const offered of await Promise.all(
      waiting.map((bytes) => sink.offer(bytes, this.#source)),
    )) {
      if (offered.kind === 'refused' && offered.code === 'record/key-unknown') this.untaken++
      else this.#outcome(offered)
    }
  }

  #outcome(offered: Offered): Outcome {
    if (offered.kind === 'taken') {
      if (!offered.fresh) return 'known'
      this.fresh++
      return 'fresh'
    }
    const { code } = offered
    if (code === 'node/closing' || code === 'node/busy') this.untaken++
    if (!this.#options.isPeerFault(code)) return 'ignored'
    this.faults.set(code, (this.faults.get(code) ?? 0) + 1)
    return 'refused'
  }
}
