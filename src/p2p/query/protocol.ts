/**
 * `/aip/<network>/query/1.0.0`: ask one peer what it holds about one agent.
 *
 *     asker    -> answerer   question  { v: 1, d: DID's 16 bytes, w: 0 identity / 1 all }
 *     answerer -> asker      page      { s: 0, i: identity value, r: [record], m: 0 / 1 / 2 }
 *     asker    -> answerer   next      { n: 1 }                  after each page with m = 1
 *     answerer -> asker      page      { s: 0, r: [record], m }
 *
 * or, at any time, `{ s: status }`, which ends the answer. m: 0 that was all, 1 there is more,
 * 2 there is more than an answer may hold. Records come as they were received: first those about
 * the agent, then those by it. The answer is bytes, not trust: the asker offers them to its own
 * pipeline. Specification: docs/spec/query.md.
 */
import { z } from 'zod'
import { KIB_BYTES, MIB_BYTES, SECOND_MS } from '../../base/units.ts'
import { DID_BYTES, didBytes, didFromBytes, type Did } from '../../identity/did.ts'
import { VALUE_LIMIT_BYTES } from '../../identity/limits.ts'
import { LARGEST_RECORD_BYTES } from '../../records/wire.ts'
import { ExchangeError } from './error.ts'
import { refusedStatus, statusCode, type RefusedStatus } from './status.ts'

export function queryProtocol(network: string): string {
  return `/aip/${network}/query/1.0.0`
}

/** Of a question or a "next". */
export const QUESTION_LIMIT_BYTES = 128
/** Of the identity and the records in one page; what spells the page around them comes on top. */
export const PAGE_CONTENT_LIMIT_BYTES = 240 * KIB_BYTES
export const PAGE_RECORDS_LIMIT = 512
/** Of one answer, over all its pages. */
export const ANSWER_RECORDS_LIMIT = 4_096
export const ANSWER_LIMIT_BYTES = 16 * MIB_BYTES
/** How long an asker waits for one page. */
export const PAGE_WAIT_LIMIT_MS = 10 * SECOND_MS
/** How long an answer may take in all, the asker's work between pages included. */
export const ANSWER_LIMIT_MS = 120 * SECOND_MS

export type Want = 'identity' | 'all'
export interface Question {
  readonly did: Did
  readonly want: Want
}

export interface Page {
  readonly identity?: Uint8Array
  readonly records: readonly Uint8Array[]
  readonly ending: 'end' | 'more' | 'cut-off'
}

const WANTS: readonly Want[] = ['identity', 'all']
const ENDINGS: readonly Page['ending'][] = ['end', 'more', 'cut-off']

function bytesUpTo(limitBytes: number): z.ZodType<Uint8Array> {
  return z.instanceof(Uint8Array).refine((bytes) => bytes.length <= limitBytes)
}

const WireQuestion = z.strictObject({
  v: z.literal(1),
  d: z.instanceof(Uint8Array).refine((bytes) => bytes.length === DID_BYTES),
  w: z.union([z.literal(0), z.literal(1)]),
})
const WireNext = z.strictObject({ n: z.literal(1) })
const WireRefusal = z.strictObject({ s: z.int().min(1).max(4) })
const WirePage = z.strictObject({
  s: z.literal(0),
  i: bytesUpTo(VALUE_LIMIT_BYTES).optional(),
  r: z.array(bytesUpTo(LARGEST_RECORD_BYTES)).max(PAGE_RECORDS_LIMIT),
  m: z.union([z.literal(0), z.literal(1), z.literal(2)]),
})

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new ExchangeError({ code: 'p2p/frame-malformed', what })
  return parsed.data
}

export function questionFrame({ did, want }: Question): unknown {
  return { v: 1, d: didBytes(did), w: WANTS.indexOf(want) }
}

/** @throws {ExchangeError} `p2p/frame-malformed`. */
export function parseQuestion(value: unknown): Question {
  const { d, w } = parse(WireQuestion, value, 'question')
  return { did: didFromBytes(d), want: w === 0 ? 'identity' : 'all' }
}

export const NEXT_FRAME: unknown = { n: 1 }

/** @throws {ExchangeError} `p2p/frame-malformed`. */
export function parseNext(value: unknown): void {
  parse(WireNext, value, 'request for the next page')
}

export function pageFrame({ identity, records, ending }: Page): unknown {
  const page = { s: statusCode('OK'), r: records, m: ENDINGS.indexOf(ending) }
  return identity === undefined ? page : { ...page, i: identity }
}

/** The refusal that a message spells, or `undefined` for anything else. */
export function parseRefusal(value: unknown): RefusedStatus | undefined {
  const parsed = WireRefusal.safeParse(value)
  return parsed.success ? refusedStatus(parsed.data.s) : undefined
}

/** @throws {ExchangeError} `p2p/answer-refused` or `p2p/frame-malformed`. */
export function parsePage(value: unknown): Page {
  const status = parseRefusal(value)
  if (status !== undefined) throw new ExchangeError({ code: 'p2p/answer-refused', status })
  const { i, r, m } = parse(WirePage, value, 'page')
  const page = { records: r, ending: ENDINGS[m] ?? 'end' }
  return i === undefined ? page : { ...page, identity: i }
}
