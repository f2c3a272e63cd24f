/** How values are written. Null is never a number: it is written as a dash, with a word for ears. */
const DAY_MS = 86_400_000
const UNKNOWN = '–'

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const whole = new Intl.NumberFormat('en')

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : whole.format(value)
}

/** "1 record", "2 records". */
export function counted(value: number, noun: string): string {
  return `${whole.format(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** A share in [0, 1] as it is written in scores: two decimals. */
export function share(value: number | null | undefined, decimals = 2): string {
  return value === null || value === undefined ? UNKNOWN : value.toFixed(decimals)
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let amount = value
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  return `${unit === 0 ? amount : amount.toFixed(amount < 10 ? 1 : 0)} ${units[unit] ?? ''}`
}

/** "2 days ago", "in 3 hours". */
export function ago(time: string, now = Date.now()): string {
  const difference = Date.parse(time) - now
  for (const [unit, ms] of STEPS) {
    if (Math.abs(difference) >= ms) return relative.format(Math.trunc(difference / ms), unit)
  }
  return 'just now'
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3_600).toFixed(1)} h`
}

/** `did:aip:7f3a…91c2`; anything else is only cut in the middle. */
export function shortDid(did: string): string {
  return did.length > 24 ? `${did.slice(0, 12)}…${did.slice(-4)}` : did
}

export function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 7)}…${id.slice(-4)}` : id
}
