/** One finding of the doctor. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skipped'

export interface Check {
  /** Words of lower case, unique among the checks. */
  readonly name: string
  readonly verdict: Verdict
  /** What is so, in a sentence without a full stop. */
  readonly found: string
  /** What to do about it. */
  readonly hint: string | null
}

export function ok(name: string, found: string): Check {
  return { name, verdict: 'ok', found, hint: null }
}

export function skipped(name: string, found: string): Check {
  return { name, verdict: 'skipped', found, hint: null }
}

export function warn(name: string, found: string, hint: string): Check {
  return { name, verdict: 'warn', found, hint }
}

export function fail(name: string, found: string, hint: string): Check {
  return { name, verdict: 'fail', found, hint }
}
