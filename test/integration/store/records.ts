/** Agents and what they sign: the same number, the same bytes. */
import { DAY_MS } from '../../../src/base/units.ts'
import { SignatureProof } from '../../../src/crypto/ed25519.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import { didOf } from '../../../src/identity/did.ts'
import type { Did } from '../../../src/identity/did.ts'
import { signDocument } from '../../../src/identity/document.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeSigner, nativeVerifier } from '../../../src/node/native-crypto.ts'
import type { Claim } from '../../../src/records/record.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { laneOf, shardOf } from '../../../src/records/replica/lanes.ts'
import { Candidate, Verified, signRecord } from '../../../src/records/verified.ts'
import type { NewRecord } from '../../../src/store/batch.ts'

export const NETWORK = 'test'
export const NOW_MS = 1_800_000_000_000
export const DURABLE = { nowMs: NOW_MS, durable: true }
export const LAZY = { nowMs: NOW_MS, durable: false }
const SHARD_BITS = 4

export interface Agent {
  readonly did: Did
  readonly signer: Signer
}

export function agent(number: number): Agent {
  const signer = nativeSigner(new Uint8Array(32).fill(number))
  return { did: didOf(signer.publicKey), signer }
}

export const alice = agent(1)
export const bob = agent(2)
export const carol = agent(3)

function sealed(claim: Claim, issuer: Agent): NewRecord {
  const context = { network: NETWORK, issuer: issuer.did }
  const candidate = Candidate.parse(signRecord(claim, issuer.signer, context), context)
  const proof = SignatureProof.now(candidate.check, nativeVerifier)
  if (proof === undefined) throw new Error('a record that was just signed verifies')
  const verified = Verified.of(candidate, proof)
  const { record } = verified
  return { verified, shard: shardOf(shardSubject(record), SHARD_BITS), lane: laneOf(record) }
}

/** The `n`th vouch of an issuer: later, and with a higher sequence, for a higher `n`. */
export function vouch(issuer: Agent, subject: Agent, n: number, lifetimeDays = 90): NewRecord {
  return sealed(
    {
      type: 'vouch',
      sequence: NOW_MS + n,
      issuedAtMs: NOW_MS + n,
      expiresAtMs: NOW_MS + n + lifetimeDays * DAY_MS,
      subject: subject.did,
      inception: new Uint8Array(32).fill(7),
      scope: 'general',
      level: 500,
    },
    issuer,
  )
}

export function promise(issuer: Agent, delegator: Agent, n: number): NewRecord {
  return sealed(
    {
      type: 'promise',
      sequence: NOW_MS + n,
      issuedAtMs: NOW_MS + n,
      expiresAtMs: NOW_MS + n + DAY_MS,
      delegator: delegator.did,
      scope: 'general',
      work: { kind: 'count', count: n + 1 },
      deadlineMs: NOW_MS + DAY_MS,
    },
    issuer,
  )
}

export function revocation(issuer: Agent, subject: Agent, n: number): NewRecord {
  return sealed(
    {
      type: 'revocation',
      sequence: NOW_MS + n,
      issuedAtMs: NOW_MS + n,
      expiresAtMs: NOW_MS + n + 366 * DAY_MS,
      vouch: '0'.repeat(64),
      subject: subject.did,
    },
    issuer,
  )
}

/** An observation of several kilobytes that no compression shrinks. */
export function largeObservation(issuer: Agent, subject: Agent, n: number): NewRecord {
  const outcomes = Array.from({ length: 64 }, (_, at) => ({
    scope: 'general',
    promised: { kind: 'count', count: 1 } as const,
    delivered: { kind: 'count', count: 1 } as const,
    clarity: 0 as const,
    observedAtMs: NOW_MS,
    evidence: crypto.getRandomValues(new Uint8Array(32)).fill(at, 0, 1),
  }))
  return sealed(
    {
      type: 'observation',
      sequence: NOW_MS + n,
      issuedAtMs: NOW_MS + n,
      expiresAtMs: NOW_MS + n + DAY_MS,
      subject: subject.did,
      outcomes,
    },
    issuer,
  )
}

/** An agent's identity with a document of that sequence. */
export function identity({ signer }: Agent, sequence = 1): IdentityState {
  const { log } = incept({ genesis: signer, verifier: nativeVerifier })
  const document = signDocument({
    log,
    sequence,
    expiresAtMs: NOW_MS + DAY_MS,
    content: {},
    signer,
    network: NETWORK,
  })
  return IdentityState.of(log, document)
}
