/** Times and durations as people write and read them. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/units.ts'
import { CliError } from './error.ts'

const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
}

/** `90d`, `2h`, `30s`: a whole number and s, m, h, d or w. */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  const unitMs = UNIT_MS[unit]
  if (unitMs === undefined) {
    throw new CliError({
      code: 'cli/usage',
      problem: `"${text}" is no duration: write 30s, 15m, 2h, 90d or 8w`,
    })
  }
  return Number(count) * unitMs
}

/** A duration from now, or a time in RFC 3339, as RFC 3339 in UTC. */
export function parseWhen(text: string, nowMs: number): string {
  if (/^\d{4}-/.test(text)) {
    const atMs = Date.parse(text)
    const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/.test(
      text,
    )
    if (Number.isNaN(atMs) || !isWhole) {
      throw new CliError({
        code: 'cli/usage',
        problem: `"${text}" is no time: write 2027-01-31T12:00:00Z or a duration such as 90d`,
      })
    }
    return new Date(atMs).toISOString()
  }
  return new Date(nowMs + parseDuration(text)).toISOString()
}

/** "2 days ago", to the largest unit that fits. */
export function agoText(at: string, nowMs: number): string {
  const agoMs = nowMs - Date.parse(at)
  if (!(agoMs >= MINUTE_MS)) return 'just now'
  const steps: readonly (readonly [number, string])[] = [
    [DAY_MS, 'day'],
    [HOUR_MS, 'hour'],
    [MINUTE_MS, 'minute'],
  ]
  for (const [unitMs, name] of steps) {
    const count = Math.floor(agoMs / unitMs)
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}

/** A duration ago, or a time in RFC 3339, as RFC 3339 in UTC. */
export function parsePast(text: string, nowMs: number): string {
  if (/^\d{4}-/.test(text)) return parseWhen(text, nowMs)
  return new Date(nowMs - parseDuration(text)).toISOString()
}
