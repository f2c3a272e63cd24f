/** AgentCards of A2A, which agents serve at /.well-known/agent-card.json: signed, and checked. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { Did, Scope } from '../schema.ts'
import { LOG_SOURCES, Score } from '../views.ts'

const Card = z.record(z.string(), z.unknown())

const card = {
  name: 'Bob',
  description: 'Reviews what it is sent.',
  supportedInterfaces: [
    { url: 'https://bob.example/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
  ],
  version: '1.0.0',
  capabilities: {},
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'review', name: 'Review', description: 'Reads lines.', tags: ['review'] }],
}

export const agentCardOperations = {
  signAgentCard: {
    summary: "An AgentCard of A2A with this agent's DID in it, signed by its key.",
    method: 'POST',
    path: '/v1/agent-cards/sign',
    right: 'sign',
    transfer: 'json',
    input: z.strictObject({
      card: Card.describe('The card of A2A 1.0; an older signature of this agent is replaced.'),
    }),
    output: z.strictObject({
      card: Card.describe('To be served as it is.'),
      keyId: z.string(),
    }),
    example: { card },
  },
  verifyAgentCard: {
    summary: 'Which agent an AgentCard of A2A is of, if its key signed the card, and its score.',
    method: 'POST',
    path: '/v1/agent-cards/verify',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      card: Card.describe('The card as it was served.'),
      scope: Scope.default('general'),
    }),
    output: z.strictObject({
      did: Did,
      keyId: z.string().describe('The key that signed: the one that speaks for the agent now.'),
      requestSigning: z.string().nullable().describe('How the agent signs its requests.'),
      records: z.array(z.string()).describe('Where it says that its node is: multiaddrs.'),
      uncovered: z
        .array(z.string())
        .describe('Places with empty values that are not signed: anybody could have put them in.'),
      source: z.enum(LOG_SOURCES).describe('Where the key log came from.'),
      score: Score,
    }),
    example: { card: { ...card, signatures: [{ protected: 'e30', signature: 'AA' }] } },
  },
} as const satisfies Readonly<Record<string, Operation>>
