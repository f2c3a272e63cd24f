/**
 * How far journals were read, for a node that follows part of the network: once it follows more than
 * before, what it let pass in a journal may be wanted, so each is read anew.
 */
import type { Cursors } from '../../p2p/sync/session.ts'

export class GrowingCursors implements Cursors {
  readonly #cursors: Cursors
  readonly #read = new Set<string>()

  constructor(cursors: Cursors) {
    this.#cursors = cursors
  }

  grown(): void {
    this.#read.clear()
  }

  async get(peer: string): ReturnType<Cursors['get']> {
    return this.#read.has(peer) ? this.#cursors.get(peer) : undefined
  }

  async put(...[peer, cursor]: Parameters<Cursors['put']>): Promise<void> {
    this.#read.add(peer)
    await this.#cursors.put(peer, cursor)
  }
}
