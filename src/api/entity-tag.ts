/**
 * Entity tags of answers (RFC 9110, 8.8.3). They are weak: two answers that differ only in the moment
 * at which they were made say the same, and have one tag.
 */
import { hash } from 'node:crypto'

const TAG_BYTES = 12

/** A key and its time as JSON spells them; inside a string the quotes would be escaped. */
const MOMENTS = /"(?:asOf|askedAt)":"[^"]*"/g

/** The tag of an answer's JSON: `W/"…"`. */
export function entityTag(json: string): string {
  const digest = hash('sha256', json.replaceAll(MOMENTS, ''), 'buffer')
  return `W/"${digest.subarray(0, TAG_BYTES).toString('base64url')}"`
}

/** Whether `If-None-Match` names the tag, by weak comparison; the header is a list, or `*`. */
export function isNamed(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const opaque = tag.slice('W/'.length)
  return ifNoneMatch.split(',').some((part) => {
    const one = part.trim()
    return one === '*' || one === opaque || one === tag
  })
}
