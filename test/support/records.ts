/** Agents with fixed keys, sound claims to change one thing about, and their signed bytes. */
import { sha256 } from '../../src/crypto/hash.ts'
import { textBytes } from '../../src/base/bytes.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { SignatureProof } from '../../src/crypto/ed25519.ts'
import type { Signer } from '../../src/crypto/ed25519.ts'
import { didOf } from '../../src/identity/did.ts'
import type { Did } from '../../src/identity/did.ts'
import { nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { RecordError } from '../../src/records/error.ts'
import type { RecordFault } from '../../src/records/error.ts'
import type {
  Claim,
  Observation,
  Outcome,
  Revocation,
  Undertaking,
  Vouch,
} from '../../src/records/record.ts'
import { Candidate, Verified, signRecord } from '../../src/records/verified.ts'

export const NETWORK = 'test'
/** 2026-09-21T14:13:20Z. */
export const NOW_MS = 1_790_000_000_000

export interface Agent {
  readonly did: Did
  readonly signer: Signer
  /** Stands in for the hash of the agent's inception. */
  readonly inception: Uint8Array
}

const agents = new Map<string, Agent>()

/** The same name, the same key, in every test. */
export function agent(name: string): Agent {
  let known = agents.get(name)
  if (known === undefined) {
    const signer = nativeSigner(sha256(textBytes(`seed of ${name}`)))
    const inception = sha256(textBytes(`inception of ${name}`))
    known = { did: didOf(signer.publicKey), signer, inception }
    agents.set(name, known)
  }
  return known
}

export const alice = agent('alice')
export const bob = agent('bob')
export const carol = agent('carol')

type Of<T> = Omit<T, 'issuer' | 'key'>

const envelope = { sequence: NOW_MS, issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + 90 * DAY_MS }

export function vouchClaim(change: Partial<Of<Vouch>> = {}): Of<Vouch> {
  return {
    type: 'vouch',
    ...envelope,
    subject: bob.did,
    inception: bob.inception,
    scope: 'general',
    level: 800,
    ...change,
  }
}

export function revocationClaim(change: Partial<Of<Revocation>> = {}): Of<Revocation> {
  const expiresAtMs = NOW_MS + 366 * DAY_MS
  return {
    type: 'revocation',
    ...envelope,
    expiresAtMs,
    vouch: '0'.repeat(64),
    subject: bob.did,
    ...change,
  }
}

export function promiseClaim(change: Partial<Of<Undertaking>> = {}): Of<Undertaking> {
  return {
    type: 'promise',
    ...envelope,
    delegator: alice.did,
    scope: 'review',
    work: { kind: 'count', count: 10 },
    deadlineMs: NOW_MS + DAY_MS,
    ...change,
  }
}

export function outcome(change: Partial<Outcome> = {}): Outcome {
  return {
    scope: 'review',
    promised: { kind: 'count', count: 10 },
    delivered: { kind: 'count', count: 9 },
    clarity: 0,
    observedAtMs: NOW_MS,
    ...change,
  }
}

export function observationClaim(change: Partial<Of<Observation>> = {}): Of<Observation> {
  return { type: 'observation', ...envelope, subject: bob.did, outcomes: [outcome()], ...change }
}

export function signedBytes(claim: Claim, issuer: Agent = alice, network = NETWORK): Uint8Array {
  return signRecord(claim, issuer.signer, { network, issuer: issuer.did })
}

export function verified(claim: Claim, issuer: Agent = alice): Verified {
  return verifiedOf(signedBytes(claim, issuer))
}

/** @throws {RecordError} as the pipeline would refuse the bytes, R1 to R3 and R7. */
export function verifiedOf(bytes: Uint8Array): Verified {
  const candidate = Candidate.parse(bytes, { network: NETWORK })
  const proof = SignatureProof.now(candidate.check, nativeVerifier)
  if (proof === undefined) throw new RecordError({ code: 'record/signature-invalid' })
  return Verified.of(candidate, proof)
}

/** The fault that `attempt` throws, or `undefined` when it throws none. */
export function recordFault(attempt: () => unknown): RecordFault | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof RecordError) return error.fault
    throw error
  }
}
