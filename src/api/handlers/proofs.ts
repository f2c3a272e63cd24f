/** Who is in front of us: peers that are dialled, and agents that answer over HTTP. */
import { fromHex, toHex } from '../../base/bytes.ts'
import type { ChallengeProof, Question } from '../../identity/challenge.ts'
import { parseDid } from '../../identity/did.ts'
import {
  answerChallenge,
  confirmChallenge,
  openChallenge,
  provePossession,
  verifyChallenge,
  type Proved,
} from '../../node/use/proving.ts'
import { timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import type * as shape from '../schema.ts'
import type { HandlerFrame } from './frame.ts'

export function proofHandlers({
  node,
}: HandlerFrame): Pick<
  Handlers,
  'provePeer' | 'openChallenge' | 'answerChallenge' | 'confirmChallenge' | 'verifyChallenge'
> {
  return {
    provePeer: async ({ did }, { signal }) => {
      const proof = await provePossession(node, parseDid(did), signal)
      return {
        did: proof.did,
        keyId: proof.keyId,
        proved: true,
        how: 'libp2p-noise',
        peerId: proof.peerId,
        address: proof.address,
        handshakeAt: timeText(proof.handshakeAtMs),
        answeredAt: timeText(proof.answeredAtMs),
        latencyMs: proof.latencyMs,
        source: proof.source,
      }
    },

    openChallenge: async ({ answerer, origin, purpose }) =>
      shownQuestion(openChallenge(node, { answerer: parseDid(answerer), origin, purpose })),

    answerChallenge: async ({ question }) =>
      shownProof(answerChallenge(node, readQuestion(question))),

    confirmChallenge: async ({ proof: answer }, { signal }) => {
      const given = readProof(answer)
      const { proved, proof } = await confirmChallenge(node, given, signal)
      return { proved: shownProved(proved, given), proof: shownProof(proof) }
    },

    verifyChallenge: async ({ proof }, { signal }) => {
      const given = readProof(proof)
      return shownProved(await verifyChallenge(node, given, signal), given)
    },
  }
}

function readQuestion(question: shape.Question): Question {
  const { network, purpose, origin } = question
  return {
    network,
    asker: parseDid(question.asker),
    answerer: parseDid(question.answerer),
    askerNonce: fromHex(question.askerNonce),
    purpose,
    origin,
    expiresAtMs: Date.parse(question.expiresAt),
  }
}

function readProof(proof: shape.ChallengeProof): ChallengeProof {
  return {
    ...readQuestion(proof),
    answererNonce: fromHex(proof.answererNonce),
    role: proof.role,
    keyId: proof.keyId,
    signature: fromHex(proof.signature),
  }
}

function shownQuestion(question: Question): shape.Question {
  const { network, asker, answerer, purpose, origin } = question
  return {
    network,
    asker,
    answerer,
    askerNonce: toHex(question.askerNonce),
    purpose,
    origin,
    expiresAt: timeText(question.expiresAtMs),
  }
}

function shownProof(proof: ChallengeProof): shape.ChallengeProof {
  return {
    ...shownQuestion(proof),
    answererNonce: toHex(proof.answererNonce),
    role: proof.role,
    keyId: proof.keyId,
    signature: toHex(proof.signature),
  }
}

function shownProved(
  { did, keyId, role, source }: Proved,
  { purpose, origin }: Question,
): Output<'verifyChallenge'> {
  return { did, keyId, role, purpose, origin, source }
}
