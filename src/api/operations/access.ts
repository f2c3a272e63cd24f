/** Who may call: tokens with rights, and visits of the pages. */
import { z } from 'zod'
import { RIGHTS, type Operation } from '../operation.ts'
import { Name, Time } from '../schema.ts'

const Rights = z
  .array(z.enum(RIGHTS))
  .min(1)
  .max(RIGHTS.length)
  .describe('What its bearer may do: read, observe, sign, vouch, admin.')

const TokenText = z.string().describe('64 hex digits. Shown this once; the node keeps its hash.')

export const TokenId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'A token is named by 12 hex digits')
  .describe('Names the token, and is not it.')

export const TokenView = z.strictObject({
  id: TokenId,
  name: z.string(),
  rights: Rights,
  createdAt: Time,
  expiresAt: Time.nullable().describe('Null: it does not end by itself.'),
  lastUsedAt: Time.nullable().describe('Since the node started; null: not yet.'),
})
export type TokenView = z.infer<typeof TokenView>

/** The rights of a token for an agent, unless said otherwise. */
export const AGENT_RIGHTS = ['read', 'observe', 'sign'] as const

export const accessOperations = {
  listTokens: {
    summary: 'The tokens that were made for programs, without their secrets.',
    method: 'GET',
    path: '/v1/tokens',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(TokenView) }),
    example: {},
  },
  createToken: {
    summary: 'Make a token for a program, with the rights that it needs and no more.',
    method: 'POST',
    path: '/v1/tokens',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      name: Name.describe('For whom it is.'),
      rights: Rights.default([...AGENT_RIGHTS]),
      expiresAt: Time.optional().describe('When it ends; never if not said.'),
    }),
    output: TokenView.extend({ token: TokenText }),
    example: { name: 'planner', rights: ['read', 'observe'] },
    future: ['expiresAt'],
  },
  revokeToken: {
    summary: 'End a token. What it was used for stays.',
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({ id: TokenId }),
    output: z.strictObject({ removed: z.boolean() }),
    example: { id: '0123456789ab' },
  },
  createSessionCode: {
    summary: 'A code that opens one visit of the pages: "aip-node ui" asks for it.',
    method: 'POST',
    path: '/v1/session-codes',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({
      code: z.string().describe('Good once.'),
      expiresAt: Time,
    }),
    example: {},
  },
  openSession: {
    summary: 'Trade a code for the token of one visit, which is kept in memory on both sides.',
    method: 'POST',
    path: '/v1/sessions',
    right: 'none',
    transfer: 'json',
    input: z.strictObject({
      code: z
        .string()
        .regex(/^[A-Za-z0-9_-]{43}$/, 'A code is 43 letters and digits')
        .describe('From "aip-node ui".'),
    }),
    output: z.strictObject({ token: TokenText, rights: Rights, expiresAt: Time }),
    example: { code: 'A'.repeat(43) },
  },
} as const satisfies Readonly<Record<string, Operation>>
