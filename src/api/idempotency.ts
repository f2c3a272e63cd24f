/**
 * Answers to requests that carry an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the
 * same key and request again gets the answer of the first time, and is not done twice.
 *
 * Keys live in memory: a day at most, some thousands at most, and until the node ends.
 */
import type { Clock } from '../base/clock.ts'
import { DAY_MS } from '../base/units.ts'
import { ApiError } from './error.ts'

export const IDEMPOTENCY_KEY_LIMIT_COUNT = 4_096
export const IDEMPOTENCY_KEY_LIFE_MS = DAY_MS
export const IDEMPOTENCY_KEY_LIMIT_CHARS = 128

interface Entry {
  /** What was asked under the key. */
  readonly request: string
  readonly atMs: number
  readonly answer: Promise<unknown>
}

export class IdempotencyBook {
  readonly #clock: Clock
  /** The oldest comes first. */
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * The answer of `work`, or that of the first request under this key. What failed may be tried again
   * under the same key.
   *
   * @param bearer  Whose key it is: those of others are others.
   * @param request  What is asked, as text.
   * @throws {ApiError} `api/idempotency-key-reused` when the key stood for another request; what `work` throws.
   */
  async once(
    {
      bearer,
      key,
      request,
    }: { readonly bearer: string; readonly key: string; readonly request: string },
    work: () => Promise<unknown>,
  ): Promise<{ readonly answer: unknown; readonly isRepeated: boolean }> {
    const name = `${bearer} ${key}`
    this.#forgetOld()
    const first = this.#entries.get(name)
    if (first !== undefined) {
      if (first.request !== request) throw new ApiError({ code: 'api/idempotency-key-reused' })
      return { answer: await first.answer, isRepeated: true }
    }
    this.#makeRoom()
    const entry: Entry = { request, atMs: this.#clock(), answer: work() }
    this.#entries.set(name, entry)
    try {
      return { answer: await entry.answer, isRepeated: false }
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
      throw error
    }
  }

  #forgetOld(): void {
    const endMs = this.#clock() - IDEMPOTENCY_KEY_LIFE_MS
    for (const [name, { atMs }] of this.#entries) {
      if (atMs > endMs) return
      this.#entries.delete(name)
    }
  }

  #makeRoom(): void {
    if (this.#entries.size < IDEMPOTENCY_KEY_LIMIT_COUNT) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

/**
 * The key in the header's value, with the quotes of a structured string or without.
 *
 * @throws {ApiError} `api/idempotency-key-invalid`.
 */
export function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const text = typeof header === 'string' ? header.trim() : ''
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(key) || key.length > IDEMPOTENCY_KEY_LIMIT_CHARS) {
    throw new ApiError({
      code: 'api/idempotency-key-invalid',
      limitChars: IDEMPOTENCY_KEY_LIMIT_CHARS,
    })
  }
  return key
}
