/**
 * Judges a bundle where there is no node and no network: each item sound, or the first rule it breaks.
 *
 * It is read twice, since key logs and revocations may stand behind the records that need them. What
 * a bundle does not hold is not known here: a later key log or revocation may be elsewhere. How long
 * nodes keep a record (the retention of R5) is no matter of its soundness.
 * Specification: docs/spec/records.md, "Bundles".
 */
import { toHex } from '../base/bytes.ts'
import { AipError } from '../base/error.ts'
import { SignatureProof } from '../crypto/ed25519.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import type { Did } from '../identity/did.ts'
import { IdentityState } from '../identity/state.ts'
import { BundleError, decodeBundle } from './bundle.ts'
import type { BundleItem } from './bundle.ts'
import { RecordError } from './error.ts'
import type { AipRecord, RecordId } from './record.ts'
import { CLOCK_SKEW_LIMIT_MS, Candidate, judgeLifetime } from './verified.ts'

export interface CheckContext {
  readonly network: string
  readonly verifier: Verifier
  readonly nowMs: number
}

/** What a bundle proves about agents: their key logs, and which vouches they took back. */
export class BundleKnowledge {
  readonly #states = new Map<Did, IdentityState>()
  readonly #revoked = new Set<string>()

  /**
   * Reads all of it. Items that do not hold, and where the file breaks off, are for
   * {@link judgeBundle} to say.
   */
  static async read(
    chunks: AsyncIterable<Uint8Array>,
    context: CheckContext,
  ): Promise<BundleKnowledge> {
    const knowledge = new BundleKnowledge()
    const revocations: Uint8Array[] = []
    try {
      for await (const item of decodeBundle(chunks)) knowledge.#learn(item, context, revocations)
    } catch (error) {
      if (!(error instanceof BundleError)) throw error
    }
    for (const bytes of revocations) {
      const { record, fault } = await judgeRecord(bytes, knowledge, context)
      if (fault === undefined && record?.type === 'revocation') {
        knowledge.#revoked.add(revocationName(record))
      }
    }
    return knowledge
  }

  identityOf(did: Did): IdentityState | undefined {
    return this.#states.get(did)
  }

  /** Whether the issuer of a vouch took it back: a revocation counts for that very vouch alone (R3). */
  isRevoked(vouch: RecordId, { issuer, subject }: { issuer: Did; subject: Did }): boolean {
    return this.#revoked.has(revocationName({ vouch, issuer, subject }))
  }

  #learn({ kind, bytes }: BundleItem, context: CheckContext, revocations: Uint8Array[]): void {
    try {
      if (kind === 'identity') {
        const state = IdentityState.parse(bytes, context)
        this.#states.set(state.did, this.#states.get(state.did)?.join(state) ?? state)
      } else if (Candidate.parse(bytes, context).record.type === 'revocation') {
        revocations.push(bytes)
      }
    } catch (error) {
      if (!(error instanceof AipError)) throw error
    }
  }
}

function revocationName({
  vouch,
  issuer,
  subject,
}: {
  readonly vouch: RecordId
  readonly issuer: Did
  readonly subject: Did
}): string {
  return `${issuer} ${subject} ${vouch}`
}

export type JudgedItem =
  | { readonly kind: 'identity'; readonly did?: Did; readonly fault?: AipError }
  | ({ readonly kind: 'record' } & JudgedRecord)

interface JudgedRecord {
  /** Absent when the bytes are no record. */
  readonly id?: RecordId
  readonly record?: AipRecord
  readonly state?: RecordState
  /** The first rule that it breaks; absent when it is sound. */
  readonly fault?: AipError
}

/** What became of a sound record, as far as the bundle and the clock tell. */
export type RecordState = 'live' | 'expired' | 'revoked'

/**
 * The items of a bundle in their order, each judged by what the whole bundle says.
 *
 * @throws {BundleError} where the file is no bundle, damaged or cut short.
 */
export async function* judgeBundle(
  chunks: AsyncIterable<Uint8Array>,
  knowledge: BundleKnowledge,
  context: CheckContext,
): AsyncGenerator<JudgedItem> {
  for await (const { kind, bytes } of decodeBundle(chunks)) {
    if (kind === 'identity') yield judgeIdentity(bytes, context)
    else yield { kind, ...(await judgeRecord(bytes, knowledge, context)) }
  }
}

function judgeIdentity(bytes: Uint8Array, context: CheckContext): JudgedItem {
  try {
    return { kind: 'identity', did: IdentityState.parse(bytes, context).did }
  } catch (error) {
    if (!(error instanceof AipError)) throw error
    return { kind: 'identity', fault: error }
  }
}

async function judgeRecord(
  bytes: Uint8Array,
  knowledge: BundleKnowledge,
  context: CheckContext,
): Promise<JudgedRecord> {
  let candidate: Candidate
  try {
    // R1 to R3.
    candidate = Candidate.parse(bytes, context)
  } catch (error) {
    if (!(error instanceof AipError)) throw error
    return { fault: error }
  }
  const { id, record } = candidate
  const fault =
    timeFault(record, context.nowMs) ??
    ((await SignatureProof.of(candidate.check, context.verifier)) === undefined
      ? new RecordError({ code: 'record/signature-invalid' }) // R7
      : keyFault(record, knowledge))
  if (fault !== undefined) return { id, record, fault }
  return { id, record, state: stateOf(id, record, { knowledge, nowMs: context.nowMs }) }
}

/** R4, and the lifetime of R5. */
function timeFault(record: AipRecord, nowMs: number): AipError | undefined {
  const aheadMs = record.issuedAtMs - nowMs
  if (aheadMs > CLOCK_SKEW_LIMIT_MS) return new RecordError({ code: 'record/from-future', aheadMs })
  const fault = judgeLifetime(record)
  return fault === undefined ? undefined : new RecordError(fault)
}

/** R8, and whether the key's word still counts (I16). */
function keyFault(record: AipRecord, knowledge: BundleKnowledge): AipError | undefined {
  const { issuer, key, sequence } = record
  const place = knowledge.identityOf(issuer)?.place(toHex(key))
  if (place === undefined) return new RecordError({ code: 'record/key-unknown', issuer })
  const counting = place.counts(sequence)
  return counting === 'counts'
    ? undefined
    : new BundleError({ code: 'bundle/key-retired', counting })
}

function stateOf(
  id: RecordId,
  record: AipRecord,
  { knowledge, nowMs }: { readonly knowledge: BundleKnowledge; readonly nowMs: number },
): RecordState {
  if (record.type === 'vouch' && knowledge.isRevoked(id, record)) return 'revoked'
  // A revocation counts for as long as what it takes back: its own end says nothing.
  return record.type !== 'revocation' && record.expiresAtMs <= nowMs ? 'expired' : 'live'
}
