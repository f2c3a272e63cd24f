/**
 * Challenge and response: two agents that speak over HTTP show each other that they hold their keys.
 *
 *     asker    -> answerer   the question: who asks whom, x, for what, at which origin, until when
 *     answerer -> asker      the same with y, signed in the role of the answerer
 *     asker    -> answerer   the same, signed in the role of the asker
 *
 * Both sign the names of both, the nonces of both, the origin that was dialled and their own role, so
 * that a proof cannot be passed on, used again, or sent back. Which nonces were given out and used is
 * for the caller to know. Specification: docs/spec/challenge.md.
 */
import { equalBytes } from '../base/bytes.ts'
import { SECOND_MS } from '../base/units.ts'
import { encodeCbor } from '../crypto/cbor.ts'
import { NETWORK_NAME, networkMessage } from '../crypto/domain.ts'
import type { Signer, Verifier } from '../crypto/ed25519.ts'
import { ChallengeError } from './challenge-error.ts'
import type { ChallengeFault } from './challenge-error.ts'
import { didBytes, isDid } from './did.ts'
import type { Did } from './did.ts'
import { keyFlaw, presentKey } from './present-key.ts'
import type { IdentityState } from './state.ts'

export const NONCE_BYTES = 32
/** From opening to expiry. */
export const CHALLENGE_LIFETIME_MS = 30 * SECOND_MS
/** How far the asker's clock may be ahead of the answerer's. */
export const CHALLENGE_SKEW_LIMIT_MS = 5 * SECOND_MS
export const ORIGIN_LIMIT_CHARS = 256
/** What the proof is for: the same letters as a scope. */
const PURPOSE = /^[a-z0-9][a-z0-9.-]{0,63}$/

export type Role = 'asker' | 'answerer'
const ROLE_CODE: Readonly<Record<Role, number>> = { asker: 0, answerer: 1 }

/** What the asker opens. Nothing in it is signed yet. */
export interface Question {
  readonly network: string
  readonly asker: Did
  readonly answerer: Did
  /** `x`: 32 random bytes of the asker. */
  readonly askerNonce: Uint8Array
  readonly purpose: string
  /** The origin that the asker dialled: `https://bob.example`. */
  readonly origin: string
  readonly expiresAtMs: number
}

/** A question with the nonce of the answerer: what both sign. */
export interface Challenge extends Question {
  /** `y`: 32 random bytes of the answerer. */
  readonly answererNonce: Uint8Array
}

export interface ChallengeProof extends Challenge {
  readonly role: Role
  /** `did:aip:…#k<generation>.<rotation>`: the key that signed. */
  readonly keyId: string
  readonly signature: Uint8Array
}

/** `"aip:challenge:v1:" ‖ network ‖ 0x00 ‖ dag-cbor({a, b, x, y, p, o, e, r})`. */
export function challengeMessage(challenge: Challenge, role: Role): Uint8Array {
  const fields = {
    a: didBytes(challenge.asker),
    b: didBytes(challenge.answerer),
    x: challenge.askerNonce,
    y: challenge.answererNonce,
    p: challenge.purpose,
    o: challenge.origin,
    e: challenge.expiresAtMs,
    r: ROLE_CODE[role],
  }
  return networkMessage('aip:challenge:v1', challenge.network, encodeCbor(fields))
}

/** Signs in one role. `signer` holds the key that `keyId` names. */
export function signChallenge(
  challenge: Challenge,
  role: Role,
  { signer, keyId }: { readonly signer: Signer; readonly keyId: string },
): ChallengeProof {
  return { ...challenge, role, keyId, signature: signer.sign(challengeMessage(challenge, role)) }
}

/** What a side knows of itself and of the present. */
export interface ChallengeSide {
  readonly network: string
  readonly self: Did
  readonly nowMs: number
}

/**
 * P1 to P6, for the answerer, before it signs: that the question is for this agent, on this network,
 * now, and at an origin that it serves.
 *
 * @throws {ChallengeError} with the first rule broken.
 */
export function judgeQuestion(
  question: Question,
  side: ChallengeSide & { readonly origins: readonly string[] },
): void {
  judgeCommon(question, side)
  if (question.answerer !== side.self) throw otherAgent(side.self)
  judgeTime(question.expiresAtMs, side.nowMs)
  const { origin } = question
  if (!side.origins.includes(origin)) refuse({ code: 'challenge/origin-not-served', origin })
}

/** The side that a proof is meant for, and whose nonce it must carry. */
export interface ProofPlace {
  readonly own: Role
  readonly other: Did
  /** The nonce that this side gave out. */
  readonly nonce: Uint8Array
}

/**
 * P1 to P5, for the side that gets a proof: that it is one for this agent, by the other one, in the
 * other one's role, on this network, now.
 *
 * @throws {ChallengeError} with the first rule broken.
 */
export function judgeProof(proof: ChallengeProof, side: ChallengeSide): ProofPlace {
  judgeCommon(proof, side)
  const { asker, answerer } = proof
  if (proof.answererNonce.length !== NONCE_BYTES) throw malformed('answererNonce')
  const own: Role | undefined =
    asker === side.self ? 'asker' : answerer === side.self ? 'answerer' : undefined
  if (own === undefined) throw otherAgent(side.self)
  if (proof.role === own) refuse({ code: 'challenge/other-role' })
  judgeTime(proof.expiresAtMs, side.nowMs)
  return own === 'asker'
    ? { own, other: answerer, nonce: proof.askerNonce }
    : { own, other: asker, nonce: proof.answererNonce }
}

/**
 * P7: that a proof has the terms that this side gave its nonce out for. The asker's nonce goes with
 * a question; the answerer's with the whole challenge.
 *
 * @throws {ChallengeError} with the first that differs.
 */
export function judgeTerms(proof: ChallengeProof, opened: Question | Challenge): void {
  if (proof.asker !== opened.asker) throw otherAgent(opened.asker)
  if (proof.answerer !== opened.answerer) throw otherAgent(opened.answerer)
  const { origin } = proof
  if (origin !== opened.origin) {
    refuse({ code: 'challenge/other-origin', origin, expected: opened.origin })
  }
  if (proof.purpose !== opened.purpose) {
    refuse({ code: 'challenge/other-terms', field: 'purpose' })
  }
  if (proof.expiresAtMs !== opened.expiresAtMs) {
    refuse({ code: 'challenge/other-terms', field: 'expiresAt' })
  }
  const isAskerNonce = equalBytes(proof.askerNonce, opened.askerNonce)
  const isAnswererNonce =
    !('answererNonce' in opened) || equalBytes(proof.answererNonce, opened.answererNonce)
  if (!isAskerNonce || !isAnswererNonce) refuse({ code: 'challenge/nonce-unknown' })
}

/**
 * P8 and P9: that the key is the one that speaks for the other agent now, and that it signed.
 *
 * @param state the joined key log of the agent whose proof it is.
 * @throws {ChallengeError} `challenge/key-not-current` or `challenge/signature-invalid`.
 */
export function verifyProof(
  proof: ChallengeProof,
  { state, verifier }: { readonly state: IdentityState; readonly verifier: Verifier },
): void {
  const { did } = state
  const reason = keyFlaw(state, proof.keyId)
  if (reason !== undefined) refuse({ code: 'challenge/key-not-current', did, reason })
  const present = presentKey(state)
  if (typeof present === 'string') return
  const { role, signature } = proof
  const message = challengeMessage(proof, role)
  if (!verifier.verifyNow({ message, signature, publicKey: present.key })) {
    refuse({ code: 'challenge/signature-invalid', did })
  }
}

/**
 * Whether `text` is an origin in the one spelling that browsers give it: scheme, host in lower case
 * or in punycode, and the port unless it is the scheme's own. No path, no slash at the end.
 */
export function isOrigin(text: string): boolean {
  if (text.length > ORIGIN_LIMIT_CHARS || !/^https?:\/\/[\x21-\x7e]+$/.test(text)) return false
  return URL.canParse(text) && new URL(text).origin === text
}

/** P1 to P3: well formed, of this network, between two agents. */
function judgeCommon(question: Question, { network: expected }: ChallengeSide): void {
  const { network, asker, answerer, askerNonce, purpose, origin, expiresAtMs } = question
  if (!NETWORK_NAME.test(network)) throw malformed('network')
  if (!isDid(asker)) throw malformed('asker')
  if (!isDid(answerer)) throw malformed('answerer')
  if (askerNonce.length !== NONCE_BYTES) throw malformed('askerNonce')
  if (!PURPOSE.test(purpose)) throw malformed('purpose')
  if (!isOrigin(origin)) throw malformed('origin')
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0) throw malformed('expiresAt')
  if (network !== expected) refuse({ code: 'challenge/other-network', network, expected })
  if (asker === answerer) refuse({ code: 'challenge/one-agent' })
}

/** P5: not expired, and no longer than a challenge lives from now. */
function judgeTime(expiresAtMs: number, nowMs: number): void {
  if (nowMs >= expiresAtMs) refuse({ code: 'challenge/expired' })
  const limitMs = CHALLENGE_LIFETIME_MS + CHALLENGE_SKEW_LIMIT_MS
  if (expiresAtMs - nowMs > limitMs) refuse({ code: 'challenge/too-far-ahead', limitMs })
}

function malformed(field: string): ChallengeError {
  return new ChallengeError({ code: 'challenge/malformed', field })
}

function otherAgent(did: Did): ChallengeError {
  return new ChallengeError({ code: 'challenge/other-agent', did })
}

function refuse(fault: ChallengeFault): never {
  throw new ChallengeError(fault)
}
