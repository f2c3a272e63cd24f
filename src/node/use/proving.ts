/**
 * Who is in front of us? A peer is dialled and proves its key in the handshake; an agent behind an
 * HTTP origin answers a challenge. Specification: docs/spec/challenge.md.
 */
import { randomFillSync } from 'node:crypto'
import type { Did } from '../../identity/did.ts'
import {
  CHALLENGE_LIFETIME_MS,
  judgeProof,
  judgeQuestion,
  judgeTerms,
  NONCE_BYTES,
  signChallenge,
  verifyProof,
  type Challenge,
  type ChallengeProof,
  type Question,
  type Role,
} from '../../identity/challenge.ts'
import { ChallengeError } from '../../identity/challenge-error.ts'
import { keyFlaw, keyIdOf, presentKey } from '../../identity/present-key.ts'
import type { IdentityState } from '../../identity/state.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import type { PeerProof } from '../../p2p/possession.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { NODE_SERVICE_TYPE } from '../own-document.ts'
import { lookUp, lookUpAnew, type Resolution } from './resolving.ts'

const ADDRESS_PREFIX = 'multiaddr:'

export interface Possession extends PeerProof {
  readonly did: Did
  readonly keyId: string
  readonly source: Resolution['source']
  readonly answeredAtMs: number
}

/**
 * Dials the peer that the agent's current key names. The noise handshake of the connection proves
 * the key; an answer over it shows that who has it is there now.
 *
 * @throws {NodeError} `node/did-unresolved`, `node/no-current-key`, `node/self`, `node/offline`.
 * @throws {NetworkError} `p2p/peer-unreachable`, or `p2p/other-key` when somebody else answered.
 */
export async function provePossession(
  node: AipNode,
  did: Did,
  signal?: AbortSignal,
): Promise<Possession> {
  if (did === node.did) throw new NodeError({ code: 'node/self' })
  const { state, source } = await lookUp(node, did, signal)
  const present = presentKey(state)
  if (typeof present === 'string') {
    throw new NodeError({ code: 'node/no-current-key', did, reason: present })
  }
  if (node.mesh === undefined) throw new NodeError({ code: 'node/offline' })
  const peerId = peerIdOfKey(present.key)
  const proof = await node.mesh.prove(peerId, addressesOf(state, node.clock()), signal)
  return { ...proof, did, keyId: keyIdOf(did, present), source, answeredAtMs: node.clock() }
}

/** Where an agent says that its node listens, unless it said so too long ago. */
function addressesOf({ document }: IdentityState, nowMs: number): readonly string[] {
  if (document === undefined || document.expiresAtMs <= nowMs) return []
  return (document.content.services ?? [])
    .filter(
      ({ type, endpoint }) => type === NODE_SERVICE_TYPE && endpoint.startsWith(ADDRESS_PREFIX),
    )
    .map(({ endpoint }) => endpoint.slice(ADDRESS_PREFIX.length))
}

/** @throws {ChallengeError} `challenge/malformed`, `challenge/one-agent`; {NodeError} `node/busy`. */
export function openChallenge(
  node: AipNode,
  order: { readonly answerer: Did; readonly origin: string; readonly purpose: string },
): Question {
  const nowMs = node.clock()
  const question: Question = {
    ...order,
    network: node.network.name,
    asker: node.did,
    askerNonce: freshNonce(),
    expiresAtMs: nowMs + CHALLENGE_LIFETIME_MS,
  }
  // A question that no answerer would take is refused here.
  const { network, answerer, origin } = question
  judgeQuestion(question, { network, self: answerer, origins: [origin], nowMs })
  node.nonces.open(question.askerNonce, question)
  return question
}

/**
 * Answers somebody's question, when it is for this agent and for an origin that it serves.
 *
 * @throws {ChallengeError} with the first rule broken; {NodeError} `node/busy`.
 */
export function answerChallenge(node: AipNode, question: Question): ChallengeProof {
  judgeQuestion(question, { ...sideOf(node), origins: node.origins })
  const answererNonce = freshNonce()
  const challenge: Challenge = { ...question, answererNonce }
  node.nonces.open(answererNonce, challenge)
  return signAs(node, challenge, 'answerer')
}

export interface Proved {
  readonly did: Did
  readonly keyId: string
  readonly role: Role
  readonly source: Resolution['source']
}

/**
 * Checks the proof that the other side gave, and uses up the nonce that this side gave out.
 *
 * @throws {ChallengeError} with the first rule broken; {NodeError} `node/did-unresolved`.
 */
export async function verifyChallenge(
  node: AipNode,
  proof: ChallengeProof,
  signal?: AbortSignal,
): Promise<Proved> {
  const { other, nonce } = judgeProof(proof, sideOf(node))
  const opened = node.nonces.find(nonce)
  if (opened === undefined) throw new ChallengeError({ code: 'challenge/nonce-unknown' })
  if (opened.used) throw new ChallengeError({ code: 'challenge/replayed' })
  judgeTerms(proof, opened.terms)
  const { state, source } = await presentState(node, other, proof.keyId, signal)
  verifyProof(proof, { state, verifier: nativeVerifier })
  // The look-up may have taken time: the challenge must be alive still, and nobody have been faster.
  judgeProof(proof, sideOf(node))
  if (!node.nonces.use(nonce)) throw new ChallengeError({ code: 'challenge/replayed' })
  return { did: other, keyId: proof.keyId, role: proof.role, source }
}

/**
 * For the asker: checks the answer, and signs in its turn. Nothing is signed for an answer that does
 * not hold.
 *
 * @throws as `verifyChallenge`.
 */
export async function confirmChallenge(
  node: AipNode,
  answer: ChallengeProof,
  signal?: AbortSignal,
): Promise<{ readonly proved: Proved; readonly proof: ChallengeProof }> {
  if (answer.role !== 'answerer') throw new ChallengeError({ code: 'challenge/other-role' })
  const proved = await verifyChallenge(node, answer, signal)
  return { proved, proof: signAs(node, answer, 'asker') }
}

function freshNonce(): Uint8Array {
  return randomFillSync(new Uint8Array(NONCE_BYTES))
}

function sideOf(node: AipNode): { network: string; self: Did; nowMs: number } {
  return { network: node.network.name, self: node.did, nowMs: node.clock() }
}

function signAs(node: AipNode, challenge: Challenge, role: Role): ChallengeProof {
  const { log, signer } = node.identity
  if (log.current === undefined) {
    const reason = 'its identity is deactivated'
    throw new NodeError({ code: 'node/no-current-key', did: node.did, reason })
  }
  const { network, asker, answerer, askerNonce, answererNonce, purpose, origin, expiresAtMs } =
    challenge
  const signed = {
    network,
    asker,
    answerer,
    askerNonce,
    answererNonce,
    purpose,
    origin,
    expiresAtMs,
  }
  return signChallenge(signed, role, { signer, keyId: keyIdOf(node.did, log.current) })
}

/**
 * The key log to judge a key by. A log held here may be older than the key: then the network is asked
 * once more.
 */
async function presentState(
  node: AipNode,
  did: Did,
  keyId: string,
  signal: AbortSignal | undefined,
): Promise<Pick<Resolution, 'state' | 'source'>> {
  const found = await lookUp(node, did, signal)
  if (found.source !== 'store') return found
  return keyFlaw(found.state, keyId) === 'its key log does not name it'
    ? lookUpAnew(node, did, signal)
    : found
}
