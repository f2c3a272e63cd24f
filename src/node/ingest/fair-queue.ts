/**
 * A queue of several lines that take turns: of those that have something, one of each in turn, in the
 * order in which they began to wait. Within a line the first that came is the first that goes. So
 * whoever brings little does not wait for those who bring much.
 */
interface Line<Item> {
  readonly name: string
  readonly items: Item[]
  /** Of its items, how many have gone. */
  goneCount: number
}

/** Gone items of a line that are let go of at a time. */
const TRIM_COUNT = 256

export class FairQueue<Item> {
  readonly #lines = new Map<string, Line<Item>>()
  /** Lines with something in them, in the order of their turns. */
  #turns: Line<Item>[] = []
  /** Of the turns, how many are over. */
  #overCount = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(name: string, item: Item): void {
    this.#length++
    const present = this.#lines.get(name)
    if (present !== undefined) {
      present.items.push(item)
      return
    }
    const line = { name, items: [item], goneCount: 0 }
    this.#lines.set(name, line)
    this.#turns.push(line)
  }

  /** Of the line whose turn it is, the one that waited longest. */
  shift(): Item | undefined {
    const line = this.#turns[this.#overCount]
    if (line === undefined) return undefined
    this.#overCount++
    if (this.#overCount === this.#turns.length || this.#overCount === TRIM_COUNT) {
      this.#turns = this.#turns.slice(this.#overCount)
      this.#overCount = 0
    }
    const item = line.items[line.goneCount]
    line.goneCount++
    this.#length--
    if (line.goneCount === line.items.length) this.#lines.delete(line.name)
    else {
      if (line.goneCount === TRIM_COUNT) {
        line.items.splice(0, TRIM_COUNT)
        line.goneCount = 0
      }
      this.#turns.push(line)
    }
    return item
  }

  /** Everything, in the order of the turns. */
  takeAll(): Item[] {
    const items: Item[] = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item)
    return items
  }
}
