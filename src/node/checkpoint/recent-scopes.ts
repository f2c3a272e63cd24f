/** The scopes asked for last, and whether any was asked for since the last look. */
import { CHECKPOINT_SCOPES_LIMIT } from './checkpoint.ts'

export class RecentScopes {
  readonly #names: Set<string>
  #count = 0

  /** @param names  The one asked for last comes last. */
  constructor(names: readonly string[]) {
    this.#names = new Set(names)
  }

  /** The one asked for last comes last. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  /** How often any was asked for. */
  get count(): number {
    return this.#count
  }

  note(name: string): void {
    this.#count++
    this.#names.delete(name)
    this.#names.add(name)
    const [oldest] = this.#names
    if (this.#names.size > CHECKPOINT_SCOPES_LIMIT && oldest !== undefined) {
      this.#names.delete(oldest)
    }
  }
}
