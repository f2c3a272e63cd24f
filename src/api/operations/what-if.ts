/** How one agent reaches another, and how it would without some of the vouches. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { Did, RecordId, Scope } from '../schema.ts'
import { TrustPath } from '../views.ts'

export const WITHOUT_LIMIT_COUNT = 32

export const whatIfOperations = {
  pathsBetween: {
    summary: 'How one agent reaches another, and what if some vouches or agents were not there.',
    method: 'GET',
    path: '/v1/paths',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      from: Did.optional().describe(
        'From whose place; mine if not said. Pins count only from mine.',
      ),
      to: Did,
      scope: Scope.default('general'),
      without: z
        .array(z.union([Did, RecordId]))
        .max(WITHOUT_LIMIT_COUNT)
        .default([])
        .describe('Vouches by their id, and agents, that are taken not to be there.'),
      k: z.int().min(1).max(50).default(5).describe('Paths at most.'),
    }),
    output: z.strictObject({
      from: Did,
      to: Did,
      scope: Scope,
      items: z.array(TrustPath).describe('Without what was left out, strongest first.'),
      standing: z.number().describe('With everything.'),
      standingWithout: z.number().describe('Without what was left out.'),
      truncated: z.boolean().describe('There are more agents around than were looked at.'),
    }),
    example: {
      to: 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
      without: ['did:aip:c196ab2f3d0e4b5a69788796a5b4c370'],
    },
  },
} as const satisfies Readonly<Record<string, Operation>>
