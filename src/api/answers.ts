/** From what the node says to what the local interface shows: ids as CIDs, times as RFC 3339. */
import { toHex } from '../base/bytes.ts'
import type { KeyLog } from '../identity/key-log.ts'
import type { IdentityState } from '../identity/state.ts'
import type { StampedEvent } from '../node/events.ts'
import type { Fork } from '../node/use/forks.ts'
import { fulfilment } from '../records/fulfilment.ts'
import type {
  AipRecord,
  Observation,
  Outcome,
  RecordId,
  Undertaking,
  Vouch,
} from '../records/record.ts'
import { recordView } from '../records/view.ts'
import { recordIdText } from '../records/wire.ts'
import { CLARITIES } from './schema.ts'
import type * as shown from './views.ts'

export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

const fieldsOf = (id: RecordId, record: AipRecord) => ({
  id: recordIdText(id),
  issuer: record.issuer,
  issuedAt: timeText(record.issuedAtMs),
  expiresAt: timeText(record.expiresAtMs),
})

export function shownVouch(
  id: RecordId,
  vouch: Vouch,
  state: shown.VouchView['state'],
): shown.VouchView {
  return {
    ...fieldsOf(id, vouch),
    subject: vouch.subject,
    scope: vouch.scope,
    level: vouch.level / 1000,
    statement: vouch.statement ?? null,
    state,
  }
}

export function shownPromise(id: RecordId, promise: Undertaking): shown.PromiseView {
  return {
    ...fieldsOf(id, promise),
    delegator: promise.delegator,
    task: promise.scope,
    work: promise.work,
    deadline: timeText(promise.deadlineMs),
  }
}

export function shownObservation(id: RecordId, seen: Observation): shown.ObservationView {
  return {
    ...fieldsOf(id, seen),
    subject: seen.subject,
    share: 'public',
    outcomes: seen.outcomes.map(shownOutcome),
  }
}

export function shownOutcome(outcome: Outcome): shown.ObservationView['outcomes'][number] {
  return {
    task: outcome.scope,
    promise: outcome.promise === undefined ? null : recordIdText(outcome.promise),
    promised: outcome.promised,
    delivered: outcome.delivered,
    fulfilment: fulfilment(outcome) ?? null,
    conditions: outcome.conditions ?? null,
    clarity: CLARITIES[outcome.clarity],
    observedAt: timeText(outcome.observedAtMs),
    evidence: outcome.evidence === undefined ? null : toHex(outcome.evidence),
  }
}

export function shownRecord(id: RecordId, record: AipRecord): shown.RecordView {
  return { ...recordView(record, id), ...fieldsOf(id, record), type: record.type }
}

/** The keys of an agent, as its log tells them; of a fork those of both branches. */
export function shownKeys(state: IdentityState | undefined): shown.Agent['keys'] {
  const epochs = state?.branches.flatMap((log) => log.epochs) ?? []
  return epochs.map(({ generation, rotation, key, retired }) => ({
    id: `${state?.did ?? ''}#k${generation}.${rotation}`,
    key: toHex(key),
    state: retired === undefined ? 'current' : retired.compromised ? 'compromised' : 'retired',
  }))
}

/** Which of two logs this node goes by, and why; the hashes are those that a pin takes. */
export function shownFork({ at, branch, because, by, other }: Fork): shown.ForkView {
  return {
    at,
    branch: branch === undefined ? null : shownBranch(branch),
    because,
    by: [...by],
    other: other.map(shownBranch),
  }
}

function shownBranch({ inceptionHex, head, current }: KeyLog): shown.ForkView['other'][number] {
  return { inception: inceptionHex, head: toHex(head), key: current?.keyHex ?? null }
}

export function identityStateOf(state: IdentityState | undefined): shown.Agent['identity'] {
  if (state === undefined) return 'unknown'
  if (state.isForked) return 'forked'
  return state.branches[0].deactivated ? 'deactivated' : 'known'
}

export function shownEvent({ cursor, atMs, event }: StampedEvent): shown.EventView {
  const { kind, ...data } = event satisfies { readonly kind: (typeof shown.EVENT_KINDS)[number] }
  return { cursor, at: timeText(atMs), kind, data: idsShown(data) }
}

function idsShown(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      name === 'id' && typeof value === 'string' ? recordIdText(value) : value,
    ]),
  )
}
