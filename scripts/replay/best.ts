/**
 * Which of the records must be left in the end, by the rule of best K alone: so the nodes are not
 * measured by their own code.
 *
 * All records here have one key an issuer, one lane and one shard, and are too few for a shard's
 * budget; so of each issuer and type count, newest hour first, then lowest id, so many of an hour
 * and so many in all. Specification: docs/spec/records.md, "Admission".
 */
import { HOUR_MS } from '../../src/base/units.ts'
import { LANE_DAYS } from '../../src/records/replica/lanes.ts'
import { HOUR_LIMIT_COUNT, UNIT_LIMIT_COUNT } from '../../src/records/replica/limits.ts'

export interface Ranked {
  readonly id: string
  /** What the records left are told by; anything that is the record's own. */
  readonly name: string
  readonly issuer: string
  readonly type: 'vouch' | 'observation'
  readonly issuedAtMs: number
}

export interface Best {
  readonly names: ReadonlySet<string>
  /** Left out because their hour was full, or their issuer had K better ones. */
  readonly overHour: number
  readonly overUnit: number
}

const KEPT_LIMIT = {
  vouch: UNIT_LIMIT_COUNT.vouch,
  observation: UNIT_LIMIT_COUNT.observation * LANE_DAYS[3],
} as const

export function bestOf(records: readonly Ranked[]): Best {
  const names = new Set<string>()
  let overHour = 0
  let overUnit = 0
  const units = Map.groupBy(records, ({ issuer, type }) => `${issuer} ${type}`)
  for (const unit of units.values()) {
    const ofHour = new Map<number, number>()
    let kept = 0
    for (const { name, type, issuedAtMs } of unit.toSorted(compareRank)) {
      const hour = hourOf(issuedAtMs)
      const before = ofHour.get(hour) ?? 0
      ofHour.set(hour, before + 1)
      if (before >= HOUR_LIMIT_COUNT[type]) overHour++
      else if (kept >= KEPT_LIMIT[type]) overUnit++
      else {
        kept++
        names.add(name)
      }
    }
  }
  return { names, overHour, overUnit }
}

function compareRank(a: Ranked, b: Ranked): number {
  return hourOf(b.issuedAtMs) - hourOf(a.issuedAtMs) || (a.id < b.id ? -1 : 1)
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS)
}
