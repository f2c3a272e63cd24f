/**
 * A trust network as data sets give it: who rated whom, how, and when.
 *
 * One rating a line, `source,target,rating,time`: two names, a whole number from -10 to 10 but not
 * 0, seconds since 1970. Knows nothing of agents or records.
 */
import { SECOND_MS } from '../../src/base/units.ts'

/** The best rating; the worst is its negative. */
export const RATING_LIMIT = 10

export interface Rating {
  readonly source: string
  readonly target: string
  /** -10..10, not 0. */
  readonly value: number
  readonly atMs: number
}

/** A file that is not what it should be, said for people, with the line. */
export class RatingsError extends Error {
  override readonly name = 'RatingsError'
}

/** Fit to name a directory too. */
const NAME = /^\w[\w-]{0,63}$/
/** Room for fractions of a second; nothing after the year 5138. */
const TIME = /^\d{1,11}(?:\.\d{1,6})?$/

/**
 * The ratings in order of time; of equal times in the order of the file.
 *
 * @throws {RatingsError} with the first line that is not a rating.
 */
export function parseRatings(text: string): readonly Rating[] {
  const ratings: Rating[] = []
  for (const [at, line] of text.split('\n').entries()) {
    const fields = line.trim()
    if (fields === '') continue
    ratings.push(parseRating(fields, at + 1))
  }
  if (ratings.length === 0) throw new RatingsError('There is no rating in it.')
  return ratings.toSorted((a, b) => a.atMs - b.atMs)
}

function parseRating(fields: string, line: number): Rating {
  const [source = '', target = '', rating = '', time = '', ...more] = fields.split(',')
  const fault = (what: string): RatingsError => new RatingsError(`Line ${line}: ${what}.`)
  if (more.length > 0 || time === '') throw fault('it is not "source,target,rating,time"')
  if (!NAME.test(source) || !NAME.test(target))
    throw fault('a name is 1 to 64 letters, digits, _ or -')
  if (source === target) throw fault(`${source} rates itself`)
  const value = Number(rating)
  if (!/^-?\d+$/.test(rating) || value === 0 || Math.abs(value) > RATING_LIMIT) {
    throw fault(`a rating is a whole number from -${RATING_LIMIT} to ${RATING_LIMIT}, not 0`)
  }
  if (!TIME.test(time)) throw fault('a time is in seconds since 1970')
  return { source, target, value, atMs: Math.round(Number(time) * SECOND_MS) }
}
