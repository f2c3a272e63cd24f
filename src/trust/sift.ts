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
import type { EvidenceRecord, PrivateOutcomes, TrustContext } from './context.ts'
import { equivocationsIn } from './equivocation.ts'
import type { Equivocation } from './equivocation.ts'
import { FIRST_BRANCH } from './key-standing.ts'
import type { BranchMask, Identities, KeyVerdict, KnownAgent } from './key-standing.ts'
import type { IgnoredReason } from './reasons.ts'

/** T2: what an honest clock may be ahead; as in R4. */
export const CLOCK_SKEW_LIMIT_MS = 2 * MINUTE_MS

export interface LiveVouch {
  readonly id: RecordId
  readonly vouch: Vouch
  readonly issuer: KnownAgent
  readonly subject: KnownAgent
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

export interface Sifted {
  /** Every record's id, once, in no order. */
  readonly ids: readonly RecordId[]
  /** All that count by T1 to T4; which of a pair serves a scope is T5. */
  readonly vouches: readonly LiveVouch[]
  readonly promises: ReadonlyMap<RecordId, Undertaking>
  /** By subject. */
  readonly outcomes: ReadonlyMap<Did, readonly SeenOutcome[]>
  /** Who vouches or is vouched for, observes or is observed, in what counts. */
  readonly mentioned: readonly KnownAgent[]
  /** By subject. */
  readonly deadVouches: ReadonlyMap<Did, readonly DeadRecord[]>
  readonly deadObservations: ReadonlyMap<Did, readonly DeadRecord[]>
  /** T24: of each of an issuer's keys that signed two records with one number, the first case. */
  equivocationsOf(issuer: Did): readonly Equivocation[]
}

/** A vouch whose key counts, before it is known what was taken back. */
interface HeldVouch {
  readonly id: RecordId
  readonly vouch: Vouch
  readonly issuer: KnownAgent
  readonly issuerBranches: BranchMask
}

export function sift(
  records: Iterable<EvidenceRecord>,
  context: TrustContext,
  identities: Identities,
): Sifted {
  const sieve = new Sieve(context, identities)
  for (const record of records) sieve.add(record)
  for (const notes of context.privateOutcomes) sieve.addPrivate(notes)
  return sieve.sifted()
}

/** Takes records one by one, so that somebody who cannot wait can stop in between. */
export class Sieve {
  readonly #viewer: Did
  readonly #nowMs: number
  readonly #identities: Identities
  readonly #ids = new Set<RecordId>()
  readonly #vouches: HeldVouch[] = []
  readonly #revocations = new Map<RecordId, Revocation[]>()
  readonly #promises = new Map<RecordId, Undertaking>()
  /** By the subject's index. */
  readonly #outcomes: SeenOutcome[][] = []
  readonly #mentioned: KnownAgent[] = []
  /** By the agent's index. */
  readonly #isMentioned: boolean[] = []
  readonly #deadVouches = new Map<Did, DeadRecord[]>()
  readonly #deadObservations = new Map<Did, DeadRecord[]>()
  /** By the issuer's index: for the rare question who signed two things with one number. */
  readonly #signed: EvidenceRecord[][] = []

  constructor({ viewer, nowMs }: TrustContext, identities: Identities) {
    this.#viewer = viewer
    this.#nowMs = nowMs
    this.#identities = identities
  }

  add(one: EvidenceRecord): void {
    const { id, record } = one
    const { size } = this.#ids
    if (this.#ids.add(id).size === size) return
    const issuer = this.#identities.agent(record.issuer)
    ;(this.#signed[issuer.index] ??= []).push(one)
    switch (record.type) {
      case 'vouch': {
        const verdict = issuer.judgeKey(record.key, record.sequence)
        const reason = reasonOf(verdict) ?? this.#outOfTime(record)
        if (reason === undefined) {
          this.#vouches.push({ id, vouch: record, issuer, issuerBranches: branchesOf(verdict) })
        } else push(this.#deadVouches, record.subject, { id, reason })
        break
      }
      case 'revocation':
        // T3: by a key that counts; its own expiry does not matter.
        if ('branches' in issuer.judgeKey(record.key, record.sequence)) {
          push(this.#revocations, record.vouch, record)
        }
        break
      case 'promise':
        // T12: an attestation outlives expiry, rotation and quota; the key must only be its issuer's.
        if (issuer.hasKey(record.key)) this.#promises.set(id, record)
        break
      case 'observation':
        this.#addObservation(id, record, issuer)
        break
    }
  }

  addPrivate({ id, subject, outcomes }: PrivateOutcomes): void {
    const observer = this.#identities.agent(this.#viewer)
    const about = this.#identities.agent(subject)
    this.#addOutcomes(outcomes, { id, observer, subject: about, branches: FIRST_BRANCH })
  }

  sifted(): Sifted {
    const live: LiveVouch[] = []
    for (const held of this.#vouches) {
      const judged = this.#judgeVouch(held)
      if ('reason' in judged) {
        push(this.#deadVouches, held.vouch.subject, { id: held.id, reason: judged.reason })
      } else live.push(judged)
    }
    for (const { issuer, subject } of live) {
      this.#mention(issuer)
      this.#mention(subject)
    }
    return {
      ids: [...this.#ids],
      vouches: live,
      promises: this.#promises,
      outcomes: bySubject(this.#outcomes),
      mentioned: this.#mentioned,
      deadVouches: this.#deadVouches,
      deadObservations: this.#deadObservations,
      equivocationsOf: (did) => {
        const issuer = this.#identities.agent(did)
        return equivocationsIn(issuer, this.#signed[issuer.index] ?? [])
      },
    }
  }

  #addObservation(id: RecordId, observation: Observation, issuer: KnownAgent): void {
    const { subject, sequence, key, outcomes } = observation
    const verdict = issuer.judgeKey(key, sequence)
    const reason = reasonOf(verdict) ?? this.#outOfTime(observation)
    if (reason !== undefined) {
      push(this.#deadObservations, subject, { id, reason })
      return
    }
    const about = this.#identities.agent(subject)
    const from = { id, observer: issuer, subject: about, branches: branchesOf(verdict) }
    for (let ahead = this.#addOutcomes(outcomes, from); ahead > 0; ahead--) {
      push(this.#deadObservations, subject, { id, reason: 'from-future' })
    }
  }

  /** @returns how many of them were left out because they lie ahead of the present. */
  #addOutcomes(
    outcomes: readonly Outcome[],
    from: {
      readonly id: string
      readonly observer: KnownAgent
      readonly subject: KnownAgent
      readonly branches: BranchMask
    },
  ): number {
    const { id, branches } = from
    const [observer, subject] = [from.observer.did, from.subject.did]
    const seen = (this.#outcomes[from.subject.index] ??= [])
    let ahead = 0
    for (let index = 0; index < outcomes.length; index++) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      if (this.#isAhead(outcome.observedAtMs)) ahead++
      else seen.push({ id, index, observer, subject, branches, outcome })
    }
    if (ahead < outcomes.length) {
      this.#mention(from.observer)
      this.#mention(from.subject)
    }
    return ahead
  }

  #mention(agent: KnownAgent): void {
    if (this.#isMentioned[agent.index] === true) return
    this.#isMentioned[agent.index] = true
    this.#mentioned.push(agent)
  }

  #judgeVouch(held: HeldVouch): LiveVouch | { readonly reason: IgnoredReason } {
    const { id, vouch, issuer, issuerBranches } = held
    // T3: only its own issuer, about its own subject, takes a vouch back.
    const isRevoked = this.#revocations
      .get(id)
      ?.some(
        (revocation) =>
          revocation.issuer === vouch.issuer &&
          revocation.subject === vouch.subject &&
          !this.#isAhead(revocation.issuedAtMs),
      )
    if (isRevoked === true) return { reason: 'revoked' }
    const subject = this.#identities.agent(vouch.subject)
    const named = subject.judgeInception(vouch.inception)
    if ('ignored' in named) return { reason: named.ignored }
    return { id, vouch, issuer, subject, issuerBranches, subjectBranches: named.branches }
  }

  /** T2: a record counts from its issue (give or take an honest clock) until just before its expiry. */
  #outOfTime(record: Vouch | Observation): IgnoredReason | undefined {
    if (this.#isAhead(record.issuedAtMs)) return 'from-future'
    return record.expiresAtMs <= this.#nowMs ? 'expired' : undefined
  }

  #isAhead(timeMs: number): boolean {
    return timeMs > this.#nowMs + CLOCK_SKEW_LIMIT_MS
  }
}

function bySubject(outcomes: readonly SeenOutcome[][]): ReadonlyMap<Did, readonly SeenOutcome[]> {
  const found = new Map<Did, readonly SeenOutcome[]>()
  // An agent without outcomes has left a gap.
  for (const seen of outcomes as readonly (SeenOutcome[] | undefined)[]) {
    const [first] = seen ?? []
    if (seen !== undefined && first !== undefined) found.set(first.subject, seen)
  }
  return found
}

function reasonOf(verdict: KeyVerdict): IgnoredReason | undefined {
  return 'ignored' in verdict ? verdict.ignored : undefined
}

function branchesOf(verdict: KeyVerdict): BranchMask {
  return 'branches' in verdict ? verdict.branches : FIRST_BRANCH
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
