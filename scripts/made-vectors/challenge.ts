/** Challenges and proofs: docs/spec/challenge.md. */
import { fromHex, toHex } from '../../src/base/bytes.ts'
import {
  challengeMessage,
  judgeProof,
  judgeTerms,
  signChallenge,
  verifyProof,
  type Challenge,
  type ChallengeProof,
  type Role,
} from '../../src/identity/challenge.ts'
import { ChallengeError } from '../../src/identity/challenge-error.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  bob,
  keys,
  leaked,
  NETWORK,
  NOW_MS,
  rotated,
  seed,
  signers,
  verifier,
} from './cast.ts'

const challenge: Challenge = {
  network: NETWORK,
  asker: alice.did,
  answerer: bob.did,
  askerNonce: seed(0x11),
  answererNonce: seed(0x22),
  purpose: 'login',
  origin: 'https://bob.example',
  expiresAtMs: NOW_MS + 30_000,
}

const answer = signChallenge(challenge, 'answerer', {
  signer: signers.bob,
  keyId: `${bob.did}#k0.0`,
})
const confirmation = signChallenge(challenge, 'asker', {
  signer: signers.alice,
  keyId: `${alice.did}#k0.0`,
})

export function challengeVectors(): object {
  return {
    about:
      'docs/spec/challenge.md. Bytes are hex. Alice asks Bob. "challenge" is what both remember, "judgedAt" the time on both clocks. Each proof is shown to the other side, which knows the key log under "log". "refused" names the first rule broken.',
    keys,
    judgedAt: timeText(NOW_MS),
    logs: {
      alice: toHex(alice.bytes),
      bob: toHex(bob.bytes),
      'alice, rotated': toHex(rotated.bytes),
      'alice, key compromised': toHex(leaked.bytes),
    },
    challenge: shownTerms(challenge),
    accepted: [
      { name: 'the answer of Bob', log: 'bob', ...shown(answer) },
      { name: 'the confirmation of Alice', log: 'alice', ...shown(confirmation) },
    ],
    refused: refused(),
  }
}

interface Case {
  readonly name: string
  readonly log: 'alice' | 'bob' | 'alice, rotated' | 'alice, key compromised'
  readonly proof: ChallengeProof
}

const LOGS: Readonly<Record<Case['log'], KeyLog>> = {
  alice,
  bob,
  'alice, rotated': rotated,
  'alice, key compromised': leaked,
}

function refused(): object[] {
  const changed = (name: string, change: Partial<ChallengeProof>): Case => ({
    name,
    log: 'bob',
    proof: { ...answer, ...change },
  })
  const signedFor = (name: string, change: Partial<Challenge>): Case => ({
    name,
    log: 'bob',
    proof: signChallenge({ ...challenge, ...change }, 'answerer', {
      signer: signers.bob,
      keyId: answer.keyId,
    }),
  })
  const relayed = 'https://mallory.example'
  const cases: readonly Case[] = [
    changed('another network', { network: 'main' }),
    changed('asker and answerer are one', { answerer: alice.did }),
    changed('the role of who it is shown to', { role: 'asker' }),
    changed('another origin', { origin: relayed }),
    signedFor('signed for the origin of somebody in between', { origin: relayed }),
    changed('another purpose', { purpose: 'payment' }),
    changed('another expiry', { expiresAtMs: challenge.expiresAtMs + 1 }),
    changed('expired', { expiresAtMs: NOW_MS }),
    changed('too far ahead', { expiresAtMs: NOW_MS + 35_001 }),
    changed("another asker's nonce", { askerNonce: seed(0x33) }),
    changed("another answerer's nonce", { answererNonce: seed(0x33) }),
    changed('a key that the log does not name', { keyId: `${bob.did}#k0.1` }),
    changed('a changed signature', { signature: flipped(answer.signature) }),
    changed('an origin with a slash', { origin: 'https://bob.example/' }),
    {
      name: 'the confirmation, written over as the answer',
      log: 'bob',
      proof: { ...confirmation, role: 'answerer', keyId: answer.keyId },
    },
    { name: 'a retired key', log: 'alice, rotated', proof: confirmation },
    { name: 'a compromised key', log: 'alice, key compromised', proof: confirmation },
  ]
  return cases.map(({ name, log, proof }) => ({
    name,
    log,
    fault: faultOf(proof, LOGS[log]),
    ...shown(proof),
  }))
}

function faultOf(proof: ChallengeProof, log: KeyLog): string {
  const self = log.did === bob.did ? alice.did : bob.did
  try {
    judgeProof(proof, { network: NETWORK, self, nowMs: NOW_MS })
    // The asker remembers its question, without the answerer's nonce.
    const { answererNonce: _, ...question } = challenge
    judgeTerms(proof, self === alice.did ? question : challenge)
    verifyProof(proof, { state: IdentityState.of(log), verifier })
  } catch (error) {
    if (error instanceof ChallengeError) return error.fault.code
    throw error
  }
  throw new Error('a proof that should be refused is not')
}

function shownTerms(terms: Challenge): object {
  const { network, asker, answerer, purpose, origin } = terms
  return {
    network,
    asker,
    answerer,
    askerNonce: toHex(terms.askerNonce),
    answererNonce: toHex(terms.answererNonce),
    purpose,
    origin,
    expiresAt: timeText(terms.expiresAtMs),
  }
}

function shown(proof: ChallengeProof): object {
  const { role, keyId, signature } = proof
  const isSound = proof === answer || proof === confirmation
  return {
    proof: { ...shownTerms(proof), role, keyId, signature: toHex(signature) },
    ...(isSound ? { message: toHex(messageOf(proof, role)) } : {}),
  }
}

function messageOf(proof: ChallengeProof, role: Role): Uint8Array {
  return challengeMessage(proof, role)
}

function flipped(signature: Uint8Array): Uint8Array {
  const hex = toHex(signature)
  return fromHex((hex.startsWith('0') ? '1' : '0') + hex.slice(1))
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
