/** Requests that this agent signs, and those that others signed. */
import type { Did } from '../../identity/did.ts'
import { complete } from '../../node/use/completing.ts'
import {
  botDirectory,
  judgeHttpRequest,
  RequestNonces,
  signHttpRequest,
  type RequestVerdict,
} from '../../node/use/http-signing.ts'
import type { HttpRequest } from '../../signing/message.ts'
import { DEFAULT_LIFE_S } from '../../signing/profile.ts'
import { timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import { scoreView } from '../trust-views.ts'
import type { HandlerFrame } from './frame.ts'
import { keyIdOf } from './own-identity.ts'

const PROBLEMS: Readonly<Record<Exclude<RequestVerdict, { isSigned: true }>['problem'], string>> = {
  missing: 'It carries no signature with the label "aip".',
  malformed: 'Its signature cannot be read.',
  'wrong-profile': 'It is signed by another profile than aip-node.',
  'not-covered': 'Its signature leaves out method, authority, path or query.',
  'no-digest': 'It has a body that the signature does not cover.',
  'other-body': 'Its body is not the one that was signed.',
  'not-yet': 'It is signed ahead of this clock.',
  expired: 'Its signature has expired.',
  'too-long': 'Its signature is meant to live too long.',
  nonce: 'Its nonce is missing, too short or too long.',
  unresolved: 'The agent that it names is not known, and no peer knows it.',
  'key-unknown': 'The agent that it names has no such key.',
  'key-retired': 'It is signed with a key that no longer speaks for the agent.',
  invalid: 'The signature is not by the key that it names.',
  replayed: 'It was shown before.',
  busy: 'Too many requests are remembered: try again in some minutes.',
}

export function httpSignatureHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'signRequest' | 'verifyRequest' | 'botDirectory'> {
  const nonces = new RequestNonces()
  return {
    signRequest: async (input) => {
      const headers = await signHttpRequest(node, requestOf(input), bodyOf(input))
      return {
        headers: { ...headers },
        keyId: keyIdOf(node.identity.log),
        expiresAt: timeText(node.clock() + DEFAULT_LIFE_S * 1_000),
      }
    },

    botDirectory: async ({ authority }) => {
      const { body, headers } = await botDirectory(node, authority)
      return { body: { keys: [...body.keys] }, headers: { ...headers } }
    },

    verifyRequest: async ({ min, scope, onUnknown, ...input }, { signal }) => {
      const verdict = await judgeHttpRequest(node, nonces, requestOf(input), bodyOf(input), signal)
      if (!verdict.isSigned) {
        const { problem } = verdict
        return {
          signed: false,
          problem,
          did: null,
          keyId: null,
          state: null,
          score: null,
          decision: 'deny',
          reason: PROBLEMS[problem],
        }
      }
      const { did, keyId } = verdict
      const completeness = await complete(node, did, signal)
      const found = await node.outlook.score({ subject: did, scope })
      const score = scoreView(found, { from: found.from, completeness })
      const { decision, reason } = decide(score, did === node.did ? did : undefined, min, onUnknown)
      const signed = { signed: true, problem: null, did, keyId } as const
      return { ...signed, state: score.state, score, decision, reason }
    },
  }
}

type Decision = Pick<Output<'verifyRequest'>, 'decision' | 'reason'>

/** Gates go by the assured score, and unknown is no number. */
function decide(
  { state, assured }: Output<'score'>,
  me: Did | undefined,
  min: number | undefined,
  onUnknown: Decision['decision'],
): Decision {
  if (me !== undefined) return { decision: 'allow', reason: 'It is signed by this very agent.' }
  if (state === 'distrusted') return { decision: 'deny', reason: 'Its agent is distrusted.' }
  if (assured === null) {
    return { decision: onUnknown, reason: 'Its agent is unknown from where this node stands.' }
  }
  if (min !== undefined && assured < min) {
    const reason = `Its agent is assured ${assured.toFixed(3)}, less than ${min}.`
    return { decision: 'deny', reason }
  }
  return { decision: 'allow', reason: `Its agent is assured ${assured.toFixed(3)}.` }
}

interface RequestInput {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

function requestOf({ method, url, headers }: RequestInput): HttpRequest {
  return { method, url, headers: Object.entries(headers) }
}

function bodyOf({ body }: RequestInput): Uint8Array | undefined {
  return body === undefined ? undefined : new Uint8Array(Buffer.from(body, 'base64'))
}
