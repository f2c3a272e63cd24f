/** What came of one mutant: refused with its code, taken as it should be, or a fault of the decoder. */
import { AipError } from '../../../../src/base/error.ts'
import { equalBytes, textBytes } from '../../../../src/base/bytes.ts'
import type { Taken, Target } from './target.ts'

/** Above it an input costs too much. */
export const INPUT_LIMIT_MS = 50
/** An input that took longer is tried again: something else may have had the processor. */
const DOUBTED_MS = 10
const TRIES_LIMIT = 4

export type Verdict =
  | { readonly kind: 'refused'; readonly code: string }
  /** It says what a seed says, or is one of the many sound messages that nobody signs. */
  | { readonly kind: 'sound' }
  /** Something was taken that nobody signed, or that has another spelling. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'untyped'; readonly error: string }

export interface Judged {
  readonly verdict: Verdict
  /** The least of the tries. */
  readonly tookMs: number
}

/** Refused without a word: a probe that says no. */
const SILENT = 'silent'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export class Judge {
  readonly target: Target
  readonly #meanings = new Set<string>()

  private constructor(target: Target) {
    this.target = target
  }

  /** @throws {Error} for a seed that the target does not take. */
  static async of(target: Target): Promise<Judge> {
    const judge = new Judge(target)
    for (const seed of target.seeds) {
      const taken = await target.attempt(seed)
      if (taken?.meaning !== undefined) judge.#meanings.add(taken.meaning)
    }
    return judge
  }

  async judge(mutant: Uint8Array): Promise<Judged> {
    const bytes = this.target.isText === true ? textBytes(decoder.decode(mutant)) : mutant
    let tookMs = Infinity
    for (let tries = 1; ; tries++) {
      const startedAt = performance.now()
      const attempted = this.#attempt(bytes)
      const verdict = attempted instanceof Promise ? await attempted : attempted
      tookMs = Math.min(tookMs, performance.now() - startedAt)
      if (tookMs <= DOUBTED_MS || tries === TRIES_LIMIT) return { verdict, tookMs }
    }
  }

  #attempt(bytes: Uint8Array): Verdict | Promise<Verdict> {
    try {
      const taken = this.target.attempt(bytes)
      if (!(taken instanceof Promise)) return this.#verdictOf(taken, bytes)
      return taken.then(
        (late) => this.#verdictOf(late, bytes),
        (error: unknown) => thrown(error),
      )
    } catch (error) {
      return thrown(error)
    }
  }

  #verdictOf(taken: Taken | undefined, bytes: Uint8Array): Verdict {
    if (taken === undefined) return { kind: 'refused', code: SILENT }
    const { meaning, spelled } = taken
    const isSound =
      (meaning === undefined || this.#meanings.has(meaning)) &&
      (spelled === undefined || equalBytes(spelled, bytes))
    return { kind: isSound ? 'sound' : 'accepted' }
  }
}

function thrown(error: unknown): Verdict {
  if (error instanceof AipError) return { kind: 'refused', code: error.fault.code }
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { kind: 'untyped', error: said.split('\n').slice(0, 4).join(' | ') }
}
