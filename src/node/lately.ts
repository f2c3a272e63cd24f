/**
 * Answers of the last moment: a question that is asked again before anything has changed, and soon, gets
 * the same answer, which says of which moment it is.
 */
import type { Clock } from '../base/clock.ts'
import { Recent } from './columns/recent.ts'

/** How long an answer is given again. */
export const LATELY_LIMIT_MS = 1_000
/** Answers kept. */
export const LATELY_LIMIT_COUNT = 256

export class Lately<Answer> {
  readonly #clock: Clock
  readonly #kept = new Recent<string, { readonly answer: Answer; readonly atMs: number }>(
    LATELY_LIMIT_COUNT,
  )
  /** Counts what made all answers old. */
  #change = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What was answered within the limit, or what `work` answers now. */
  async answer(question: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = this.#kept.get(question)
    const ageMs = before === undefined ? Infinity : this.#clock() - before.atMs
    if (before !== undefined && ageMs >= 0 && ageMs < LATELY_LIMIT_MS) return before.answer
    const change = this.#change
    const atMs = this.#clock()
    const answer = await work()
    // What changed meanwhile may be in it or not.
    if (change === this.#change) this.#kept.put(question, { answer, atMs })
    return answer
  }

  /** Something changed of which answers are made. */
  forget(): void {
    this.#change += 1
    this.#kept.clear()
  }
}
