/**
 * The words of the local interface, each defined once: type, run-time check and description.
 *
 * Knows nothing of the wire formats of records and nothing of the node: clients and pages read this
 * too. Levels are numbers in (0, 1], times RFC 3339 in UTC, `null` means unknown and never zero.
 */
import { z } from 'zod'

export const LEVEL_DECIMALS = 3
export const STATEMENT_LIMIT_CHARS = 280
export const ITEM_LIMIT_CHARS = 128
export const ITEM_LIMIT_COUNT = 64
export const OUTCOME_LIMIT_COUNT = 64
export const CONDITION_LIMIT_COUNT = 16
export const NAME_LIMIT_CHARS = 64
export const QUERY_LIMIT_CHARS = 128
export const PAGE_LIMIT_COUNT = 500

/** Control, bidirectional and zero-width characters, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

export const Did = z
  .string()
  .regex(
    /^did:aip:[0-9a-f]{32}$/,
    'A DID of this network is "did:aip:" and 32 lower-case hex digits',
  )
  .describe('A did:aip.')

export const DID_LIMIT_CHARS = 1_024

export const AnyDid = z
  .string()
  .min(1)
  .max(DID_LIMIT_CHARS)
  .describe('A did:aip, did:key or did:web.')

export const Scope = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{0,63}$/,
    'A scope is 1 to 64 of a-z, 0-9, "." and "-", and starts with a letter or digit',
  )
  .describe('What for: a task type; "general" serves every scope.')

export const Level = z
  .number()
  .refine((level) => level > 0 && level <= 1 && Number(level.toFixed(LEVEL_DECIMALS)) === level, {
    error: `A level is more than 0 and at most 1, with at most ${LEVEL_DECIMALS} decimals`,
  })
  .meta({ exclusiveMinimum: 0, maximum: 1 })
  .describe('How far: more than 0, at most 1, thousandths at the finest.')

export const Time = z.iso
  .datetime({ offset: true, error: 'A time is RFC 3339, such as 2027-01-31T12:00:00Z' })
  // Moments are counted from there: nothing here was before.
  .refine((text) => Date.parse(text) >= 0, { error: 'A time is in 1970 or later' })
  .describe('RFC 3339, from 1970 on.')

export const RecordId = z
  .string()
  .regex(
    /^(?:bafyrei[a-z2-7]{52}|[0-9a-f]{64})$/,
    'A record id is a CID (bafyrei…) or 64 hex digits',
  )
  .describe('The id of a record: a CIDv1.')

/** Secret: no answer and no log line ever holds one. */
export const SeedHex = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'A seed is 64 lower-case hex digits')
  .describe('Seed of the key that is due by the recovery sheet, in hex. Good for this once.')

export const KeyHex = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'A public key is 64 lower-case hex digits')
  .describe('A public Ed25519 key, in hex.')

export const HashHex = z.string().regex(/^[0-9a-f]{64}$/, 'A hash is 64 lower-case hex digits')

/** Text that people read: NFC, printable, on one line, and not empty. */
function shown(limitChars: number, noun: string) {
  return z
    .string()
    .refine((text) => text.trim() !== '', { error: `${noun} is not empty`, abort: true })
    .refine((text) => text.length <= 2 * limitChars && Array.from(text).length <= limitChars, {
      error: `${noun} is at most ${limitChars} characters`,
      abort: true,
    })
    .refine((text) => !UNPRINTABLE.test(text), {
      error: `${noun} has no control, bidirectional or zero-width characters`,
    })
    .refine((text) => text.normalize('NFC') === text, {
      error: `${noun} is in Unicode normal form C`,
    })
    .meta({ minLength: 1, maxLength: limitChars })
}

export const Statement = shown(STATEMENT_LIMIT_CHARS, 'A statement')
export const Name = shown(NAME_LIMIT_CHARS, 'A name')
const Item = shown(ITEM_LIMIT_CHARS, 'An item')
export const Query = shown(QUERY_LIMIT_CHARS, 'A query')

const Count = z.int().min(0)

/** An amount of work: how many, which, or one of the measured kinds. */
export const Work = z
  .union(
    [
      Count,
      z.array(Item).max(ITEM_LIMIT_COUNT),
      z.strictObject({ kind: z.literal('count'), count: Count }),
      z.strictObject({ kind: z.literal('time'), ms: Count }),
      z.strictObject({
        kind: z.literal('quality'),
        measure: Name,
        value: z.int().min(0).max(1000),
      }),
      z.strictObject({
        kind: z.literal('uptime'),
        ppm: z.int().min(0).max(1_000_000),
        overMs: z.int().min(1),
      }),
    ],
    {
      error: `Work is a whole number, a list of at most ${ITEM_LIMIT_COUNT} items, or {kind: "count", "time", "quality" or "uptime", …}`,
    },
  )
  .describe('A number n means the items 1…n; a list names them; or a measured kind.')
export type Work = z.infer<typeof Work>

export const Conditions = z
  .record(Name, z.union([shown(ITEM_LIMIT_CHARS, 'A condition'), z.int(), z.boolean()]))
  .refine((conditions) => Object.keys(conditions).length <= CONDITION_LIMIT_COUNT, {
    error: `There are at most ${CONDITION_LIMIT_COUNT} conditions`,
  })

/** In the order of their numbers in a record. */
export const CLARITIES = ['unambiguous', 'multi-valid', 'underspecified'] as const

const outcomeFields = {
  task: Scope.optional().describe('The scope of the task; left out, that of the promise.'),
  promise: RecordId.optional().describe('The promise that the outcome settles.'),
  promised: Work.optional().describe('What was promised; left out, what the promise says.'),
  delivered: Work.optional().describe('What was delivered.'),
  conditions: Conditions.optional().describe('Flat circumstances, such as {"load": "high"}.'),
  clarity: z
    .enum(CLARITIES)
    .optional()
    .describe('How clear the task was; unambiguous if not said.'),
  observedAt: Time.optional().describe('When it was seen; now if not said.'),
  evidence: HashHex.optional().describe('SHA-256 of the evidence, in hex.'),
}

interface OutcomeLike {
  readonly task?: unknown
  readonly promise?: unknown
  readonly promised?: unknown
  readonly delivered?: unknown
}

/** What is missing from an outcome, if anything: shared by the single and the batched form. */
function missing(outcome: OutcomeLike): 'task' | 'promised' | 'delivered' | undefined {
  if (outcome.delivered === undefined) return 'delivered'
  if (outcome.promise !== undefined) return undefined
  if (outcome.promised === undefined) return 'promised'
  return outcome.task === undefined ? 'task' : undefined
}

export const Outcome = z.strictObject(outcomeFields).superRefine((outcome, context) => {
  const field = missing(outcome)
  if (field !== undefined)
    context.addIssue({ code: 'custom', path: [field], message: 'is missing' })
})
export type Outcome = z.infer<typeof Outcome>

/** One outcome inline, as scripts write it, or a batch under `outcomes`. */
export const ObservationInput = z
  .strictObject({
    subject: Did.describe('The agent that was observed.'),
    share: z
      .enum(['private', 'public'])
      .default('private')
      .describe('private: kept and scored here only. public: signed and sent to the network.'),
    ...outcomeFields,
    outcomes: z.array(Outcome).min(1).max(OUTCOME_LIMIT_COUNT).optional(),
  })
  .superRefine((input, context) => {
    if (input.outcomes === undefined) {
      const field = missing(input)
      if (field !== undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'is missing' })
      return
    }
    const inline = Object.keys(outcomeFields).find((field) => Object.hasOwn(input, field))
    if (inline !== undefined) {
      context.addIssue({
        code: 'custom',
        path: [inline],
        message: 'stands inside "outcomes" when that list is given',
      })
    }
  })

export const PrivateId = z
  .string()
  .regex(/^private-[0-9a-f-]{36}$/, 'A private observation is named private-…')

export const Cursor = z
  .string()
  .max(256)
  .regex(/^[\w-]+$/, 'A cursor is what the page before gave')
  .optional()
  .describe('Where the page before ended.')
export const PageSize = z.int().min(1).max(PAGE_LIMIT_COUNT).default(100).describe('Rows at most.')

/** A list: rows, and where the next page starts when there is one. */
export function page<Row extends z.ZodType>(row: Row) {
  return z.strictObject({ items: z.array(row), cursor: z.string().nullable() })
}

const Hex64 = z.string().regex(/^[0-9a-f]{64}$/, 'This is 64 lower-case hex digits')
const Hex128 = z.string().regex(/^[0-9a-f]{128}$/, 'This is 128 lower-case hex digits')
const KeyId = z
  .string()
  .regex(/^did:aip:[0-9a-f]{32}#k\d{1,3}\.\d{1,3}$/, 'A key is named did:aip:…#k0.0')
  .describe('The key, as a DID URL.')

export const Origin = z
  .string()
  .max(256)
  .regex(/^https?:\/\/[\x21-\x7e]+$/, 'An origin is scheme, host and port: https://agent.example')
  .describe('The origin that the asker dials or dialled.')

export const Purpose = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'A purpose is 1 to 64 of a-z, 0-9, "." and "-"')
  .describe('What the proof is for.')

const questionFields = {
  network: z.string().regex(/^[a-z0-9-]{1,32}$/, 'A network is 1 to 32 of a-z, 0-9 and "-"'),
  asker: Did,
  answerer: Did,
  askerNonce: Hex64,
  purpose: Purpose,
  origin: Origin,
  expiresAt: Time,
}

/** What the asker sends; nothing in it is signed. */
export const Question = z.strictObject(questionFields)
export type Question = z.infer<typeof Question>

/** What either side signs and sends. */
export const ChallengeProof = z.strictObject({
  ...questionFields,
  answererNonce: Hex64,
  role: z.enum(['asker', 'answerer']).describe('Who signed.'),
  keyId: KeyId,
  signature: Hex128,
})
export type ChallengeProof = z.infer<typeof ChallengeProof>

export const CONTENT_KINDS = ['text', 'file', 'directory'] as const
export const ContentKind = z.enum(CONTENT_KINDS).describe('What the hash is of.')
/** Text to sign; a longer one is signed by its hash. */
export const SIGNED_TEXT_LIMIT_CHARS = 65_536
export const SignedText = z.string().max(SIGNED_TEXT_LIMIT_CHARS).describe('The text, as it is.')
export const ContentSha256 = HashHex.describe('SHA-256 of the content, in hex.')

export const ContentSignature = z.strictObject({
  v: z.literal(1),
  type: z.literal('aip-signature'),
  kind: ContentKind,
  sha256: ContentSha256,
  did: Did,
  keyId: KeyId,
  key: Hex64.describe('The public key, in hex.'),
  signedAt: Time.describe('When, as the signer says.'),
  signature: Hex128,
  log: z
    .string()
    .regex(/^(?:[0-9a-f]{2}){1,4000}$/, 'A key log is at most 4,000 bytes in hex')
    .describe("The signer's key log at that time, in hex."),
})
export type ContentSignature = z.infer<typeof ContentSignature>
