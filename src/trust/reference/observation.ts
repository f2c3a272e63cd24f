/**
 * What the reference calls an observation: one task of one agent, as promised and as delivered, or as
 * reported and as verified. Specification: docs/spec/pdr.md, P4 and P5.
 */
import { textBytes } from '../../base/bytes.ts'
import { sha256Hex } from '../../crypto/hash.ts'
import { PdrError } from './error.ts'
import type { JsonObject } from './json.ts'
import { compareTimestamps } from './timestamp.ts'
import type { Timestamp } from './timestamp.ts'

export const CLARITIES = ['UNAMBIGUOUS', 'MULTI_VALID', 'UNDERSPECIFIED'] as const
export type ReferenceClarity = (typeof CLARITIES)[number]

export interface ReferenceObservation {
  readonly agentId: string
  readonly timestamp: Timestamp
  readonly taskType: string
  readonly promised: readonly string[] | undefined
  readonly delivered: readonly string[] | undefined
  readonly conditions: JsonObject | undefined
  readonly clarity: ReferenceClarity | undefined
  readonly scopeHash: string
  readonly outcomeHash: string
  readonly selfReportedSuccess: boolean
  readonly externallyVerified: boolean | undefined
  readonly feedbackReceived: boolean
  readonly postFeedbackImproved: boolean | undefined
}

/** Of SHA-256 in hex: what the reference keeps of a hash. */
const HASH_CHARS = 16

/** P5: SHA-256 over the items, sorted by code point and joined by commas; duplicates stay. */
export function itemsHash(items: readonly string[]): string {
  return shortHash(items.toSorted(compareCodePoints).join(','))
}

/** P5: over all observations in their order. */
export function chainHash(observations: readonly ReferenceObservation[]): string {
  const links = observations.map(
    ({ timestamp, taskType, scopeHash, outcomeHash }) =>
      `${timestamp.isoformat}|${taskType}|${scopeHash}|${outcomeHash}`,
  )
  return shortHash(`pdr-chain-v1${links.join('')}`)
}

/**
 * P2: sorted by instant; equal instants as they came.
 *
 * @throws {PdrError} `pdr/times-mixed` when some have an offset and some have none.
 */
export function inTime(
  observations: readonly ReferenceObservation[],
): readonly ReferenceObservation[] {
  const hasOffset = observations[0]?.timestamp.hasOffset
  if (observations.some(({ timestamp }) => timestamp.hasOffset !== hasOffset)) {
    throw new PdrError({ code: 'pdr/times-mixed' })
  }
  return observations.toSorted((a, b) => compareTimestamps(a.timestamp, b.timestamp))
}

function shortHash(text: string): string {
  return sha256Hex(textBytes(text)).slice(0, HASH_CHARS)
}

/** UTF-16 order would put characters beyond U+FFFF before some below it. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)]
  for (const [at, character] of left.entries()) {
    const other = right[at]
    if (other === undefined) return 1
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
