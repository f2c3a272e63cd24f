/** What the node holds about a subject and the view leaves out, by reason. Specification: T25. */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { JudgedSubject } from './attestation.ts'
import type { ObserverTerm } from './behaviour.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { TrustContext } from './context.ts'
import type { Edge } from './graph.ts'
import type { Identities } from './key-standing.ts'
import type { Profile } from './profile.ts'
import { IgnoredTally } from './reasons.ts'
import type { Ignored, IgnoredReason } from './reasons.ts'
import type { Roster } from './roster.ts'
import type { ScopeGraph } from './scope-graph.ts'
import type { LiveVouch, Sifted } from './sift.ts'
import { carried } from './standing.ts'

export interface LeftOutInput {
  readonly subject: Did
  readonly scopeName: string
  readonly scope: ScopeGraph
  readonly sifted: Sifted
  /** Live vouches for the subject, whatever their scope. */
  readonly vouches: readonly LiveVouch[]
  readonly judged: JudgedSubject
  readonly counted: readonly ObserverTerm[]
  readonly context: TrustContext
  readonly identities: Identities
  readonly roster: Roster
  readonly profile: Profile
}

export function leftOut(input: LeftOutInput): readonly Ignored[] {
  const tally = new IgnoredTally()
  const { subject, sifted, judged } = input
  for (const { id, reason } of sifted.deadVouches.get(subject) ?? []) tally.add('vouch', reason, id)
  for (const { id, reason } of sifted.deadObservations.get(subject) ?? []) {
    tally.add('outcome', reason, id)
  }
  const entering = vouchesInto(input)
  for (const { id, vouch } of input.vouches) {
    const reason = whyVouchIsIdle(input, entering, { id, vouch })
    if (reason !== undefined) tally.add('vouch', reason, id)
  }
  for (const { seen, reason } of judged.ignored) tally.add('outcome', reason, seen.id)
  const counted = new Map(input.counted.map((term) => [term.observer, new Set(term.ids)]))
  for (const { id, observer, isSelfReport, outcome } of judged.outcomes) {
    const isAsked = input.scopeName === GENERAL_SCOPE || outcome.scope === input.scopeName
    if (!isAsked) tally.add('outcome', 'other-scope', id)
    else if (isSelfReport) tally.add('outcome', 'self-report', id)
    else if (counted.get(observer)?.has(id) !== true) {
      tally.add('outcome', whySilent(input, observer), id)
    }
  }
  return tally.list()
}

/** By their ids: the vouches through which standing may enter the subject, in this scope. */
interface Entering {
  readonly firstHops: ReadonlySet<RecordId>
  readonly edges: ReadonlyMap<RecordId, readonly Edge[]>
}

function vouchesInto({ roster, scope, subject }: LeftOutInput): Entering {
  const nodes = roster.nodesOf(subject)
  const firstHops = nodes.flatMap((node) => scope.firstHops.get(node)?.vouch ?? [])
  const edges = nodes.flatMap((node) => scope.graph.incoming(node))
  return {
    firstHops: new Set(firstHops),
    edges: Map.groupBy(edges, ({ vouch }) => vouch),
  }
}

/** Why a live vouch for the subject carries nothing in this scope; `undefined` when it carries. */
function whyVouchIsIdle(
  input: LeftOutInput,
  entering: Entering,
  { id, vouch }: Pick<LiveVouch, 'id' | 'vouch'>,
): IgnoredReason | undefined {
  const { scope, profile, context } = input
  const { issuer, scope: scopeName } = vouch
  if (entering.firstHops.has(id)) return undefined
  if (issuer === context.viewer) {
    return scopeName === input.scopeName ? 'superseded' : 'other-scope'
  }
  const edge = entering.edges.get(id)?.[0]
  if (edge === undefined) return 'other-scope'
  for (let hop = 0; hop < profile.hopLimit - 1; hop++) {
    if (carried(scope.graph, scope.standing, edge, hop, profile) > 0) return undefined
  }
  return (scope.standing.held[edge.from] ?? 0) > 0 ? 'too-thin' : whySilent(input, issuer)
}

/** Why an agent's word weighs nothing. */
function whySilent(input: LeftOutInput, did: Did): IgnoredReason {
  const { context, identities, scope } = input
  if (context.pins.get(did)?.kind === 'distrust') return 'distrusted'
  if (identities.agent(did).hasTwoInceptions && scope.nodeOf(did) === undefined)
    return 'fork-unsettled'
  return scope.heldBy(did) > 0 || did === context.viewer ? 'faded' : 'not-reachable'
}
