/** The three scores that both forms of the reference's arithmetic come to. Specification: docs/spec/pdr.md. */
import { chainHash } from './observation.ts'
import type { ReferenceObservation } from './observation.ts'
import { daysBetween } from './timestamp.ts'

export const REFERENCE_METHOD = 'aip/0.5.52'

export const DIMENSIONS = ['calibration', 'adaptation', 'robustness'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Each in [0, 1], to four decimals; null where there is too little to say. */
export interface PdrScores extends Readonly<Record<Dimension, number | null>> {
  readonly observationCount: number
  readonly windowDays: number
  readonly chainHash: string
}

export interface Minima {
  readonly minObservations: number
  readonly minDays: number
}

/** What is said of observations, in time order, before there are enough of them for scores. */
export function unscored(sorted: readonly ReferenceObservation[]): PdrScores {
  const [first, last] = [sorted[0], sorted.at(-1)]
  const none = { calibration: null, adaptation: null, robustness: null }
  if (first === undefined || last === undefined) {
    return { ...none, observationCount: 0, windowDays: 0, chainHash: '' }
  }
  return {
    ...none,
    observationCount: sorted.length,
    windowDays: daysBetween(first.timestamp, last.timestamp),
    chainHash: chainHash(sorted),
  }
}

export function isEnough(
  { observationCount, windowDays }: PdrScores,
  { minObservations, minDays }: Minima,
): boolean {
  return observationCount > 0 && observationCount >= minObservations && windowDays >= minDays
}

/** From the left, as every sum here. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of the whole population. */
export function varianceOf(values: readonly number[], mean: number): number {
  return meanOf(values.map((value) => (value - mean) * (value - mean)))
}
