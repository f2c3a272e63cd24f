/** What the node has logged lately. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { Time } from '../schema.ts'

export const LOG_TAIL_LIMIT = 1_000

export const LogLine = z.strictObject({
  at: Time,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  component: z.string().nullable(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).describe('Without secrets.'),
})
export type LogLine = z.infer<typeof LogLine>

export const logOperations = {
  logs: {
    summary: 'The latest lines of the log, oldest first.',
    method: 'GET',
    path: '/v1/logs',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      tail: z.int().min(1).max(LOG_TAIL_LIMIT).default(100).describe('Lines at most.'),
    }),
    output: z.strictObject({ items: z.array(LogLine) }),
    example: { tail: 20 },
  },
} as const satisfies Readonly<Record<string, Operation>>
