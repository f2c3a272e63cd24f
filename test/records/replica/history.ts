/**
 * Generated histories: few agents, few hours, small limits, so that every rule of admission bites.
 * The records are unsigned and their ids made up: admission looks at neither.
 */
import * as fc from 'fast-check'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { didFromBytes } from '../../../src/identity/did.ts'
import type { Did } from '../../../src/identity/did.ts'
import type { AipRecord, Outcome, RecordId, Work } from '../../../src/records/record.ts'
import type { AdmissionLimits, ReplicaRules } from '../../../src/records/replica/limits.ts'
import type { Place } from '../../../src/records/replica/replica.ts'
import { NOW_MS } from '../../support/records.ts'
import type { Standing } from './reference.ts'

const AGENT_COUNT = 5
const KEY_COUNT = 3

/** Their first bits differ, so that they fall into different shards. */
export const DIDS: readonly Did[] = Array.from({ length: AGENT_COUNT }, (_, at) =>
  didFromBytes(new Uint8Array(16).fill(at * 0x33)),
)

export function keyOf(issuer: number, key: number): Uint8Array {
  return new Uint8Array(32).fill(issuer * KEY_COUNT + key)
}

export interface Drawn {
  readonly id: number
  readonly type: AipRecord['type']
  readonly issuer: number
  readonly other: number
  readonly key: number
  readonly hoursAgo: number
  /** More of it, within the hour or into the one before. */
  readonly msAgo: number
  readonly lane: 1 | 2 | 3
  /** Of the promises drawn before it, which one an observation names. */
  readonly names: number
  readonly work: number
}

const agentIndex = fc.nat(AGENT_COUNT - 1)

const drawn: fc.Arbitrary<Drawn> = fc.record({
  id: fc.nat(0xffff_ffff),
  type: fc.constantFrom(
    'vouch' as const,
    'revocation' as const,
    'promise' as const,
    'promise' as const,
    'promise' as const,
    'observation' as const,
    'observation' as const,
  ),
  issuer: agentIndex,
  other: agentIndex,
  key: fc.nat(KEY_COUNT - 1),
  hoursAgo: fc.nat(4),
  msAgo: fc.constantFrom(0, 1, HOUR_MS / 2),
  lane: fc.constantFrom(1 as const, 2 as const, 3 as const),
  names: fc.nat(20),
  work: fc.nat(1),
})

export interface History {
  readonly drawn: readonly Drawn[]
  readonly rules: ReplicaRules
  readonly limits: AdmissionLimits
  /** Of each agent's inception. */
  readonly work: readonly (number | undefined)[]
}

const small = (max: number) => fc.integer({ min: 1, max })
const counts = (max: number) =>
  fc.record({
    vouch: small(max),
    revocation: small(max),
    promise: small(max),
    observation: small(max),
  })

export const history: fc.Arbitrary<History> = fc.record({
  // By itself the library stays at about ten, which is too few for the limits to bite.
  drawn: fc.uniqueArray(drawn, { maxLength: 60, size: 'max', selector: ({ id }) => id }),
  rules: fc.record({
    shardBits: fc.constantFrom(0, 1),
    shardLimitBytes: fc.constant(0),
    workBits: fc.constantFrom(0, 0, 0, 1),
  }),
  limits: fc.record({ unit: counts(5), hour: counts(3), shard: counts(12) }).map((limits) => ({
    ...limits,
    // Counted for each day of the lane: a part of one.
    unit: { ...limits.unit, observation: limits.unit.observation / 30 },
  })),
  work: fc.array(fc.option(fc.nat(2), { nil: undefined }), {
    minLength: AGENT_COUNT,
    maxLength: AGENT_COUNT,
  }),
})

const LIFETIME_DAYS = { 1: 30, 2: 90, 3: 366 } as const

/** The records that were drawn. An observation mostly names promises that fit it. */
export function standingOf({ drawn: all, work }: History): readonly Standing[] {
  const made: Standing[] = []
  for (const one of all) {
    const id = one.id.toString(16).padStart(64, '0')
    const record = recordOf(one, made)
    const place = placeOf(one.key, work[DIDS.indexOf(record.issuer)])
    made.push({ id, place, record })
  }
  return made
}

export function placeOf(key: number, workBits: number | undefined): Place {
  return { generation: key >> 1, rotation: key & 1, workBits }
}

function recordOf(one: Drawn, before: readonly Standing[]): AipRecord {
  const issuedAtMs = NOW_MS - one.hoursAgo * HOUR_MS - one.msAgo
  const envelope = {
    issuer: didAt(one.issuer),
    key: keyOf(one.issuer, one.key),
    sequence: one.id,
    issuedAtMs,
    expiresAtMs: issuedAtMs + LIFETIME_DAYS[one.lane] * DAY_MS,
  }
  const work: Work = { kind: 'count', count: one.work }
  switch (one.type) {
    case 'vouch': {
      const inception = new Uint8Array(32)
      const subject = didAt(one.other)
      return { type: 'vouch', ...envelope, subject, inception, scope: 'general', level: 1 }
    }
    case 'revocation':
      return { type: 'revocation', ...envelope, vouch: '0', subject: didAt(one.other) }
    case 'promise': {
      const delegator = didAt(one.other)
      return { type: 'promise', ...envelope, delegator, scope: 's', work, deadlineMs: issuedAtMs }
    }
    case 'observation': {
      const promises = before.filter(({ record }) => record.type === 'promise')
      const named = promises[one.names % (promises.length + 1)]
      if (named?.record.type !== 'promise') {
        const outcomes = [outcomeOf(work)]
        return { type: 'observation', ...envelope, subject: didAt(one.other), outcomes }
      }
      const { issuer: subject, delegator, work: promised } = named.record
      // One in twenty is by somebody who was promised nothing, or about another work.
      const isStray = one.names === 20
      const first = outcomeOf(isStray ? work : promised, named.id)
      // Half of them settle all that was promised between the two, and one of it twice.
      const others = promises.flatMap(({ id, record }) =>
        one.work === 0 || record.type !== 'promise' || isStray
          ? []
          : record.issuer === subject && record.delegator === delegator
            ? [outcomeOf(record.work, id)]
            : [],
      )
      return {
        type: 'observation',
        ...envelope,
        ...(!isStray && { issuer: delegator, key: keyOf(DIDS.indexOf(delegator), one.key) }),
        subject,
        outcomes: [first, ...others, outcomeOf(work)],
      }
    }
  }
}

function outcomeOf(promised: Work, promise?: RecordId): Outcome {
  return {
    ...(promise !== undefined && { promise }),
    scope: 's',
    promised,
    delivered: promised,
    clarity: 0,
    observedAtMs: NOW_MS,
  }
}

function didAt(index: number): Did {
  const did = DIDS[index]
  if (did === undefined) throw new RangeError(`no agent ${index}`)
  return did
}

/** The promises that the observations of `part` name and that exist: what an observer sends along. */
export function withPromises(
  part: readonly Standing[],
  all: readonly Standing[],
): readonly Standing[] {
  const named = new Set(
    part.flatMap(({ record }) =>
      record.type === 'observation' ? record.outcomes.map(({ promise }) => promise) : [],
    ),
  )
  const ids = new Set(part.map(({ id }) => id))
  return all.filter(({ id }) => ids.has(id) || named.has(id))
}
