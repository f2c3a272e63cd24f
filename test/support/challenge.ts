/** A challenge between Alice and Bob, and how each of its fields could be another. */
import {
  CHALLENGE_LIFETIME_MS,
  signChallenge,
  type Challenge,
  type ChallengeProof,
  type Role,
} from '../../src/identity/challenge.ts'
import { didOf } from '../../src/identity/did.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { incept } from '../../src/identity/key-log.ts'
import { keyNamed, publicKeyOf, verifier } from './identity.ts'

export const CHALLENGE_NETWORK = 'local'
export const OPENED_AT_MS = Date.UTC(2026, 10, 25, 12)
export const ALICE_DID = didOf(publicKeyOf('alice'))
export const BOB_DID = didOf(publicKeyOf('bob'))
export const MALLORY_DID = didOf(publicKeyOf('mallory'))
export const BOBS_ORIGIN = 'https://bob.example'
export const MALLORYS_ORIGIN = 'https://mallory.example'

export const challenge: Challenge = {
  network: CHALLENGE_NETWORK,
  asker: ALICE_DID,
  answerer: BOB_DID,
  askerNonce: new Uint8Array(32).fill(1),
  answererNonce: new Uint8Array(32).fill(2),
  purpose: 'login',
  origin: BOBS_ORIGIN,
  expiresAtMs: OPENED_AT_MS + CHALLENGE_LIFETIME_MS,
}

/** One change for each field that is signed but the role. */
export const CHANGES: readonly Partial<Challenge>[] = [
  { network: 'main' },
  { asker: MALLORY_DID },
  { answerer: MALLORY_DID },
  { askerNonce: new Uint8Array(32).fill(3) },
  { answererNonce: new Uint8Array(32).fill(3) },
  { purpose: 'payment' },
  { origin: MALLORYS_ORIGIN },
  { expiresAtMs: challenge.expiresAtMs + 1 },
]

export function stateNamed(name: string): IdentityState {
  return IdentityState.of(incept({ genesis: keyNamed(name), verifier }).log)
}

export function proofBy(
  name: string,
  role: Role,
  changes: Partial<Challenge> = {},
): ChallengeProof {
  const keyId = `${didOf(publicKeyOf(name))}#k0.0`
  return signChallenge({ ...challenge, ...changes }, role, { signer: keyNamed(name), keyId })
}
