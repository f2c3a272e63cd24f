/** What the node holds about a subject and the view leaves out, by reason. Specification: T25. */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { JudgedOutcome, JudgedSubject } from './attestation.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { TrustContext } from './context.ts'
import type { Identities } from './key-standing.ts'
import { isLater } from './precedence.ts'
import { IgnoredTally } from './reasons.ts'
import type { Ignored, IgnoredReason } from './reasons.ts'
import type { ScopeReading } from './reading.ts'
import type { LiveVouch, Sifted } from './sift.ts'

export interface LeftOutInput {
  readonly subject: Did
  readonly scopeName: string
  readonly reading: ScopeReading
  readonly sifted: Pick<Sifted, 'deadVouches' | 'deadObservations'>
  /** Live vouches for the subject, whatever their scope. */
  readonly vouches: readonly LiveVouch[]
  readonly judged: JudgedSubject
  /** The outcomes that count. */
  readonly counted: ReadonlySet<JudgedOutcome>
  readonly context: Pick<TrustContext, 'viewer' | 'pins'>
  readonly identities: Identities
}

export function leftOut(input: LeftOutInput): readonly Ignored[] {
  const tally = new IgnoredTally()
  const { subject, sifted, judged } = input
  for (const { id, reason } of sifted.deadVouches.get(subject) ?? []) tally.add('vouch', reason, id)
  for (const { id, reason } of sifted.deadObservations.get(subject) ?? []) {
    tally.add('outcome', reason, id)
  }
  const entering = vouchesInto(input)
  for (const live of input.vouches) {
    const reason = whyVouchIsIdle(input, entering, live)
    if (reason !== undefined) tally.add('vouch', reason, live.id)
  }
  for (const { seen, reason } of judged.ignored) tally.add('outcome', reason, seen.id)
  for (const [observer, outcomes] of judged.byObserver) {
    for (const one of outcomes) {
      if (input.counted.has(one)) continue
      const isAsked = input.scopeName === GENERAL_SCOPE || one.outcome.scope === input.scopeName
      if (!isAsked) tally.add('outcome', 'other-scope', one.id)
      else if (one.isSelfReport) tally.add('outcome', 'self-report', one.id)
      else tally.add('outcome', whySilent(input, observer), one.id)
    }
  }
  return tally.list()
}

/** By their ids: the vouches through which standing enters the subject, in this scope. */
function vouchesInto({ reading, subject }: LeftOutInput): ReadonlySet<RecordId> {
  const nodes = reading.nodesOf(subject)
  const firstHops = nodes.flatMap((node) => reading.firstHopOf(node)?.vouch ?? [])
  const carrying = nodes.flatMap((node) => reading.carryingInto(node).map(({ vouch }) => vouch))
  return new Set([...firstHops, ...carrying])
}

/** Why a live vouch for the subject carries nothing in this scope; `undefined` when it carries. */
function whyVouchIsIdle(
  input: LeftOutInput,
  entering: ReadonlySet<RecordId>,
  live: LiveVouch,
): IgnoredReason | undefined {
  const { reading, context, scopeName } = input
  const { issuer, scope } = live.vouch
  if (entering.has(live.id)) return undefined
  if (takenBy(live, input.vouches, ({ vouch }) => vouch.scope === scope)) return 'superseded'
  if (scope !== scopeName && scope !== GENERAL_SCOPE) return 'other-scope'
  if (scope === GENERAL_SCOPE && scopeName !== GENERAL_SCOPE) {
    if (takenBy(live, input.vouches, ({ vouch }) => vouch.scope === scopeName)) return 'other-scope'
  }
  // T6: an introducer or a pin lets in more than my own vouch does.
  if (issuer === context.viewer) return 'superseded'
  return reading.heldBy(issuer) > 0 ? 'too-thin' : whySilent(input, issuer)
}

/** T5: whether another vouch of the same branches, of those that `serves`, goes before it. */
function takenBy(
  live: LiveVouch,
  others: readonly LiveVouch[],
  serves: (other: LiveVouch) => boolean,
): boolean {
  return others.some(
    (other) =>
      other.id !== live.id &&
      other.vouch.issuer === live.vouch.issuer &&
      (other.issuerBranches & live.issuerBranches) !== 0 &&
      (other.subjectBranches & live.subjectBranches) !== 0 &&
      serves(other) &&
      (other.vouch.scope !== live.vouch.scope || isLater(other, live)),
  )
}

/** Why an agent's word weighs nothing. */
function whySilent(input: LeftOutInput, did: Did): IgnoredReason {
  const { context, identities, reading } = input
  if (context.pins.get(did)?.kind === 'distrust') return 'distrusted'
  if (identities.agent(did).hasTwoInceptions && reading.nodeOf(did) === undefined)
    return 'fork-unsettled'
  return reading.heldBy(did) > 0 || did === context.viewer ? 'faded' : 'not-reachable'
}
