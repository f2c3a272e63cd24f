/** What trust looks like from where this node stands. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { Did, Level, Scope, Time } from '../schema.ts'
import { TRUST_STATES } from '../views.ts'

export const GRAPH_DEPTH_LIMIT = 6
export const GRAPH_NODE_LIMIT = 2_000
export const GRAPH_EDGE_LIMIT = 8_000

const Count = z.int().min(0)

export const GraphView = z.strictObject({
  viewer: Did,
  scope: Scope,
  asOf: Time,
  nodes: z
    .array(
      z.strictObject({
        did: Did,
        name: z.string().nullable(),
        isMe: z.boolean(),
        hop: Count.describe('Steps from this node: 0 is itself.'),
        state: z.enum(TRUST_STATES),
        score: z.number().nullable(),
        assured: z.number().nullable(),
      }),
    )
    .describe('Nearest first; within a hop by DID.'),
  edges: z.array(
    z.strictObject({
      from: Did,
      to: Did,
      level: Level,
      scope: Scope,
      state: z.enum(['live', 'expired', 'revoked']),
      via: z.enum(['vouch', 'introducer', 'pin']),
      vouch: z.string().nullable().describe('The record, where there is one.'),
      issuedAt: Time.nullable(),
      expiresAt: Time.nullable(),
    }),
  ),
  left: z
    .strictObject({ nodes: Count, edges: Count })
    .describe('What was found and is left out, since there is too much.'),
})
export type GraphView = z.infer<typeof GraphView>

export const graphOperations = {
  graph: {
    summary: 'Agents by their distance from me, and the vouches between them.',
    method: 'GET',
    path: '/v1/graph',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      scope: Scope.default('general'),
      depth: z.int().min(1).max(GRAPH_DEPTH_LIMIT).default(3).describe('Steps from me at most.'),
      limit: z.int().min(1).max(GRAPH_NODE_LIMIT).default(300).describe('Agents at most.'),
      at: Time.optional().describe(
        'Of the records held now, those that lived then; now if not said.',
      ),
    }),
    output: GraphView,
    example: { depth: 2, limit: 300 },
  },
} as const satisfies Readonly<Record<string, Operation>>
