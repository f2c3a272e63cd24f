/**
 * How much of what was promised was delivered: a number in [0, 1], or nothing to judge by.
 *
 * Specification: docs/spec/records.md, "Fulfilment"; the rule for items is the reference's.
 */
import type { Clarity, Outcome } from './record.ts'

/** Of a result that several answers satisfy, what was not promised counts half. */
const OTHER_ANSWER_WEIGHT = 0.5

/** `undefined`: the outcome counts for nothing, since nothing comparable was promised. */
export function fulfilment({ promised, delivered, clarity }: Outcome): number | undefined {
  switch (promised.kind) {
    case 'items':
      return delivered.kind === 'items'
        ? ofItems(promised.items, delivered.items, clarity)
        : undefined
    case 'count':
      return delivered.kind === 'count' ? atLeast(promised.count, delivered.count) : undefined
    case 'time':
      return delivered.kind === 'time' ? atMost(promised.ms, delivered.ms) : undefined
    case 'quality':
      return delivered.kind === 'quality' && delivered.measure === promised.measure
        ? atLeast(promised.value, delivered.value)
        : undefined
    case 'uptime':
      return delivered.kind === 'uptime' ? atLeast(promised.ppm, delivered.ppm) : undefined
  }
}

function atLeast(promised: number, delivered: number): number | undefined {
  return promised === 0 ? undefined : Math.min(1, delivered / promised)
}

function atMost(promised: number, delivered: number): number | undefined {
  if (promised === 0) return undefined
  return delivered <= promised ? 1 : promised / delivered
}

/** On sets: an item named twice is one item. */
function ofItems(
  promisedItems: readonly string[],
  deliveredItems: readonly string[],
  clarity: Clarity,
): number | undefined {
  const promised = new Set(promisedItems)
  if (promised.size === 0) return undefined
  const delivered = new Set(deliveredItems)
  const both = promised.intersection(delivered).size
  const either = promised.size + delivered.size - both
  switch (clarity) {
    case 0:
      return both / either
    case 1:
      return (both + OTHER_ANSWER_WEIGHT * (either - both)) / either
    case 2:
      return both / promised.size
  }
}
