/**
 * From amounts of work as people write them to the kinds that records hold.
 *
 * A bare number n stands for the items `1`…`n`, so that "10 promised, 9 delivered" and a list of ten
 * with nine done are the same outcome; past the number of items that a record holds it is a count.
 */
import type { Work } from '../records/record.ts'
import { ITEM_LIMIT_COUNT, type Work as WorkInput } from './schema.ts'

/** Work on its own: what a promise undertakes. */
export function workOf(input: WorkInput): Work {
  if (typeof input === 'number') {
    return input <= ITEM_LIMIT_COUNT ? numbered(input) : { kind: 'count', count: input }
  }
  return isItems(input) ? { kind: 'items', items: input } : input
}

/** What was delivered against `promised`: a bare number takes the kind of the promise. */
export function deliveredOf(input: WorkInput, promised: Work): Work {
  if (typeof input !== 'number') return workOf(input)
  switch (promised.kind) {
    case 'items':
      return input <= ITEM_LIMIT_COUNT
        ? itemsDone(promised.items, input)
        : numbered(ITEM_LIMIT_COUNT)
    case 'count':
      return { kind: 'count', count: input }
    case 'time':
      return { kind: 'time', ms: input }
    case 'quality':
      return { ...promised, value: input }
    case 'uptime':
      return { ...promised, ppm: input }
  }
}

/** Both sides of an outcome that names no promise: always of one kind. */
export function outcomeWorks(
  promised: WorkInput,
  delivered: WorkInput,
): { readonly promised: Work; readonly delivered: Work } {
  const isLarge = typeof delivered === 'number' && delivered > ITEM_LIMIT_COUNT
  const first: Work =
    typeof promised === 'number' && isLarge ? { kind: 'count', count: promised } : workOf(promised)
  return { promised: first, delivered: deliveredOf(delivered, first) }
}

function isItems(input: Exclude<WorkInput, number>): input is string[] {
  return Array.isArray(input)
}

function numbered(count: number): Work {
  return { kind: 'items', items: Array.from({ length: count }, (_, at) => String(at + 1)) }
}

/** The first `count` of the promised items; what goes beyond them gets numbers of its own. */
function itemsDone(items: readonly string[], count: number): Work {
  const beyond = Math.max(0, count - items.length)
  const more = Array.from({ length: beyond }, (_, at) => String(items.length + at + 1))
  return { kind: 'items', items: [...items.slice(0, count), ...more] }
}
