/** The attack lab: attacks on a made-up mesh, scored as this node scores. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { TRUST_STATES } from '../views.ts'

export const LAB_SCENARIOS = [
  'sybil',
  'drift',
  'partition',
  'badmouthing',
  'stuffing',
  'on-off',
  'whitewashing',
  'collusion',
  'stolen-key',
] as const

/** Attackers in one request: what a node can play without keeping others waiting for long. */
export const LAB_REQUEST_SIZE_LIMIT = 2_000

const Share = z.number().nullable().describe('In [0, 1]; null where nothing is known.')

export const LabReport = z.strictObject({
  scenario: z.enum(LAB_SCENARIOS),
  title: z.string(),
  story: z.string().describe('What happens.'),
  steps: z.array(
    z.strictObject({
      label: z.string(),
      readings: z.array(
        z.strictObject({
          agent: z.string(),
          score: Share,
          assured: Share,
          state: z.enum(TRUST_STATES),
          reference: z.number().describe('0.8 for each hop, on the same records.'),
        }),
      ),
    }),
  ),
  checks: z.array(z.strictObject({ promise: z.string(), found: z.string(), holds: z.boolean() })),
  sentence: z.string(),
  limit: z.string().describe('What this does not protect against.'),
  records: z.int().min(0),
})
export type LabReport = z.infer<typeof LabReport>

export const labOperations = {
  playLab: {
    summary: 'Play an attack on a made-up mesh. Only where the lab is on, as in the demo.',
    method: 'POST',
    path: '/v1/lab/{scenario}',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      scenario: z.enum(LAB_SCENARIOS),
      size: z
        .int()
        .min(1)
        .max(LAB_REQUEST_SIZE_LIMIT)
        .default(1_000)
        .describe('How many identities the attacker makes, where that matters.'),
    }),
    output: LabReport,
    example: { scenario: 'sybil', size: 100 },
  },
} as const satisfies Readonly<Record<string, Operation>>
