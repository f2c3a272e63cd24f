/** Observations for the tests of the reference's arithmetic, as lines of its own file format. */
import { parseObservation } from '../../../src/trust/reference/observation-line.ts'
import type { ReferenceObservation } from '../../../src/trust/reference/observation.ts'

/** One observation by its fields; days count from 2026-03-01. */
export function observed(
  day: number,
  fields: Readonly<Record<string, unknown>> = {},
): ReferenceObservation {
  const timestamp = new Date(Date.UTC(2026, 2, 1 + day)).toISOString().slice(0, 19)
  return parseObservation(JSON.stringify({ agent_id: 'agent', timestamp, ...fields }))
}

/** A day each, of four promised so many delivered. */
export function kept(...counts: readonly number[]): readonly ReferenceObservation[] {
  const items = ['a', 'b', 'c', 'd']
  return counts.map((count, day) =>
    observed(day, { promised: items, delivered: items.slice(0, count) }),
  )
}
