/**
 * `/aip/<network>/catch-up/1.0.0`: read a peer's journal from where one left off.
 *
 *     asker    -> answerer   question  { v: 1, k: store id known or "", a: arrival known }
 *     answerer -> asker      page      { s: 0, k: store id, e: [[kind, arrival, bytes]], m: 0 / 1 }
 *     asker    -> answerer   next      { n: 1 }    once the page is taken; only after m = 1
 *     answerer -> asker      page      …
 *
 * or, at any time, `{ s: status }`, which ends the answer. Entries come in the order in which they
 * arrived at the answerer, kind 0 a record, kind 1 an identity value. A question that names another
 * store than the answerer's is answered from the start. Specification: docs/spec/catch-up.md.
 */
import { z } from 'zod'
import { KIB_BYTES, MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import { VALUE_LIMIT_BYTES } from '../../identity/limits.ts'
import { LARGEST_RECORD_BYTES } from '../../records/wire.ts'
import type { JournalEntry } from '../ports.ts'
import { ExchangeError } from '../query/error.ts'
import { parseRefusal } from '../query/protocol.ts'
import { statusCode } from '../query/status.ts'

export function catchUpProtocol(network: string): string {
  return `/aip/${network}/catch-up/1.0.0`
}

const STORE_ID_CHARS_LIMIT = 64
/** Of a question or a "next". */
export const QUESTION_LIMIT_BYTES = 128
export const PAGE_ENTRIES_LIMIT = 512
/** Of the entries in one page; what spells the page around them comes on top. */
export const PAGE_CONTENT_LIMIT_BYTES = 240 * KIB_BYTES
/** Of one entry: the largest record, or the largest identity value. */
const ENTRY_LIMIT_BYTES = Math.max(LARGEST_RECORD_BYTES, VALUE_LIMIT_BYTES)
/** Of one session; the next one goes on from its cursor. */
export const SESSION_LIMIT_BYTES = 256 * MIB_BYTES
export const SESSION_PAGES_LIMIT = 16_384
export const SESSION_LIMIT_MS = 10 * MINUTE_MS
/** How long an asker waits for one page. */
export const PAGE_WAIT_LIMIT_MS = 15 * SECOND_MS
/** How long an answerer waits for an asker that takes in a page. */
export const TAKE_WAIT_LIMIT_MS = MINUTE_MS

/** How far an asker has read one answerer's journal. */
export interface Cursor {
  readonly storeId: string
  readonly arrival: number
}

export interface JournalPage {
  readonly storeId: string
  readonly entries: readonly JournalEntry[]
  readonly more: boolean
}

const StoreId = z.string().max(STORE_ID_CHARS_LIMIT)
const Arrival = z.int().min(0)
const Bytes = z.instanceof(Uint8Array).refine((bytes) => bytes.length <= ENTRY_LIMIT_BYTES)
const WireQuestion = z.strictObject({ v: z.literal(1), k: StoreId, a: Arrival })
const WirePage = z.strictObject({
  s: z.literal(0),
  k: StoreId.min(1),
  e: z
    .array(z.tuple([z.union([z.literal(0), z.literal(1)]), Arrival, Bytes]))
    .max(PAGE_ENTRIES_LIMIT),
  m: z.union([z.literal(0), z.literal(1)]),
})

export function questionFrame(known: Cursor | undefined): unknown {
  return { v: 1, k: known?.storeId ?? '', a: known?.arrival ?? 0 }
}

/** @throws {ExchangeError} `p2p/frame-malformed`. */
export function parseQuestion(value: unknown): Cursor {
  const parsed = WireQuestion.safeParse(value)
  if (!parsed.success) throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'question' })
  return { storeId: parsed.data.k, arrival: parsed.data.a }
}

export function pageFrame({ storeId, entries, more }: JournalPage): unknown {
  const wire = entries.map(({ kind, arrival, bytes }) => [
    kind === 'record' ? 0 : 1,
    arrival,
    bytes,
  ])
  return { s: statusCode('OK'), k: storeId, e: wire, m: more ? 1 : 0 }
}

/** @throws {ExchangeError} `p2p/answer-refused` or `p2p/frame-malformed`. */
export function parsePage(value: unknown): JournalPage {
  const status = parseRefusal(value)
  if (status !== undefined) throw new ExchangeError({ code: 'p2p/answer-refused', status })
  const parsed = WirePage.safeParse(value)
  if (!parsed.success) {
    throw new ExchangeError({ code: 'p2p/frame-malformed', what: 'page of a journal' })
  }
  const { k, e, m } = parsed.data
  const entries = e.map(([kind, arrival, bytes]): JournalEntry => ({
    kind: kind === 0 ? 'record' : 'identity',
    arrival,
    bytes,
  }))
  return { storeId: k, entries, more: m === 1 }
}
