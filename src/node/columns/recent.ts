/** What was used last, so many at most. */

export class Recent<Key, Value> {
  readonly #limit: number
  readonly #kept = new Map<Key, Value>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: Key): Value | undefined {
    const value = this.#kept.get(key)
    if (value === undefined || this.#kept.size < this.#limit) return value
    // To the end of the line; pointless while nobody has to go.
    this.#kept.delete(key)
    this.#kept.set(key, value)
    return value
  }

  put(key: Key, value: Value): void {
    this.#kept.delete(key)
    this.#kept.set(key, value)
    if (this.#kept.size <= this.#limit) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }

  delete(key: Key): void {
    this.#kept.delete(key)
  }

  clear(): void {
    this.#kept.clear()
  }

  entries(): IterableIterator<[Key, Value]> {
    return this.#kept.entries()
  }
}
