/** Scores from what was promised and what was delivered. Specification: docs/spec/pdr.md, P6. */
import { conditionsKey } from './conditions.ts'
import { inTime } from './observation.ts'
import type { ReferenceClarity, ReferenceObservation } from './observation.ts'
import { round4 } from './round.ts'
import { isEnough, meanOf, unscored, varianceOf } from './scores.ts'
import type { Minima, PdrScores } from './scores.ts'

export const PROMISE_MINIMA: Minima = { minObservations: 5, minDays: 3 }

/** Fewer show no trend. */
const TREND_MIN_COUNT = 6
const NO_TREND = 0.5

/** @throws {PdrError} `pdr/times-mixed`. */
export function scoresFromPromises(
  observations: readonly ReferenceObservation[],
  minima: Minima = PROMISE_MINIMA,
): PdrScores {
  const sorted = inTime(
    observations.filter(
      ({ promised, delivered }) => promised !== undefined && delivered !== undefined,
    ),
  )
  const scores = unscored(sorted)
  if (!isEnough(scores, minima)) return scores
  const kept = sorted.map(({ promised, delivered, clarity }) =>
    agreement(promised, delivered, clarity),
  )
  const calibration = round4(meanOf(kept))
  return {
    ...scores,
    calibration,
    adaptation: adaptationOf(kept),
    robustness: robustnessOf(sorted) ?? calibration,
  }
}

/** On sets: how far what was delivered is what was promised. Without a clarity: |P∩D| / |P∪D|. */
export function agreement(
  promisedItems: readonly string[] = [],
  deliveredItems: readonly string[] = [],
  clarity?: ReferenceClarity,
): number {
  const promised = new Set(promisedItems)
  const delivered = new Set(deliveredItems)
  const either = promised.union(delivered).size
  if (either === 0) return 1
  const both = promised.intersection(delivered).size
  switch (clarity) {
    case 'MULTI_VALID':
      return (both + 0.5 * (either - both)) / either
    case 'UNDERSPECIFIED':
      return promised.size === 0 ? 1 : both / promised.size
    case 'UNAMBIGUOUS':
    case undefined:
      return both / either
  }
}

function adaptationOf(kept: readonly number[]): number {
  if (kept.length < TREND_MIN_COUNT) return NO_TREND
  const middle = Math.floor(kept.length / 2)
  const trend = meanOf(kept.slice(middle)) - meanOf(kept.slice(0, middle))
  return round4(Math.min(1, Math.max(0, 0.5 + trend)))
}

/** `undefined` under one set of conditions. Groups count alike, however large; clarity does not count. */
function robustnessOf(sorted: readonly ReferenceObservation[]): number | undefined {
  const groups = new Map<string, number[]>()
  for (const { conditions, promised, delivered } of sorted) {
    const key = conditionsKey(conditions)
    const group = groups.get(key) ?? []
    group.push(agreement(promised, delivered))
    groups.set(key, group)
  }
  if (groups.size < 2) return undefined
  const means = [...groups.values()].map(meanOf)
  return round4(Math.max(0, 1 - Math.sqrt(varianceOf(means, meanOf(means))) * 2))
}
