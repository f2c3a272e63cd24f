/**
 * R10 in the plainest words: sorts everything anew, for each set from the beginning.
 *
 * What `Replica` keeps as records come and go is what this function says about all of them at once.
 */
import { HOUR_MS } from '../../../src/base/units.ts'
import { shardSubject } from '../../../src/records/record.ts'
import type { RecordId, RecordType } from '../../../src/records/record.ts'
import { laneFloorMs, laneOf, shardOf } from '../../../src/records/replica/lanes.ts'
import type { Lane } from '../../../src/records/replica/lanes.ts'
import { unitLimitCount } from '../../../src/records/replica/limits.ts'
import type { AdmissionLimits, ReplicaRules } from '../../../src/records/replica/limits.ts'
import type { Admissible, Place } from '../../../src/records/replica/replica.ts'

export interface Standing extends Admissible {
  readonly place: Place
}

interface Ranked {
  readonly item: Standing
  readonly lane: Lane
  /** How many better ones its unit has. */
  readonly position: number
}

export function admitted(
  records: readonly Standing[],
  rules: ReplicaRules,
  limits: AdmissionLimits,
  nowMs: number,
): ReadonlySet<RecordId> {
  const eligible = records.filter(
    ({ record, place }) =>
      record.issuedAtMs >= laneFloorMs(laneOf(record), nowMs) &&
      (place.workBits ?? 0) >= rules.workBits,
  )
  const shardOfRecord = ({ record }: Standing) => shardOf(shardSubject(record), rules.shardBits)

  const best = [...groupBy(eligible, (item) => `${shardOfRecord(item)} ${item.record.type}`)]
    .flatMap(([, shelf]) => {
      const units = groupBy(shelf, ({ record }) => `${record.issuer} ${laneOf(record)}`)
      return [...units]
        .flatMap(([, unit]) => bestOf(unit, limits))
        .toSorted(compareLeaving)
        .slice(0, limits.shard[typeOf(shelf)])
    })
    .map(({ item }) => item)

  const observations = best.filter(({ record }) => record.type === 'observation')
  const pinned = eligible.filter((promise) =>
    observations.some((observation) => pins(observation, promise)),
  )
  return new Set([...best, ...pinned].map(({ id }) => id))
}

/** The best K of one unit, at most so many of one epoch and hour. */
function bestOf(unit: readonly Standing[], limits: AdmissionLimits): readonly Ranked[] {
  const counts = new Map<string, number>()
  const type = typeOf(unit)
  return unit
    .toSorted(compareInUnit)
    .filter((item) => {
      const group = `${item.place.generation} ${item.place.rotation} ${hourOf(item)}`
      const count = (counts.get(group) ?? 0) + 1
      counts.set(group, count)
      return count <= limits.hour[type]
    })
    .map((item, position) => ({ item, position, lane: laneOf(item.record) }))
    .filter(({ lane, position }) => position < unitLimitCount(limits, type, lane))
}

/** Better first. */
function compareInUnit(a: Standing, b: Standing): number {
  return (
    b.place.generation - a.place.generation ||
    b.place.rotation - a.place.rotation ||
    hourOf(b) - hourOf(a) ||
    compareText(a.id, b.id)
  )
}

/** Who stays first; the end of the list leaves. */
function compareLeaving(a: Ranked, b: Ranked): number {
  return (
    a.position - b.position ||
    (b.item.place.workBits ?? 0) - (a.item.place.workBits ?? 0) ||
    compareText(a.item.record.issuer, b.item.record.issuer) ||
    a.lane - b.lane
  )
}

function pins({ record: observation }: Standing, { id, record: promise }: Standing): boolean {
  return (
    observation.type === 'observation' &&
    promise.type === 'promise' &&
    promise.issuer === observation.subject &&
    promise.delegator === observation.issuer &&
    observation.outcomes.some(
      (outcome) =>
        outcome.promise === id &&
        outcome.scope === promise.scope &&
        JSON.stringify(outcome.promised) === JSON.stringify(promise.work),
    )
  )
}

function hourOf({ record }: Standing): number {
  return Math.floor(record.issuedAtMs / HOUR_MS)
}

function typeOf(items: readonly Standing[]): RecordType {
  const [first] = items
  if (first === undefined) throw new Error('a group has at least one record')
  return first.record.type
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, nameOf)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
