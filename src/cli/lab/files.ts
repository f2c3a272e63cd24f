/**
 * The two files of the lab: who vouches for whom, and who saw whom keep what.
 *
 *     source,target,level[,scope,issued,expires]
 *     observer,subject,promised,delivered,time[,attested,scope]
 *
 * A first line that spells these names is a header. Names of agents are free text. A time is a date
 * (2026-01-31), RFC 3339, or whole seconds since 1970. Nothing of a file counts while one line of it
 * is wrong.
 */
import { SECOND_MS } from '../../base/units.ts'
import { isScope } from '../../records/schema.ts'
import { csvLines, type BadLine, type CsvLine } from './csv.ts'
import { LinesError } from './lines-error.ts'

/** More than fit in memory as a view, and fewer than a string of JavaScript can hold. */
export const LINE_LIMIT_COUNT = 5_000_000
export const NAME_LIMIT_CHARS = 256
const THOUSANDTHS = 1000
/** The year 9999 ends after this many seconds. */
const TIME_LIMIT_SECONDS = 253_402_300_799

export interface EdgeLine {
  readonly number: number
  readonly source: string
  readonly target: string
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly scope?: string
  readonly issuedAtMs?: number
  readonly expiresAtMs?: number
}

export interface ObservationLine {
  readonly number: number
  readonly observer: string
  readonly subject: string
  readonly promised: number
  readonly delivered: number
  readonly atMs: number
  readonly isAttested: boolean
  readonly scope?: string
}

/** @throws {LinesError} that names every bad line. */
export function parseEdges(text: string): readonly EdgeLine[] {
  return parseLines(text, 'source', edgeOf)
}

/** @throws {LinesError} that names every bad line. */
export function parseObservations(text: string): readonly ObservationLine[] {
  return parseLines(text, 'observer', observationOf)
}

/** A reader of one line; a text says what is wrong with it. */
type Reader<Line> = (line: CsvLine) => Line | string

function parseLines<Line>(text: string, firstName: string, read: Reader<Line>): readonly Line[] {
  const lines: Line[] = []
  const bad: BadLine[] = []
  let count = 0
  for (const line of csvLines(text)) {
    count++
    if (count > LINE_LIMIT_COUNT) {
      const problem = `the file has more than ${LINE_LIMIT_COUNT} lines`
      throw new LinesError({ number: line.number, problem }, [])
    }
    if ('problem' in line) {
      bad.push(line)
      continue
    }
    const isHeader = count === 1 && line.fields[0]?.toLowerCase() === firstName
    if (isHeader) continue
    const found = read(line)
    if (typeof found === 'string') bad.push({ number: line.number, problem: found })
    else lines.push(found)
  }
  const [first, ...others] = bad
  if (first !== undefined) throw new LinesError(first, others)
  return lines
}

function edgeOf({ number, fields }: CsvLine): EdgeLine | string {
  const [source = '', target = '', levelText = '', scope = '', issued = '', expires = ''] = fields
  if (fields.length < 3 || fields.length > 6) {
    return 'it is not "source,target,level[,scope,issued,expires]"'
  }
  const names = namesFault(source, target)
  if (names !== undefined) return names
  if (source === target) return `${source} vouches for itself`
  const level = decimalOf(levelText)
  if (level === undefined || level <= 0 || level > 1) return 'a level is above 0 and at most 1'
  if (scope !== '' && !isScope(scope)) return `"${scope}" is no scope`
  const issuedAtMs = issued === '' ? undefined : timeOf(issued)
  if (issued !== '' && issuedAtMs === undefined) return `"${issued}" is no time`
  const expiresAtMs = expires === '' ? undefined : timeOf(expires)
  if (expires !== '' && expiresAtMs === undefined) return `"${expires}" is no time`
  return {
    number,
    source,
    target,
    level: Math.max(1, Math.round(level * THOUSANDTHS)),
    ...(scope === '' ? {} : { scope }),
    ...(issuedAtMs === undefined ? {} : { issuedAtMs }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }
}

function observationOf({ number, fields }: CsvLine): ObservationLine | string {
  const [observer = '', subject = '', promisedText = '', deliveredText = ''] = fields
  const [, , , , time = '', attested = '', scope = ''] = fields
  if (fields.length < 5 || fields.length > 7) {
    return 'it is not "observer,subject,promised,delivered,time[,attested,scope]"'
  }
  const names = namesFault(observer, subject)
  if (names !== undefined) return names
  const promised = decimalOf(promisedText)
  if (promised === undefined) return `"${promisedText}" is no amount`
  const delivered = decimalOf(deliveredText)
  if (delivered === undefined) return `"${deliveredText}" is no amount`
  const atMs = timeOf(time)
  if (atMs === undefined) return `"${time}" is no time`
  const isAttested = booleanOf(attested)
  if (isAttested === undefined) return `attested is true or false, not "${attested}"`
  if (scope !== '' && !isScope(scope)) return `"${scope}" is no scope`
  return {
    number,
    observer,
    subject,
    promised,
    delivered,
    atMs,
    isAttested,
    ...(scope === '' ? {} : { scope }),
  }
}

function namesFault(...names: readonly string[]): string | undefined {
  if (names.includes('')) return 'an agent has no name'
  const isLong = names.some((name) => name.length > NAME_LIMIT_CHARS)
  return isLong ? `a name has more than ${NAME_LIMIT_CHARS} characters` : undefined
}

/** A number that is not negative. */
function decimalOf(text: string): number | undefined {
  return /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

/** Left out: false. */
function booleanOf(text: string): boolean | undefined {
  if (/^(?:|0|false|no)$/i.test(text)) return false
  return /^(?:1|true|yes)$/i.test(text) ? true : undefined
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/
const SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/

/** Milliseconds since 1970; a date is its first moment in UTC. `undefined`: no time. */
export function timeOf(text: string): number | undefined {
  if (SECONDS.test(text)) {
    const seconds = Number(text)
    return seconds <= TIME_LIMIT_SECONDS ? Math.round(seconds * SECOND_MS) : undefined
  }
  if (!DATE.test(text) && !DATE_TIME.test(text)) return undefined
  const atMs = Date.parse(text)
  // A day that its month does not have rolls over in some engines.
  const isDay = DATE.test(text) ? new Date(atMs || 0).toISOString().startsWith(text) : true
  return Number.isNaN(atMs) || !isDay ? undefined : atMs
}
