/** Requests to others, signed; and who signed a request that came. RFC 9421, done by the node. */
import { z } from 'zod'
import type { Operation } from '../operation.ts'
import { Did, Scope, Time } from '../schema.ts'
import { Score, TRUST_STATES } from '../views.ts'

const URL_LIMIT_CHARS = 8_192
const HEADERS_LIMIT_COUNT = 128
const AUTHORITY_LIMIT_CHARS = 255
const HEADER_LIMIT_CHARS = 8_192
/** Of base64: what fits a JSON body of the interface beside the rest. */
const BODY_LIMIT_CHARS = 200_000

export const REQUEST_PROBLEMS = [
  'missing',
  'malformed',
  'wrong-profile',
  'not-covered',
  'no-digest',
  'other-body',
  'not-yet',
  'expired',
  'too-long',
  'nonce',
  'unresolved',
  'key-unknown',
  'key-retired',
  'invalid',
  'replayed',
  'busy',
] as const

const HeaderValue = z
  .string()
  .max(HEADER_LIMIT_CHARS)
  .regex(/^[^\r\n\0]*$/, 'A header value has no line breaks')

const requestFields = {
  method: z
    .string()
    .regex(/^[A-Za-z]{1,16}$/, 'A method is letters')
    .describe('GET, POST, …'),
  url: z
    .url({ protocol: /^https?$/, error: 'A URL begins with http:// or https://' })
    .max(URL_LIMIT_CHARS)
    .describe('Absolute, as the other side sees it.'),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/), HeaderValue)
    .refine((headers) => Object.keys(headers).length <= HEADERS_LIMIT_COUNT, {
      error: `At most ${HEADERS_LIMIT_COUNT} headers`,
    })
    .default({})
    .describe('Only those that are signed matter.'),
  body: z
    .base64()
    .max(BODY_LIMIT_CHARS)
    .optional()
    .describe('The bytes of the body in base64; left out where there is none.'),
}

const example = { method: 'POST', url: 'https://peer.example/a2a?task=1', body: 'eyJhIjoxfQ==' }

export const httpSignatureOperations = {
  signRequest: {
    summary: 'The headers that sign a request to another agent.',
    method: 'POST',
    path: '/v1/http-signatures/sign',
    right: 'sign',
    transfer: 'json',
    input: z.strictObject(requestFields),
    output: z.strictObject({
      headers: z
        .record(z.string(), z.string())
        .describe('To be sent with the request as they are.'),
      keyId: z.string(),
      expiresAt: Time,
    }),
    example,
  },
  botDirectory: {
    summary: "What this agent's web site answers about its key for Web Bot Auth, signed anew.",
    method: 'POST',
    path: '/v1/http-signatures/directory',
    right: 'sign',
    transfer: 'json',
    input: z.strictObject({
      authority: z
        .string()
        .max(AUTHORITY_LIMIT_CHARS)
        .regex(/^[A-Za-z0-9.:[\]-]+$/, 'An authority is a host, and a port where it is not 443')
        .optional()
        .describe('The host that the site is asked at; that of webBotAuth.agent if not said.'),
    }),
    output: z.strictObject({
      body: z.strictObject({
        keys: z.array(
          z.strictObject({
            kty: z.literal('OKP'),
            crv: z.literal('Ed25519'),
            x: z.string(),
            kid: z.string().describe('The thumbprint of RFC 7638: the keyid of signatures.'),
            use: z.literal('sig'),
          }),
        ),
      }),
      headers: z.record(z.string(), z.string()).describe('To be sent with the body as they are.'),
    }),
    example: { authority: 'agent.example' },
  },
  verifyRequest: {
    summary: 'Who signed a request, how that agent scores, and whether to serve it.',
    method: 'POST',
    path: '/v1/http-signatures/verify',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      ...requestFields,
      min: z.number().min(0).max(1).optional().describe('The least assured score to serve.'),
      scope: Scope.default('general'),
      onUnknown: z
        .enum(['allow', 'deny', 'challenge'])
        .default('deny')
        .describe('What becomes of an agent without a score of its own.'),
    }),
    output: z.strictObject({
      signed: z
        .boolean()
        .describe('Whether the present key of an agent signed it, the first time.'),
      problem: z.enum(REQUEST_PROBLEMS).nullable().describe('Why it does not count as signed.'),
      did: Did.nullable(),
      keyId: z.string().nullable(),
      state: z.enum(TRUST_STATES).nullable(),
      score: Score.nullable(),
      decision: z.enum(['allow', 'deny', 'challenge']),
      reason: z.string().describe('In a sentence.'),
    }),
    example: { ...example, min: 0.3, scope: 'tasks', onUnknown: 'challenge' },
  },
} as const satisfies Readonly<Record<string, Operation>>
