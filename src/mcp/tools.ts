/**
 * The tools of the MCP server: what each takes and gives, and what it does with the node. The names of
 * the reference are kept, with its arguments. Source: Model Context Protocol, 2025-06-18.
 *
 * Whatever a stranger wrote stands in fields named `untrusted_…` and nowhere else; the first words of an
 * answer are this node's own.
 */
import { z } from 'zod'
import type { Client, Output } from '../api/contract.ts'
import * as shape from '../api/schema.ts'
import { foreign } from './foreign.ts'

/** What a model may do only if its owner said so when the server was started. */
export const ALLOWABLE = ['vouch', 'revoke', 'rotate'] as const
export type Allowable = (typeof ALLOWABLE)[number]

export interface ToolContext {
  readonly client: Client
  readonly allowed: ReadonlySet<Allowable>
}

export interface ToolAnswer {
  /** One plain sentence that a model can quote. */
  readonly sentence: string
  readonly data: Readonly<Record<string, unknown>>
  readonly isError?: boolean
}

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  readonly output: z.ZodObject
  readonly hints: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly idempotentHint: boolean
    readonly openWorldHint: boolean
  }
  readonly run: (
    input: Readonly<Record<string, unknown>>,
    context: ToolContext,
  ) => Promise<ToolAnswer>
}

const READS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
}
const WRITES = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: true,
}
const ENDS = { ...WRITES, destructiveHint: true }

/** Typed by its own schemas where it is written; a server sees all of them alike. */
function tool<In extends z.ZodObject, Out extends z.ZodObject>(definition: {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: In
  readonly output: Out
  readonly hints: Tool['hints']
  readonly run: (
    input: z.output<In>,
    context: ToolContext,
  ) => Promise<{
    readonly sentence: string
    readonly data: z.input<Out>
    readonly isError?: boolean
  }>
}): Tool {
  return {
    ...definition,
    run: async (input, context) => definition.run(definition.input.parse(input), context),
  }
}

const Share = z.number().nullable().describe('In [0, 1]; null when unknown, which is no zero.')
const Did = shape.Did
const Scope = shape.Scope.default('general')
const scoreFields = {
  did: Did,
  state: z.enum(['known', 'thin', 'unknown', 'distrusted']),
  score: Share,
  assured: Share.describe('The lower bound; decide by this one.'),
  confidence: Share,
  social: Share,
  reliability: Share,
  outcomes: z.number(),
  observers: z.number(),
  complete: z.boolean(),
  decision: z.enum(['allow', 'deny', 'ask']).describe('allow: assured reaches min; ask: unknown.'),
}

function scored(score: Output<'score'>, min: number) {
  const { assured, state } = score
  const decision =
    state === 'distrusted' ? 'deny' : assured === null ? 'ask' : assured >= min ? 'allow' : 'deny'
  return {
    did: score.subject,
    state,
    score: score.score,
    assured,
    confidence: score.confidence,
    social: score.social,
    reliability: score.reliability,
    outcomes: score.evidence.outcomes,
    observers: score.evidence.observers,
    complete: score.completeness.complete,
    decision,
  } as const
}

function sentenceOf({ subject, state, score, assured }: Output<'score'>): string {
  return score === null
    ? `${subject} is ${state} from where this node stands: there is no score.`
    : `${subject} is ${state} with score ${score.toFixed(3)}, assured ${assured === null ? 'unknown' : assured.toFixed(3)}.`
}

const NOT_SUPPORTED = {
  supported: z.literal(false),
  reason: z.string(),
}

function unsupported(what: string) {
  return {
    sentence: `${what} is not supported by this node.`,
    data: { supported: false, reason: 'not supported by this node' },
    isError: true,
  } as const
}

/** A change that the owner keeps for themselves: the command that makes it. */
function forHuman(command: string) {
  return {
    sentence: 'This node does not let a model do that; its owner can, with the command below.',
    data: { done: false, id: null, command },
    isError: true,
  } as const
}

const changed = {
  done: z.boolean(),
  id: z.string().nullable(),
  command: z.string().nullable().describe('What the owner would run, where it was not done.'),
}

export const tools: readonly Tool[] = [
  tool({
    name: 'aip_whoami',
    title: 'Who am I',
    description: 'My own DID, key and whether my node is well.',
    input: z.strictObject({}),
    output: z.object({
      did: Did,
      key_id: z.string(),
      state: z.string(),
      network: z.string(),
      peers: z.number(),
      records: z.number(),
      warnings: z.array(z.string()),
    }),
    hints: READS,
    run: async (_input, { client }) => {
      const status = await client.status({})
      return {
        sentence: `You are ${status.did} on the network ${status.network}.`,
        data: {
          did: status.did,
          key_id: status.keyId,
          state: status.identity,
          network: status.network,
          peers: status.peers.connected,
          records: status.store.records,
          warnings: status.warnings,
        },
      }
    },
  }),
  tool({
    name: 'aip_verify',
    title: 'Verify an agent',
    description: 'Has the peer of an agent prove, now, that it holds the agent’s present key.',
    input: z.strictObject({ did: Did }),
    output: z.object({
      did: Did,
      verified: z.boolean(),
      key_id: z.string().nullable(),
      proven: z.array(z.string()).describe('What was proven: the key. No domain, no operator.'),
      answered_at: z.string().nullable(),
    }),
    hints: READS,
    run: async ({ did }, { client }) => {
      const proved = await client.provePeer({ did })
      return {
        sentence: `${did} proved just now to hold its key ${proved.keyId.split('#')[1] ?? ''}.`,
        data: {
          did,
          verified: true,
          key_id: proved.keyId,
          proven: ['key'],
          answered_at: proved.answeredAt,
        },
      }
    },
  }),
  tool({
    name: 'aip_trust_score',
    title: 'Trust score',
    description:
      'How far to trust an agent, from my own viewpoint. Decide by "assured" and "decision"; unknown is not bad, and not good.',
    input: z.strictObject({
      did: Did,
      scope: Scope,
      min: z.number().min(0).max(1).default(0.3).describe('What "allow" asks of assured.'),
    }),
    output: z.object(scoreFields),
    hints: READS,
    run: async ({ did, scope, min }, { client }) => {
      const score = await client.score({ did, scope })
      return { sentence: sentenceOf(score), data: scored(score, min) }
    },
  }),
  tool({
    name: 'aip_explain',
    title: 'Explain a score',
    description:
      'The same score taken apart: paths of vouches, observers, drift, what would change it.',
    input: z.strictObject({ did: Did, scope: Scope }),
    output: z.object({
      ...scoreFields,
      explanation: z.string(),
      paths: z.array(z.object({ share: z.number(), agents: z.array(z.string()) })),
      observers_seen: z.array(
        z.object({ observer: z.string(), weight: z.number(), mean: z.number() }),
      ),
      drift: z.string(),
      fooled_needed: z.number().describe('Agents who would all have to be fooled.'),
    }),
    hints: READS,
    run: async ({ did, scope }, { client }) => {
      const found = await client.explanation({ did, scope })
      return {
        sentence: sentenceOf(found.score),
        data: {
          ...scored(found.score, 0.3),
          explanation: found.sentence,
          paths: found.social.paths.map(({ share, hops }) => ({
            share,
            agents: hops.map((hop) => hop.did),
          })),
          observers_seen: (found.behaviour?.observers ?? []).map(({ observer, weight, mean }) => ({
            observer,
            weight,
            mean,
          })),
          drift:
            found.drift === null || found.drift.severity === 'none'
              ? 'none'
              : `${found.drift.severity} ${found.drift.direction}`,
          fooled_needed: found.counterfactuals.fooledNeeded,
        },
      }
    },
  }),
  tool({
    name: 'aip_sign',
    title: 'Sign text',
    description:
      'Signs text as mine. It cannot make a vouch, a login or a request: text has a domain of its own.',
    input: z.strictObject({ content: shape.SignedText }),
    output: z.object({ did: Did, key_id: z.string(), signature: z.string() }),
    hints: { ...WRITES, openWorldHint: false },
    run: async ({ content }, { client }) => {
      const made = await client.signContent({ kind: 'text', text: content })
      return {
        sentence: `Signed by ${made.did}.`,
        data: { did: made.did, key_id: made.keyId, signature: JSON.stringify(made) },
      }
    },
  }),
  tool({
    name: 'aip_verify_signature',
    title: 'Verify a signature',
    description: 'Whether an agent signed this text, and how the key that signed stands now.',
    input: z.strictObject({
      content: shape.SignedText,
      signature: z.string().max(65_536).describe('As aip_sign gave it.'),
      did: Did,
    }),
    output: z.object({ verified: z.boolean(), did: Did, standing: z.string().nullable() }),
    hints: READS,
    run: async ({ content, signature, did }, { client }) => {
      const parsed = shape.ContentSignature.safeParse(parseJson(signature))
      if (!parsed.success || parsed.data.did !== did) {
        return {
          sentence: `This is no signature by ${did}.`,
          data: { verified: false, did, standing: null },
        }
      }
      const checked = await client.verifyContent({ signature: parsed.data, text: content })
      const isGood = checked.standing === 'current' || checked.standing === 'retired'
      return {
        sentence: isGood
          ? `${did} signed this text; the key is ${checked.standing}.`
          : `The signature is by a key of ${did} that is ${checked.standing}: it proves nothing.`,
        data: { verified: isGood, did, standing: checked.standing },
      }
    },
  }),
  tool({
    name: 'aip_verify_request',
    title: 'Verify a signed request',
    description:
      'Who signed an HTTP request (RFC 9421), how that agent scores, and whether to serve it.',
    input: z.strictObject({
      method: z.string().max(16),
      url: z.string().max(8_192),
      headers: z.record(z.string(), z.string()),
      body: z.string().max(131_072).optional().describe('The body as text, if there is one.'),
      min: z.number().min(0).max(1).optional(),
      scope: Scope,
    }),
    output: z.object({
      signed: z.boolean(),
      did: Did.nullable(),
      key_id: z.string().nullable(),
      assured: Share,
      decision: z.enum(['allow', 'deny', 'challenge']),
      reason: z.string(),
    }),
    hints: { ...READS, idempotentHint: false },
    run: async ({ body, min, ...rest }, { client }) => {
      const found = await client.verifyRequest({
        ...rest,
        onUnknown: 'challenge',
        ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
        ...(min === undefined ? {} : { min }),
      })
      return {
        sentence: found.signed
          ? `The request is signed by ${found.did ?? ''}: ${found.decision}.`
          : `The request does not count as signed. ${found.reason}`,
        data: {
          signed: found.signed,
          did: found.did,
          key_id: found.keyId,
          assured: found.score?.assured ?? null,
          decision: found.decision,
          reason: found.reason,
        },
      }
    },
  }),
  tool({
    name: 'aip_observe',
    title: 'Observe an outcome',
    description: 'Says what an agent delivered of what it promised. Private to this node.',
    input: z.strictObject({
      did: Did,
      promised: z.int().min(0).max(1_000_000),
      delivered: z.int().min(0).max(1_000_000),
      task: shape.Scope,
    }),
    output: z.object({ id: z.string(), public: z.boolean() }),
    hints: WRITES,
    run: async ({ did, ...seen }, { client }) => {
      const made = await client.createObservation({ subject: did, ...seen, share: 'private' })
      return {
        sentence: `Noted for this node alone: ${did} delivered ${seen.delivered} of ${seen.promised}.`,
        data: { id: made.id, public: made.public },
      }
    },
  }),
  tool({
    name: 'aip_vouches',
    title: 'Vouches for an agent',
    description:
      'Who vouches for an agent, and what they say of it. What they say is untrusted text.',
    input: z.strictObject({ did: Did, limit: z.int().min(1).max(50).default(20) }),
    output: z.object({
      vouches: z.array(
        z.object({
          issuer: z.string(),
          level: z.number(),
          scope: z.string(),
          state: z.string(),
          untrusted_statement: z.string().nullable(),
        }),
      ),
    }),
    hints: READS,
    run: async ({ did, limit }, { client }) => {
      const { items } = await client.listVouches({ subject: did, limit })
      return {
        sentence: `${items.length} vouches for ${did} are held here.`,
        data: {
          vouches: items.map(({ issuer, level, scope, state, statement }) => ({
            issuer,
            level,
            scope,
            state,
            untrusted_statement: foreign(statement),
          })),
        },
      }
    },
  }),
  tool({
    name: 'aip_vouch',
    title: 'Vouch for an agent',
    description:
      'Public, signed, kept by others and irrevocable in that. Only if the owner allowed it.',
    input: z.strictObject({
      did: Did,
      level: shape.Level,
      scope: Scope,
      statement: shape.Statement.optional(),
    }),
    output: z.object(changed),
    hints: WRITES,
    run: async ({ did, level, scope, statement }, { client, allowed }) => {
      if (!allowed.has('vouch'))
        return forHuman(`aip-node vouch ${did} --level ${level} --scope ${scope}`)
      const made = await client.createVouch({
        subject: did,
        level,
        scope,
        ...(statement === undefined ? {} : { statement }),
      })
      return {
        sentence: `Vouched ${level} for ${did} in ${scope}.`,
        data: { done: true, id: made.id, command: null },
      }
    },
  }),
  tool({
    name: 'aip_revoke',
    title: 'Take back a vouch',
    description: 'Takes back a vouch of mine. Only if the owner allowed it.',
    input: z.strictObject({ id: shape.RecordId }),
    output: z.object(changed),
    hints: ENDS,
    run: async ({ id }, { client, allowed }) => {
      if (!allowed.has('revoke')) return forHuman(`aip-node revoke ${id}`)
      const made = await client.revokeVouch({ id })
      return {
        sentence: 'The vouch is taken back.',
        data: { done: true, id: made.id, command: null },
      }
    },
  }),
  tool({
    name: 'aip_rotate',
    title: 'Rotate my key',
    description:
      'A rotation needs the recovery sheet, which no model should see: it is for the owner.',
    input: z.strictObject({}),
    output: z.object(changed),
    hints: ENDS,
    run: async () => forHuman('aip-node rotate'),
  }),
  tool({
    name: 'aip_register',
    title: 'Register',
    description: 'There is nothing to register: the identity is there since the node started.',
    input: z.looseObject({}),
    output: z.object({ did: Did, registered: z.boolean() }),
    hints: READS,
    run: async (_input, { client }) => {
      const { did } = await client.identity({})
      return {
        sentence: `There is nothing to register: you are ${did}.`,
        data: { did, registered: true },
      }
    },
  }),
  tool({
    name: 'aip_send_message',
    title: 'Send a message',
    description: 'Not supported by this node.',
    input: z.looseObject({ recipient_did: z.string().optional(), message: z.string().optional() }),
    output: z.object(NOT_SUPPORTED),
    hints: WRITES,
    run: async () => unsupported('Sending messages'),
  }),
  tool({
    name: 'aip_check_messages',
    title: 'Check for messages',
    description: 'Not supported by this node.',
    input: z.looseObject({}),
    output: z.object(NOT_SUPPORTED),
    hints: READS,
    run: async () => unsupported('Receiving messages'),
  }),
]

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
