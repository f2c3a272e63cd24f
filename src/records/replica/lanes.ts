/**
 * Where a record belongs: which part of the network's records, and how long it is kept there.
 *
 * A shard is chosen by the first bits of a DID. A lane is a class of retention, by the lifetime that
 * the issuer gave the record; its floor moves in steps of 2^24 ms (4 h 40 min), so that nodes agree
 * on it nearly always. Specification: docs/spec/records.md, "Admission".
 */
import { DAY_MS } from '../../base/units.ts'
import { DID_PREFIX } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'
import type { AipRecord } from '../record.ts'

/** 0: revocations; 1, 2, 3: the others by lifetime. */
export type Lane = 0 | 1 | 2 | 3

export const LANES: readonly Lane[] = [0, 1, 2, 3]
export const LANE_DAYS: Readonly<Record<Lane, number>> = { 0: 366, 1: 30, 2: 90, 3: 366 }
export const FLOOR_STEP_MS = 2 ** 24
export const SHARD_BITS_LIMIT = 16

export function laneOf(record: Pick<AipRecord, 'type' | 'issuedAtMs' | 'expiresAtMs'>): Lane {
  if (record.type === 'revocation') return 0
  const lifetimeMs = record.expiresAtMs - record.issuedAtMs
  if (lifetimeMs <= LANE_DAYS[1] * DAY_MS) return 1
  return lifetimeMs <= LANE_DAYS[2] * DAY_MS ? 2 : 3
}

/** The lane keeps what was issued at this instant or later. */
export function laneFloorMs(lane: Lane, nowMs: number): number {
  return FLOOR_STEP_MS * Math.floor((nowMs - LANE_DAYS[lane] * DAY_MS) / FLOOR_STEP_MS)
}

/**
 * The first `shardBits` bits of the DID, as a number.
 *
 * @throws {RangeError} when `shardBits` is not 0..16: configuration is checked before.
 */
export function shardOf(did: Did, shardBits: number): number {
  if (!Number.isInteger(shardBits) || shardBits < 0 || shardBits > SHARD_BITS_LIMIT) {
    throw new RangeError(`shard bits must be 0..${SHARD_BITS_LIMIT}: ${shardBits}`)
  }
  const head = did.slice(DID_PREFIX.length, DID_PREFIX.length + SHARD_BITS_LIMIT / 4)
  return Number.parseInt(head, 16) >> (SHARD_BITS_LIMIT - shardBits)
}

/** The same of a DID's 16 bytes. */
export function shardOfBytes(did: Uint8Array, shardBits: number): number {
  return (((did[0] ?? 0) << 8) | (did[1] ?? 0)) >> (SHARD_BITS_LIMIT - shardBits)
}
