/**
 * The store's own count of what it holds, written in every batch that changes it.
 *
 * Arrival numbers below `ceiling` may have been given out and shown to peers although the disk has
 * forgotten them (a power cut after writes that nobody waited for), so a start that follows no
 * orderly end goes on from the ceiling: a number never means two things. Gaps mean nothing.
 * Specification: docs/spec/store.md, "Arrival numbers".
 */
import { RECORD_TYPES } from '../records/record.ts'
import type { RecordType } from '../records/record.ts'
import type { DamageList } from './damage.ts'
import { U64_BYTES, readU64 } from './fields.ts'
import { sealRow, unseal, unsealedRow } from './seal.ts'

/** Arrival numbers set aside by one synced write. */
export const ARRIVALS_RESERVED = 65_536

export interface Tally {
  /** The next arrival number. The first is 1, so 0 stands before everything. */
  readonly nextArrival: number
  /** No number from here on has been given out. */
  readonly ceiling: number
  readonly identities: number
  readonly records: Readonly<Record<RecordType, number>>
}

const TALLY_NUMBERS = 7

export const EMPTY_TALLY: Tally = {
  nextArrival: 1,
  ceiling: 1,
  identities: 0,
  records: { vouch: 0, revocation: 0, promise: 0, observation: 0 },
}

export function recordsIn({ records }: Tally): number {
  return RECORD_TYPES.reduce((sum, type) => sum + records[type], 0)
}

/**
 * The count to go on from: at the next arrival after an orderly end, else where none was given out.
 *
 * @param arrivals  the next arrival at the last orderly end, by store.json.
 */
export function resumedTally(tally: Tally, arrivals: number, damage: DamageList): Tally {
  const lost = arrivals - tally.nextArrival
  if (lost > 0) {
    const reason = `the last ${lost} arrivals before the last orderly end are gone`
    damage.add({ what: 'count', key: 'arrivals', reason })
  }
  const nextArrival = Math.max(tally.ceiling, arrivals)
  return { ...tally, nextArrival, ceiling: nextArrival }
}

export function sealTally(key: Uint8Array, tally: Tally): Uint8Array {
  const { nextArrival, ceiling, identities, records } = tally
  const row = unsealedRow(TALLY_NUMBERS * U64_BYTES)
    .u64(nextArrival)
    .u64(ceiling)
    .u64(identities)
  row.u64(records.vouch).u64(records.revocation).u64(records.promise).u64(records.observation)
  return sealRow(key, row)
}

export function unsealTally(key: Uint8Array, value: Uint8Array): Tally | undefined {
  const content = unseal(key, value)
  if (content === undefined) return undefined
  const numbers = Array.from({ length: TALLY_NUMBERS }, (_, at) => readU64(content, at * U64_BYTES))
  const [nextArrival, ceiling, identities, vouch, revocation, promise, observation] = numbers
  if (
    nextArrival === undefined ||
    ceiling === undefined ||
    identities === undefined ||
    vouch === undefined ||
    revocation === undefined ||
    promise === undefined ||
    observation === undefined
  ) {
    return undefined
  }
  return { nextArrival, ceiling, identities, records: { vouch, revocation, promise, observation } }
}
