/**
 * Vouches in columns: one page holds the vouches of many agents, 16 bytes each.
 * Knows neither whose they are nor which slots are in use.
 */
import { SECOND_MS } from '../../base/units.ts'

/** In the year 2106, which counts like no end. */
const NEVER = 2 ** 32 - 1

export interface EdgePage {
  /** Whom each vouch is for. */
  readonly heads: Int32Array
  /** Thousandths, 1..1000. */
  readonly levels: Uint16Array
  /** The caller's number of the vouch. */
  readonly vouches: Int32Array
  /** When it no longer counts: whole seconds since 1970, {@link NEVER} for never, and the rest. */
  readonly endSeconds: Uint32Array
  readonly endMillis: Uint16Array
}

export interface EdgeTerms {
  readonly level: number
  readonly vouch: number
  /** The first millisecond at which it no longer counts; may be infinite. */
  readonly endMs: number
}

export function edgeAt(page: EdgePage, at: number): EdgeTerms {
  return {
    level: page.levels[at] ?? 0,
    vouch: page.vouches[at] ?? 0,
    endMs: endOf(page, at),
  }
}

export function pageOf(slots: number): EdgePage {
  return {
    heads: new Int32Array(slots),
    levels: new Uint16Array(slots),
    vouches: new Int32Array(slots),
    endSeconds: new Uint32Array(slots),
    endMillis: new Uint16Array(slots),
  }
}

export function endOf(page: EdgePage, at: number): number {
  const seconds = page.endSeconds[at] ?? NEVER
  return seconds === NEVER
    ? Number.POSITIVE_INFINITY
    : seconds * SECOND_MS + (page.endMillis[at] ?? 0)
}

export function setEnd(page: EdgePage, at: number, endMs: number): void {
  const seconds = Math.min(NEVER, Math.floor(endMs / SECOND_MS))
  page.endSeconds[at] = seconds
  page.endMillis[at] = seconds === NEVER ? 0 : endMs % SECOND_MS
}

export function copySlots(
  from: EdgePage,
  at: number,
  count: number,
  into: EdgePage,
  to: number,
): void {
  into.heads.set(from.heads.subarray(at, at + count), to)
  into.levels.set(from.levels.subarray(at, at + count), to)
  into.vouches.set(from.vouches.subarray(at, at + count), to)
  into.endSeconds.set(from.endSeconds.subarray(at, at + count), to)
  into.endMillis.set(from.endMillis.subarray(at, at + count), to)
}
