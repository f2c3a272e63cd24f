/**
 * Everything about one subject that an explanation is made of, from a sieve's records: what observers
 * say, in testimonies, and judged outcome by outcome.
 */
import type { Did } from '../identity/did.ts'
import type { JudgedOutcome, JudgedSubject } from './attestation.ts'
import { GENERAL_SCOPE } from './context.ts'
import { FIRST_BRANCH, SECOND_BRANCH } from './key-standing.ts'
import type { Identities } from './key-standing.ts'
import type { Testimonies } from './measure.ts'
import type { Profile } from './profile.ts'
import { summarise } from './summary.ts'
import type { Testimony } from './tally.ts'

/** T18 and T23: what each observer says about a subject, for each branch of the observer's log. */
export function testimoniesOf(
  { byObserver }: Pick<JudgedSubject, 'byObserver'>,
  by: {
    readonly scope: string
    readonly nowMs: number
    readonly profile: Profile
    readonly identities: Identities
  },
): Testimonies {
  const { scope, nowMs, profile, identities } = by
  const testimonies = new Map<Did, readonly (Testimony | undefined)[]>()
  for (const [observer, all] of byObserver) {
    // A scope's behaviour counts the outcomes of that scope; general counts all.
    const said =
      scope === GENERAL_SCOPE ? all : all.filter(({ outcome }) => outcome.scope === scope)
    if (said.length === 0) continue
    const of = (outcomes: readonly JudgedOutcome[]): Testimony | undefined =>
      summarise(outcomes, nowMs, profile)
    const branches = identities.agent(observer).hasTwoInceptions
      ? [FIRST_BRANCH, SECOND_BRANCH].map((branch) =>
          of(said.filter((one) => (one.branches & branch) !== 0)),
        )
      : [of(said)]
    testimonies.set(observer, branches)
  }
  return testimonies
}
