/** What every attack of `npm run sec` is: flags with defaults, a run, and figures with a verdict. */

/** One flag: `--n 1000000`. Values are text; `count` reads whole numbers. */
export interface AttackFlag {
  readonly fallback: string
  readonly meaning: string
}

export type Flags = Readonly<Record<string, string>>

export type Figure = number | string | boolean

/** What one run showed. */
export interface Outcome {
  readonly figures: Readonly<Record<string, Figure>>
  /** Each figure that missed its bar, as a sentence; none is a pass. */
  readonly misses: readonly string[]
  /** Why this machine cannot run it, as a sentence. Counts as not run, never as passed. */
  readonly notRun?: string
}

export interface AttackRun {
  readonly flags: Flags
  /** Decides everything that is drawn by chance. */
  readonly seed: number
  /** Says on standard error what goes on. */
  readonly progress: (sentence: string) => void
}

/** A module of `scripts/sec` exports one as `attack`; `adv-records.ts` is `adv:records`. */
export interface Attack {
  /** One line: who attacks what, and what must hold. */
  readonly does: string
  readonly flags: Readonly<Record<string, AttackFlag>>
  /** Its flags in `npm run sec:gate`; absent: it is not part of it. */
  readonly gate?: Flags
  /** Its flags in `npm run sec:full`; absent: the defaults. */
  readonly full?: Flags
  /** Flags of one more run in `sec:full`, beside all the others: it lasts long and takes little. */
  readonly beside?: Flags
  /** How long it may take with any flags, in milliseconds. */
  readonly limitMs: number
  readonly run: (run: AttackRun) => Promise<Outcome>
}

/** A mistake on the command line, as a sentence. */
export class AttackUsageError extends Error {
  override readonly name = 'AttackUsageError'
}

/** The whole number of a flag. @throws {AttackUsageError} if it is none, or outside the bounds. */
export function count(flags: Flags, name: string, least: number, most: number): number {
  const text = flags[name] ?? ''
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new AttackUsageError(`--${name} takes a whole number from ${least} to ${most}.`)
}
