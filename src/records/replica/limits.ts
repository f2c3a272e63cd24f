/**
 * R10: how many records are kept, of one issuer and of everybody.
 *
 * Constants of the protocol and of the network's configuration: nodes that differ here never agree
 * on what they hold. Specification: docs/spec/records.md, "Admission".
 */
import type { RecordType } from '../record.ts'
import { RECORD_LIMIT_BYTES } from '../wire.ts'
import { LANE_DAYS } from './lanes.ts'
import type { Lane } from './lanes.ts'

/** What a network's configuration says about admission. */
export interface ReplicaRules {
  /** Bits of a DID that choose its shard. */
  readonly shardBits: number
  /** Bytes of records that one shard may hold, promises that observations pin apart. */
  readonly shardLimitBytes: number
  /** Leading zero bits an issuer's inception must have. */
  readonly workBits: number
}

/** Counts of records, by type. */
export interface AdmissionLimits {
  /** K: of one issuer in one shard and lane. Observations: for each day of the lane. */
  readonly unit: Readonly<Record<RecordType, number>>
  /** Of one unit with one key epoch and one UTC hour of issue. */
  readonly hour: Readonly<Record<RecordType, number>>
  /** Of all issuers in one shard. */
  readonly shard: Readonly<Record<RecordType, number>>
}

export const UNIT_LIMIT_COUNT: AdmissionLimits['unit'] = {
  vouch: 256,
  revocation: 1_024,
  promise: 512,
  observation: 256,
}

export const HOUR_LIMIT_COUNT: AdmissionLimits['hour'] = {
  vouch: 32,
  revocation: 64,
  promise: 64,
  observation: 64,
}

/** Sixteenths of a shard's bytes. */
const SHARD_SIXTEENTHS: Readonly<Record<RecordType, number>> = {
  vouch: 1,
  revocation: 1,
  promise: 2,
  observation: 12,
}

export function admissionLimits(rules: ReplicaRules): AdmissionLimits {
  const budget = (type: RecordType): number =>
    Math.floor((rules.shardLimitBytes * SHARD_SIXTEENTHS[type]) / 16 / RECORD_LIMIT_BYTES[type])
  return {
    unit: UNIT_LIMIT_COUNT,
    hour: HOUR_LIMIT_COUNT,
    shard: {
      vouch: budget('vouch'),
      revocation: budget('revocation'),
      promise: budget('promise'),
      observation: budget('observation'),
    },
  }
}

/** K of one unit. */
export function unitLimitCount(limits: AdmissionLimits, type: RecordType, lane: Lane): number {
  return type === 'observation' ? limits.unit.observation * LANE_DAYS[lane] : limits.unit[type]
}
