/** Listens to a node's events and counts what it would not keep: refused at the door, or let go. */
import type { Actor } from '../../src/cli/demo/cast.ts'

export interface Refusals {
  /** By "via code": `sync record/quota`. */
  readonly refused: ReadonlyMap<string, number>
  /** Taken, and let go for a better one. */
  readonly evicted: number
}

const KINDS: ('record.rejected' | 'record.evicted')[] = ['record.rejected', 'record.evicted']

export class RefusalCounter implements Disposable {
  readonly #refused = new Map<string, number>()
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  #evicted = 0

  constructor(node: Actor) {
    this.#listening = this.#listen(node)
    // Thrown by `stop`, not when it happens.
    this.#listening.catch(() => undefined)
  }

  /** What was counted. @throws {ClientError} when the events broke off before. */
  async stop(): Promise<Refusals> {
    this.#closing.abort()
    await this.#listening
    return {
      refused: new Map([...this.#refused].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      evicted: this.#evicted,
    }
  }

  async #listen({ client }: Actor): Promise<void> {
    const { signal } = this.#closing
    for await (const { kind, data } of client.events({ kinds: KINDS, cursor: 0 }, { signal })) {
      if (kind === 'record.evicted') this.#evicted++
      else {
        const what = `${String(data['via'])} ${String(data['code'])}`
        this.#refused.set(what, (this.#refused.get(what) ?? 0) + 1)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
  }
}
