/** Listens to a node's events and counts what it would not keep: refused at the door, or let go. */
import type { Actor } from '../../src/cli/demo/cast.ts'
import { ClientError } from '../../src/sdk/error.ts'

export interface Refusals {
  /** By "via code": `catch-up record/quota`. */
  readonly refused: ReadonlyMap<string, number>
  /** Taken, and let go for a better one. */
  readonly evicted: number
}

const KINDS = ['record.rejected', 'record.evicted']

export class RefusalCounter implements AsyncDisposable {
  readonly #refused = new Map<string, number>()
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  #evicted = 0

  constructor(node: Actor) {
    this.#listening = this.#listen(node)
    // Said when the counter is closed.
    this.#listening.catch(() => undefined)
  }

  get found(): Refusals {
    return { refused: new Map([...this.#refused].toSorted(([a], [b]) => (a < b ? -1 : 1))), evicted: this.#evicted }
  }

  async #listen({ client }: Actor): Promise<void> {
    const { signal } = this.#closing
    try {
      for await (const { kind, data } of client.events({ kinds: KINDS, cursor: 0 }, { signal })) {
        if (kind === 'record.evicted') this.#evicted++
        else {
          const what = `${String(data['via'])} ${String(data['code'])}`
          this.#refused.set(what, (this.#refused.get(what) ?? 0) + 1)
        }
      }
    } catch (error) {
      if (!signal.aborted || !(error instanceof ClientError)) throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#listening
  }
}
