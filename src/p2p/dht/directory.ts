/**
 * Identities in the DHT: publishing one, looking one up.
 *
 * kad-dht's own get fails as soon as one peer with an older value refuses to be corrected. So its
 * answers are collected as they come, joined here, and whatever the query ends with is ignored once
 * there is a value. Specification: docs/spec/dht.md.
 */
import type { KadDHT, QueryEvent } from '@libp2p/kad-dht'
import { equalBytes } from '../../base/bytes.ts'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import { Deadline } from '../query/deadline.ts'
import { dhtKey } from './key.ts'
import { DhtError } from './error.ts'
import type { KadParts } from './service.ts'
import { Turns } from './turns.ts'

/** Peers whose values a look-up waits for: of a third of liars eight are all liars once in 6,500. */
const RESOLVE_QUORUM = 8
/** How long a look-up that has a value waits for more of them: silent peers must not hold it up. */
export const RESOLVE_SETTLE_MS = 2 * SECOND_MS
const RESOLVE_LIMIT_MS = 15 * SECOND_MS
const PUBLISH_LIMIT_MS = 60 * SECOND_MS
/**
 * Look-ups of this node at once, and publications and repairs, which do not stand in the way of
 * look-ups: peers take four streams of it.
 */
const LOOK_UPS_LIMIT = 2
const PUBLICATIONS_LIMIT = 1
const DHT_QUERIES_WAITING_LIMIT = 256
/**
 * How often look-ups that met worse values put the best one back: for one DID, and for all. Each is a
 * publication, owed to nobody, and a hostile peer can ask for one with every answer.
 */
const REPAIR_GAP_MS = 10 * MINUTE_MS
const REPAIRS_GAP_MS = MINUTE_MS
/** DIDs whose last repair is remembered. */
const REPAIRS_REMEMBERED_LIMIT = 1_024

export interface Published {
  /** What was put: the given state joined with what this node's part of the DHT held. */
  readonly state: IdentityState
  /** Peers that confirmed to hold it, and peers that did not. */
  readonly acknowledged: number
  readonly failed: number
}

export interface Resolved {
  readonly state: IdentityState
  /** Peers that answered, those among them with a value, and those with this very value. */
  readonly answered: number
  readonly withValue: number
  readonly agreed: number
}

export interface DirectoryOptions {
  readonly dht: Pick<KadDHT, 'get' | 'put'>
  readonly parts: KadParts
  readonly log: Logger
  readonly publishLimitMs?: number
  readonly resolveLimitMs?: number
  readonly settleMs?: number
}

export class Directory implements AsyncDisposable {
  readonly #dht: DirectoryOptions['dht']
  readonly #parts: KadParts
  readonly #log: Logger
  readonly #publishLimitMs: number
  readonly #resolveLimitMs: number
  readonly #settleMs: number
  readonly #lookUps = new Turns(LOOK_UPS_LIMIT, DHT_QUERIES_WAITING_LIMIT)
  readonly #publications = new Turns(PUBLICATIONS_LIMIT, DHT_QUERIES_WAITING_LIMIT)
  readonly #closing = new AbortController()
  readonly #repairing = new Map<Did, Promise<void>>()
  readonly #repairedAtMs = new Map<Did, number>()
  #lastRepairAtMs = -Infinity

  constructor(options: DirectoryOptions) {
    this.#dht = options.dht
    this.#parts = options.parts
    this.#log = options.log
    this.#publishLimitMs = options.publishLimitMs ?? PUBLISH_LIMIT_MS
    this.#resolveLimitMs = options.resolveLimitMs ?? RESOLVE_LIMIT_MS
    this.#settleMs = options.settleMs ?? RESOLVE_SETTLE_MS
  }

  /** Breaks off repairs under way, and waits for their end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#repairing.values())
  }

  /**
   * Puts a state at the peers nearest to its DID, and keeps its row here from now on. No peers, no
   * acknowledgements: that is an answer, not an error.
   *
   * @throws {DhtError} `p2p/dht-busy`; {ExchangeError} when the signal fires while it waits.
   */
  async publishIdentity(state: IdentityState, signal?: AbortSignal): Promise<Published> {
    using deadline = new Deadline(this.#publishLimitMs, signal)
    this.#parts.rows.keep(state.did)
    return await this.#publications.take(deadline.signal, () =>
      this.#publish(state, deadline.signal),
    )
  }

  /** What this node's own part of the DHT holds of a DID: peers may have put it there just now. */
  async held(did: Did): Promise<IdentityState | undefined> {
    return this.#parts.guard.best(did)
  }

  /**
   * Looks a DID up: the join of all values that peers hold, and this node too.
   *
   * @returns `undefined` when nobody who answered holds a value.
   * @throws {DhtError} `p2p/dht-busy`; {ExchangeError} when the signal fires while it waits.
   */
  async resolveIdentity(
    did: Did,
    options: { readonly signal?: AbortSignal; readonly quorum?: number } = {},
  ): Promise<Resolved | undefined> {
    using deadline = new Deadline(this.#resolveLimitMs, options.signal)
    const { signal } = deadline
    const quorum = options.quorum ?? RESOLVE_QUORUM
    const answers = await this.#lookUps.take(signal, () => this.#ask(did, quorum, signal))
    const held = await this.#parts.guard.best(did)
    const found = [...answers.values()].filter((state) => state !== undefined)
    const [first, ...rest] = held === undefined ? found : [held, ...found]
    if (first === undefined) return undefined
    const state = rest.reduce((best, next) => best.join(next), first)
    const agreed = found.filter(({ bytes }) => equalBytes(bytes, state.bytes)).length
    if (agreed < found.length) this.#repair(state)
    return { state, answered: answers.size, withValue: found.length, agreed }
  }

  /** Each peer that answered, with the value it holds. */
  async #ask(
    did: Did,
    quorum: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, IdentityState | undefined>> {
    const answers = new Map<string, IdentityState | undefined>()
    using enough = new Enough(signal, this.#settleMs)
    let withValue = 0
    try {
      for await (const event of this.#dht.get(dhtKey(did), { signal: enough.signal })) {
        // All have answered. What follows is the library correcting one peer after the other.
        if (isCorrection(event)) break
        if (event.name !== 'PEER_RESPONSE' || event.messageName !== 'GET_VALUE') continue
        const state = this.#value(did, event)
        answers.set(event.from.toString(), state)
        if (state === undefined) continue
        enough.soon()
        if (++withValue >= quorum) break
      }
    } catch (thrown) {
      // The deadline, or a value and no other for a while, ends the query; the answers stand.
      const reason = asError(thrown).message
      this.#log.debug('a look-up in the DHT ended early', { did, reason, answers: answers.size })
    }
    return answers
  }

  #value(did: Did, event: QueryEvent): IdentityState | undefined {
    if (event.name !== 'PEER_RESPONSE' || event.record === undefined) return undefined
    try {
      return this.#parts.values.parse(did, event.record.value)
    } catch (error) {
      if (error instanceof DhtError) return undefined
      throw error
    }
  }

  async #publish(given: IdentityState, signal: AbortSignal): Promise<Published> {
    const held = await this.#parts.guard.best(given.did)
    const state = held === undefined ? given : given.join(held)
    const acknowledged = new Set<string>()
    const failed = new Set<string>()
    try {
      for await (const event of this.#dht.put(dhtKey(state.did), state.bytes, { signal })) {
        if (event.name === 'QUERY_ERROR') failed.add(event.from.toString())
        if (event.name !== 'PEER_RESPONSE' || event.messageName !== 'PUT_VALUE') continue
        const echoed = event.record?.value
        const isSame = echoed !== undefined && equalBytes(echoed, state.bytes)
        const peers = isSame ? acknowledged : failed
        peers.add(event.from.toString())
      }
    } catch (thrown) {
      const reason = asError(thrown).message
      this.#log.debug('a publication in the DHT ended early', { did: state.did, reason })
    }
    for (const peer of acknowledged) failed.delete(peer)
    return { state, acknowledged: acknowledged.size, failed: failed.size }
  }

  /** Puts the best value back where worse ones were met, now and then. */
  #repair(state: IdentityState): void {
    const { did } = state
    const nowMs = performance.now()
    const lastMs = this.#repairedAtMs.get(did)
    if (this.#closing.signal.aborted || this.#repairing.size > 0) return
    if (nowMs - this.#lastRepairAtMs < REPAIRS_GAP_MS) return
    if (lastMs !== undefined && nowMs - lastMs < REPAIR_GAP_MS) return
    this.#lastRepairAtMs = nowMs
    this.#repairedAtMs.delete(did)
    this.#repairedAtMs.set(did, nowMs)
    if (this.#repairedAtMs.size > REPAIRS_REMEMBERED_LIMIT) {
      const [oldest] = this.#repairedAtMs.keys()
      if (oldest !== undefined) this.#repairedAtMs.delete(oldest)
    }
    const repair = this.#putBack(state).finally(() => this.#repairing.delete(did))
    this.#repairing.set(did, repair)
  }

  async #putBack(state: IdentityState): Promise<void> {
    using deadline = new Deadline(this.#publishLimitMs, this.#closing.signal)
    try {
      await this.#publications.take(deadline.signal, () => this.#publish(state, deadline.signal))
    } catch (thrown) {
      const reason = asError(thrown).message
      this.#log.debug('a value in the DHT could not be put back', { did: state.did, reason })
    }
  }
}

/** The library sends corrections outside of the paths of a query. */
function isCorrection(event: QueryEvent): boolean {
  return 'path' in event && event.path.index < 0
}

/** Ends a query with its deadline, or some time after its first value. */
class Enough implements Disposable {
  readonly #controller = new AbortController()
  readonly #deadline: AbortSignal
  readonly #settleMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(deadline: AbortSignal, settleMs: number) {
    this.#deadline = deadline
    this.#settleMs = settleMs
    if (deadline.aborted) this.#end()
    else deadline.addEventListener('abort', this.#end, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  soon(): void {
    this.#timer ??= setTimeout(this.#end, this.#settleMs)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#deadline.removeEventListener('abort', this.#end)
  }

  readonly #end = (): void => {
    this.#controller.abort()
  }
}
