/**
 * Ratings as signed records: a rating above 0 is a vouch, and every rating is an observation.
 *
 * A rating r is an outcome of which {@link PROMISED} were promised and r + 10 delivered, so its
 * fulfilment is (r + 10) / 20; a vouch has the level r / 10. The times of the data are mapped
 * linearly onto the last {@link SPAN_MS} before `nowMs`.
 */
import { DAY_MS } from '../../src/base/units.ts'
import type { Claim } from '../../src/records/record.ts'
import { nextSequence, signRecord } from '../../src/records/verified.ts'
import type { Person } from './people.ts'
import { RATING_LIMIT, type Rating } from './ratings.ts'

/** Within the longest lane, with room for those who keep the homes for some weeks. */
export const SPAN_MS = 300 * DAY_MS
const LIFETIME_MS = 366 * DAY_MS
const PROMISED = 2 * RATING_LIMIT
const LEVEL_PER_RATING = 100
const SCOPE = 'general'

export interface Made {
  readonly rating: Rating
  readonly type: 'vouch' | 'observation'
  readonly issuedAtMs: number
  readonly bytes: Uint8Array
}

/** The records of ratings that come in order of time, in that order. */
export function* signedRatings(
  ratings: readonly Rating[],
  people: ReadonlyMap<string, Person>,
  context: { readonly network: string; readonly nowMs: number },
): Generator<Made> {
  const issuedAt = timeMapOf(ratings, context.nowMs)
  const sequences = new Map<string, number>()
  for (const rating of ratings) {
    const issuer = needed(people, rating.source)
    const subject = needed(people, rating.target)
    const issuedAtMs = issuedAt(rating.atMs)
    for (const type of rating.value > 0 ? (['vouch', 'observation'] as const) : OBSERVATION_ONLY) {
      const sequence = nextSequence(sequences.get(rating.source), issuedAtMs)
      sequences.set(rating.source, sequence)
      const envelope = { sequence, issuedAtMs, expiresAtMs: issuedAtMs + LIFETIME_MS }
      const claim = claimOf(type, rating, subject, envelope)
      const bytes = signRecord(claim, issuer.signer, {
        network: context.network,
        issuer: issuer.did,
      })
      yield { rating, type, issuedAtMs, bytes }
    }
  }
}

const OBSERVATION_ONLY = ['observation'] as const

function claimOf(
  type: Made['type'],
  { value }: Rating,
  subject: Person,
  envelope: Pick<Claim, 'sequence' | 'issuedAtMs' | 'expiresAtMs'>,
): Claim {
  if (type === 'vouch') {
    const { inception } = subject.log
    const level = value * LEVEL_PER_RATING
    return { ...envelope, type, subject: subject.did, inception, scope: SCOPE, level }
  }
  const outcome = {
    scope: SCOPE,
    promised: { kind: 'count', count: PROMISED },
    delivered: { kind: 'count', count: value + RATING_LIMIT },
    clarity: 0,
    observedAtMs: envelope.issuedAtMs,
  } as const
  return { ...envelope, type, subject: subject.did, outcomes: [outcome] }
}

/** From the data's first and last moment to the last span before now; one moment alone is now. */
export function timeMapOf(ratings: readonly Rating[], nowMs: number): (atMs: number) => number {
  const firstMs = ratings[0]?.atMs ?? 0
  const lengthMs = (ratings.at(-1)?.atMs ?? 0) - firstMs
  if (lengthMs === 0) return () => nowMs
  return (atMs) => nowMs - SPAN_MS + Math.round(((atMs - firstMs) / lengthMs) * SPAN_MS)
}

function needed(people: ReadonlyMap<string, Person>, name: string): Person {
  const person = people.get(name)
  if (person === undefined) throw new Error(`nobody was made for ${name}`)
  return person
}
