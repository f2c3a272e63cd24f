/** Durations in words, for people. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units.ts'

const STEPS: readonly (readonly [number, string])[] = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
]

/** "2 days", "1 hour", "5 minutes": rounded to the largest unit that fits; "less than a minute". */
export function durationText(ms: number): string {
  for (const [unitMs, name] of STEPS) {
    if (ms < unitMs) continue
    const count = Math.round(ms / unitMs)
    return `${count} ${name}${count === 1 ? '' : 's'}`
  }
  return 'less than a minute'
}
