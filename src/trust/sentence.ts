/** An explanation in one or two sentences. Numbers are rounded here because people read them. */
import type { Counterfactuals } from './explanation.ts'
import type { Drift } from './drift.ts'
import type { Score } from './score.ts'

export function explanationSentence(
  score: Score,
  told: { drift: Drift | undefined; counterfactuals: Counterfactuals },
): string {
  const { reliability } = score
  if (score.score === null || reliability === null || score.state === 'distrusted') {
    return score.reason
  }
  const product = `social trust ${short(score.social)} times reliability ${short(reliability)} is ${short(score.social * reliability)}`
  const capped = score.pin?.kind === 'cap' && score.score < score.social * reliability
  const parts = [capped ? `${product}, capped by your pin at ${short(score.score)}` : product]
  if (told.drift !== undefined && told.drift.severity !== 'none') {
    const way = told.drift.direction === 'down' ? 'worse' : 'better'
    parts.push(`lately it does ${way} than before`)
  }
  const fooled = told.counterfactuals.fooledNeeded
  parts.push(
    fooled === 1
      ? 'all of its standing hangs on one agent'
      : `${fooled} agents would have to be fooled for all of its standing to be false`,
  )
  return `${score.reason} ${capital(parts.join('; '))}.`
}

function short(value: number): string {
  return value.toFixed(3)
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
