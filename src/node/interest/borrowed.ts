/**
 * Records of shards that this node does not follow: it asked for them, or it followed their shard
 * before. They are in the store like any other, are judged and counted by the same rules, and leave
 * when nobody has wanted their agents for a while, or when they are too many.
 *
 * What this agent signed itself stays. Specification: docs/spec/interest.md, "Borrowed records".
 */
import { DAY_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { AipRecord, RecordId } from '../../records/record.ts'
import { partiesOf } from '../evidence.ts'

/** How long what was borrowed about an agent stays after it was wanted last. */
export const LEASE_MS = DAY_MS
/** Borrowed records kept; beyond, those of the agents wanted longest ago leave first. */
export const BORROWED_RECORDS_LIMIT = 50_000
/** Agents whose leases are remembered. */
const LEASES_LIMIT = 4_096
/** Records that leave in one batch. */
export const LEAVING_BATCH_LIMIT = 256

export interface Holdings {
  /** Shards of which anything is held. */
  heldShards(): Iterable<number>
  idsIn(shard: number): Iterable<RecordId>
  get(id: RecordId): AipRecord | undefined
}

export class Borrowed {
  readonly #own: Did
  readonly #limitCount: number
  /** What is here at the start may have been followed before it: it has as long as the rest. */
  readonly #startedAtMs: number
  readonly #untilMs = new Map<Did, number>()

  constructor(own: Did, startedAtMs: number, limitCount = BORROWED_RECORDS_LIMIT) {
    this.#own = own
    this.#startedAtMs = startedAtMs
    this.#limitCount = limitCount
  }

  /** An agent is wanted: what is borrowed about it and by it stays. */
  keep(did: Did, nowMs: number): void {
    this.#untilMs.delete(did)
    this.#untilMs.set(did, nowMs + LEASE_MS)
    if (this.#untilMs.size <= LEASES_LIMIT) return
    const [oldest] = this.#untilMs.keys()
    if (oldest !== undefined) this.#untilMs.delete(oldest)
  }

  /** What has to leave now. */
  leaving(
    holdings: Holdings,
    follows: (shard: number) => boolean,
    nowMs: number,
  ): readonly RecordId[] {
    for (const [did, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(did)
    const leaving: RecordId[] = []
    const staying: { readonly id: RecordId; readonly untilMs: number }[] = []
    for (const shard of holdings.heldShards()) {
      if (follows(shard)) continue
      for (const id of holdings.idsIn(shard)) {
        const record = holdings.get(id)
        if (record === undefined || record.issuer === this.#own) continue
        const untilMs = this.#untilOf(record)
        if (untilMs <= nowMs) leaving.push(id)
        else staying.push({ id, untilMs })
      }
    }
    const surplus = Math.max(0, staying.length - this.#limitCount)
    if (surplus === 0) return leaving
    const latestLast = staying.toSorted((a, b) => a.untilMs - b.untilMs || (a.id < b.id ? -1 : 1))
    return [...leaving, ...latestLast.slice(0, surplus).map(({ id }) => id)]
  }

  #untilOf(record: AipRecord): number {
    const leases = partiesOf(record).map((did) => this.#untilMs.get(did) ?? 0)
    return Math.max(this.#startedAtMs + LEASE_MS, ...leases)
  }
}
