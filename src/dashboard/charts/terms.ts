/** A score as factors that multiply out to it, each with what is left after it. */
import type { Explanation } from '../types.ts'

export interface Term {
  readonly name: string
  /** By what the rest is multiplied. */
  readonly factor: number
  /** What is left after this factor. */
  readonly left: number
  readonly why: string
}

/** Source: the terms of an explanation, docs/spec/scoring.md. Empty while there is no score. */
export function termsOf(explanation: Explanation): readonly Term[] {
  const { social, behaviour, cap, score } = explanation
  if (score.score === null || behaviour === null) return []
  const whole = social.standing + social.distrust + social.halfStanding
  const standing = whole === 0 ? 0 : social.standing / whole
  const factors: [string, number, string][] = [
    ['Ceiling', social.ceiling, 'nobody is trusted wholly by vouches alone'],
    [
      'Vouches',
      standing,
      `standing ${social.standing.toFixed(4)} against ${(social.distrust + social.halfStanding).toFixed(4)}`,
    ],
    ['Behaviour', behaviour.value, 'how it kept its promises, by observers that you trust'],
  ]
  let left = 1
  const terms = factors.map(([name, factor, why]) => {
    left *= factor
    return { name, factor, left, why }
  })
  if (cap !== null && cap < left) {
    terms.push({ name: 'Cap', factor: cap / left, left: cap, why: 'a pin of yours' })
  }
  return terms
}
