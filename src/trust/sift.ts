/**
 * From all records that the node holds to those that count: what is live, what is taken back, what
 * is replaced. One pass, and nothing in the result depends on the order of the records.
 * Specification: docs/spec/scoring.md, T1 to T5 and T24.
 */
import { MINUTE_MS } from '../base/units.ts'
import type { Did } from '../identity/did.ts'
import type {
  Observation,
  Outcome,
  RecordId,
  Revocation,
  Undertaking,
  Vouch,
} from '../records/record.ts'
import type { EvidenceRecord, TrustContext } from './context.ts'
import { FIRST_BRANCH } from './key-standing.ts'
import type { BranchMask, Identities } from './key-standing.ts'
import type { IgnoredReason } from './reasons.ts'

/** What an honest clock may be ahead; as in R4. */
const CLOCK_SKEW_LIMIT_MS = 2 * MINUTE_MS

export interface LiveVouch {
  readonly id: RecordId
  readonly vouch: Vouch
  readonly issuerBranches: BranchMask
  readonly subjectBranches: BranchMask
}

/** One outcome, with who saw it and where it stands written. */
export interface SeenOutcome {
  /** Of the observation record, or of my private note. */
  readonly id: string
  readonly index: number
  readonly observer: Did
  readonly subject: Did
  readonly branches: BranchMask
  readonly outcome: Outcome
}

export interface DeadRecord {
  readonly id: string
  readonly reason: IgnoredReason
}

/** T24: two records by one key with one sequence number. */
export interface Equivocation {
  readonly did: Did
  readonly keyHex: string
  readonly sequence: number
  readonly ids: readonly [RecordId, RecordId]
}

export interface Sifted {
  /** Every record's id, sorted. */
  readonly ids: readonly RecordId[]
  /** T5: one for each ordered pair and scope. */
  readonly vouches: readonly LiveVouch[]
  readonly promises: ReadonlyMap<RecordId, Undertaking>
  readonly outcomes: ReadonlyMap<Did, readonly SeenOutcome[]>
  /** By subject. */
  readonly deadVouches: ReadonlyMap<Did, readonly DeadRecord[]>
  readonly deadObservations: ReadonlyMap<Did, readonly DeadRecord[]>
  /** By issuer. */
  readonly equivocations: ReadonlyMap<Did, readonly Equivocation[]>
}

interface HeldVouch {
  readonly id: RecordId
  readonly vouch: Vouch
}

export function sift(
  records: Iterable<EvidenceRecord>,
  context: TrustContext,
  identities: Identities,
): Sifted {
  const { nowMs } = context
  const seen = new Set<RecordId>()
  const vouches: HeldVouch[] = []
  const revocations = new Map<RecordId, Revocation[]>()
  const promises = new Map<RecordId, Undertaking>()
  const outcomes = new Map<Did, SeenOutcome[]>()
  const deadVouches = new Map<Did, DeadRecord[]>()
  const deadObservations = new Map<Did, DeadRecord[]>()
  const sequences = new SequenceBook()

  for (const { id, record } of records) {
    if (seen.has(id)) continue
    seen.add(id)
    const keyHex = identities.keyHexOf(record.issuer, record.key)
    sequences.note(id, record.issuer, keyHex, record.sequence)
    switch (record.type) {
      case 'vouch':
        vouches.push({ id, vouch: record })
        break
      case 'revocation':
        // T3: by a key that counts; its own expiry does not matter.
        if ('branches' in identities.judgeKey(record.issuer, keyHex, record.sequence)) {
          push(revocations, record.vouch, record)
        }
        break
      case 'promise':
        // T12: an attestation outlives expiry, rotation and quota; the key must only be its issuer's.
        if (identities.isKeyOf(record.issuer, keyHex)) promises.set(id, record)
        break
      case 'observation':
        siftObservation({ id, observation: record, keyHex })
        break
    }
  }

  function siftObservation(held: { id: RecordId; observation: Observation; keyHex: string }): void {
    const { id, observation, keyHex } = held
    const { issuer, subject, sequence } = observation
    const verdict = identities.judgeKey(issuer, keyHex, sequence)
    const reason = 'ignored' in verdict ? verdict.ignored : outOfTime(observation, nowMs)
    if (reason !== undefined) {
      push(deadObservations, subject, { id, reason })
      return
    }
    const branches = 'branches' in verdict ? verdict.branches : FIRST_BRANCH
    for (const [index, outcome] of observation.outcomes.entries()) {
      if (outcome.observedAtMs > nowMs + CLOCK_SKEW_LIMIT_MS) {
        push(deadObservations, subject, { id, reason: 'from-future' })
      } else {
        push(outcomes, subject, { id, index, observer: issuer, subject, branches, outcome })
      }
    }
  }

  for (const { id, subject, outcomes: mine } of context.privateOutcomes) {
    for (const [index, outcome] of mine.entries()) {
      if (outcome.observedAtMs > nowMs + CLOCK_SKEW_LIMIT_MS) continue
      push(outcomes, subject, {
        id,
        index,
        observer: context.viewer,
        subject,
        branches: FIRST_BRANCH,
        outcome,
      })
    }
  }

  const live = vouches.flatMap((held) => {
    const judged = judgeVouch(held, { nowMs, identities, revocations })
    if ('reason' in judged) {
      push(deadVouches, held.vouch.subject, { id: held.id, reason: judged.reason })
      return []
    }
    return [judged]
  })
  return {
    ids: [...seen].toSorted(),
    vouches: latestOfEachPair(live, deadVouches),
    promises,
    outcomes,
    deadVouches,
    deadObservations,
    equivocations: sequences.equivocations(),
  }
}

function judgeVouch(
  { id, vouch }: HeldVouch,
  held: {
    nowMs: number
    identities: Identities
    revocations: ReadonlyMap<RecordId, readonly Revocation[]>
  },
): LiveVouch | { readonly reason: IgnoredReason } {
  const { nowMs, identities, revocations } = held
  const keyHex = identities.keyHexOf(vouch.issuer, vouch.key)
  const issued = identities.judgeKey(vouch.issuer, keyHex, vouch.sequence)
  if ('ignored' in issued) return { reason: issued.ignored }
  const untimely = outOfTime(vouch, nowMs)
  if (untimely !== undefined) return { reason: untimely }
  // T3: only its own issuer, about its own subject, takes a vouch back.
  const isRevoked = (revocations.get(id) ?? []).some(
    (revocation) =>
      revocation.issuer === vouch.issuer &&
      revocation.subject === vouch.subject &&
      revocation.issuedAtMs <= nowMs + CLOCK_SKEW_LIMIT_MS,
  )
  if (isRevoked) return { reason: 'revoked' }
  const named = identities.judgeInception(vouch.subject, vouch.inception)
  if ('ignored' in named) return { reason: named.ignored }
  return { id, vouch, issuerBranches: issued.branches, subjectBranches: named.branches }
}

/** T2: a record counts from its issue (give or take an honest clock) until just before its expiry. */
function outOfTime(record: Vouch | Observation, nowMs: number): IgnoredReason | undefined {
  if (record.issuedAtMs > nowMs + CLOCK_SKEW_LIMIT_MS) return 'from-future'
  return record.expiresAtMs <= nowMs ? 'expired' : undefined
}

/** T5: of the live vouches of one issuer for one subject and scope, the latest by (time, id). */
function latestOfEachPair(
  live: readonly LiveVouch[],
  dead: Map<Did, DeadRecord[]>,
): readonly LiveVouch[] {
  const best = new Map<string, LiveVouch>()
  for (const candidate of live) {
    const { issuer, subject, scope } = candidate.vouch
    const pair = `${issuer} ${subject} ${scope}`
    const other = best.get(pair)
    const isLater = other === undefined || isAfter(candidate, other)
    if (isLater) best.set(pair, candidate)
    const loser = isLater ? other : candidate
    if (loser !== undefined) push(dead, subject, { id: loser.id, reason: 'superseded' })
  }
  return [...best.values()]
}

function isAfter(a: LiveVouch, b: LiveVouch): boolean {
  const difference = a.vouch.issuedAtMs - b.vouch.issuedAtMs
  return difference === 0 ? a.id > b.id : difference > 0
}

/** Remembers who used which sequence number for what. */
class SequenceBook {
  readonly #keys = new Map<string, { did: Did; sequences: Map<number, RecordId> }>()
  readonly #twice = new Map<string, Map<number, RecordId[]>>()

  note(id: RecordId, did: Did, keyHex: string, sequence: number): void {
    let key = this.#keys.get(keyHex)
    if (key === undefined) this.#keys.set(keyHex, (key = { did, sequences: new Map() }))
    const other = key.sequences.get(sequence)
    if (other === undefined) {
      key.sequences.set(sequence, id)
      return
    }
    let twice = this.#twice.get(keyHex)
    if (twice === undefined) this.#twice.set(keyHex, (twice = new Map()))
    const ids = twice.get(sequence)
    if (ids === undefined) twice.set(sequence, [other, id])
    else ids.push(id)
  }

  /** For each key that did it, the case with the smallest ids: the same proof at every node. */
  equivocations(): ReadonlyMap<Did, readonly Equivocation[]> {
    const found = new Map<Did, Equivocation[]>()
    for (const keyHex of [...this.#twice.keys()].toSorted()) {
      const did = this.#keys.get(keyHex)?.did
      const cases = [...(this.#twice.get(keyHex) ?? [])].map(([sequence, ids]) => ({
        sequence,
        ids: ids.toSorted(),
      }))
      const first = cases.toSorted((a, b) => ((a.ids[0] ?? '') < (b.ids[0] ?? '') ? -1 : 1))[0]
      const [one, two] = first?.ids ?? []
      if (did === undefined || first === undefined || one === undefined || two === undefined) {
        continue
      }
      push(found, did, { did, keyHex, sequence: first.sequence, ids: [one, two] })
    }
    return found
  }
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
