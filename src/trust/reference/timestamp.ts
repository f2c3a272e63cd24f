/**
 * Timestamps as the reference reads and prints them: to the microsecond, each in its own offset.
 *
 * Two instants are compared across offsets; what is hashed is the text of each in its own. Without an
 * offset a time belongs to no zone, and cannot be compared with one that has one.
 * Specification: docs/spec/pdr.md, P2.
 */
import { PdrError } from './error.ts'

export interface Timestamp {
  /** `2026-03-01T12:00:00.250000+01:00`: microseconds only when there are any. */
  readonly isoformat: string
  readonly hasOffset: boolean
  /** Since 1970-01-01, less the offset. */
  readonly seconds: number
  /** 0..999,999. */
  readonly micros: number
}

const CLOCK_EXTENDED = '(\\d{2})(?::(\\d{2})(?::(\\d{2})(?:[.,](\\d+))?)?)?'
const CLOCK_BASIC = '(\\d{2})(?:(\\d{2})(?:(\\d{2})(?:[.,](\\d+))?)?)?'
const OFFSET = '(Z|[+-]\\d{2}(?::?\\d{2}(?::?\\d{2})?)?)?'
const FORMS = [
  new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})(?:[T ]${CLOCK_EXTENDED}${OFFSET})?$`),
  new RegExp(`^(\\d{4})(\\d{2})(\\d{2})(?:[T ]${CLOCK_BASIC}${OFFSET})?$`),
]

const SECONDS_PER_MINUTE = 60
const SECONDS_PER_HOUR = 3600
const SECONDS_PER_DAY = 86_400

/** @throws {PdrError} `pdr/observation-invalid` when it is no date and time of ISO 8601. */
export function parseTimestamp(text: string): Timestamp {
  const form = FORMS.find((one) => one.test(text))
  const groups: readonly (string | undefined)[] = form?.exec(text) ?? []
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = groups
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0))
  const fraction = (groups[7] ?? '').slice(0, 6).padEnd(6, '0')
  const offset = parseOffset(groups[8])
  const isDate = year >= 1 && month >= 1 && month <= 12 && day >= 1
  if (!isDate || day > daysInMonth(year, month)) throw invalid(text)
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) throw invalid(text)
  const micros = Number(fraction)
  const clock = `${pad(hour)}:${pad(minute)}:${pad(second)}${micros === 0 ? '' : `.${fraction}`}`
  const local =
    daysSinceEpoch(year, month, day) * SECONDS_PER_DAY +
    hour * SECONDS_PER_HOUR +
    minute * SECONDS_PER_MINUTE +
    second
  return {
    isoformat: `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${offset.text}`,
    hasOffset: offset.text !== '',
    seconds: local - offset.seconds,
    micros,
  }
}

/** Negative, zero or positive; the order of instants. Both have an offset, or neither. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds - b.seconds || a.micros - b.micros
}

/** Whole days from the earlier to the later. */
export function daysBetween(earlier: Timestamp, later: Timestamp): number {
  const borrowed = later.micros < earlier.micros ? 1 : 0
  return Math.floor((later.seconds - earlier.seconds - borrowed) / SECONDS_PER_DAY)
}

/** `undefined` when it is out of range; no text: no offset. */
function parseOffset(
  text: string | undefined,
): { readonly text: string; readonly seconds: number } | undefined {
  if (text === undefined) return { text: '', seconds: 0 }
  if (text === 'Z') return { text: '+00:00', seconds: 0 }
  const digits = text.slice(1).replaceAll(':', '')
  const [hours = 0, minutes = 0, seconds = 0] = [0, 2, 4].map((at) =>
    Number(digits.slice(at, at + 2)),
  )
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const size = hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds
  const sign = text.startsWith('-') && size > 0 ? '-' : '+'
  const shown = `${sign}${pad(hours)}:${pad(minutes)}${seconds === 0 ? '' : `:${pad(seconds)}`}`
  return { text: shown, seconds: sign === '-' ? -size : size }
}

function invalid(text: string): PdrError {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
  return new PdrError({
    code: 'pdr/observation-invalid',
    reason: `its timestamp ${shown} is no date and time`,
  })
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0')
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0)
}

/** In the Gregorian calendar, for ever backwards. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  let days = before * 365 + leapDays
  for (let earlier = 1; earlier < month; earlier++) days += daysInMonth(year, earlier)
  return days + day - 1 - DAYS_BEFORE_EPOCH
}

/** From 0001-01-01 to 1970-01-01. */
const DAYS_BEFORE_EPOCH = 719_162
