/**
 * A disk that outlives the lives of its node, and the database on it as far as the store asks for one.
 *
 * Writes are seen at once or after a while; what was not synced may be gone after a crash, in the order of
 * writing: a synced write brings all before it to disk. What a crash catches on its way may be there or not.
 */
import type { Operation } from '../../../src/store/database.ts'
import type { Rows } from '../../../src/store/level.ts'
import type { Dice } from '../dice.ts'
import type { VirtualTime } from './time.ts'

type Row = [key: Uint8Array, value: Uint8Array]
type Table = Map<string, Row>

/** How long a synced write takes, at least and at most. */
const SYNC_MS = [1, 12] as const

interface Range {
  readonly gt?: Uint8Array
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
  readonly snapshot?: Snapshot
}

interface Snapshot {
  readonly rows: readonly (readonly [string, Row])[]
  close(): Promise<void>
}

export class SimulatedDisk {
  readonly #time: VirtualTime
  readonly #dice: Dice
  #durable: Table = new Map()
  /** Written, seen, and not synced yet. */
  #loose: (readonly Operation[])[] = []
  /** On their way to disk, nobody was told yet. */
  #underWay: (readonly Operation[])[] = []
  /** A defect that is planted: writes are acknowledged before they are synced. */
  readonly #lies: boolean

  constructor(time: VirtualTime, dice: Dice, lies: boolean) {
    this.#time = time
    this.#dice = dice
    this.#lies = lies
  }

  /** The power fails. */
  crash(): void {
    const survivors = this.#dice.below(this.#loose.length + 1)
    const isWhole = survivors === this.#loose.length
    const lost = this.#loose.splice(survivors)
    for (const operations of this.#loose) carryOut(this.#durable, operations)
    if (isWhole && lost.length === 0) {
      const arrived = this.#dice.below(this.#underWay.length + 1)
      for (const one of this.#underWay.slice(0, arrived)) carryOut(this.#durable, one)
    }
    this.#loose = []
    this.#underWay = []
  }

  /** The database as the disk has it. @param isNew  It is being made: with that no disk lies. */
  open(isNew = false): Rows {
    const table: Table = new Map(this.#durable)
    let sorted: (readonly [string, Row])[] | undefined
    const all = (): readonly (readonly [string, Row])[] =>
      (sorted ??= [...table].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const get = (key: Uint8Array): Uint8Array | undefined => table.get(text(key))?.[1]
    const show = (operations: readonly Operation[]): void => {
      carryOut(table, operations)
      sorted = undefined
    }
    const select = (range: Range): Row[] => selected(range.snapshot?.rows ?? all(), range)
    const level = {
      status: 'open',
      get: (key: Uint8Array) => Promise.resolve(get(key)),
      getSync: get,
      getMany: (keys: readonly Uint8Array[]) => Promise.resolve(keys.map(get)),
      batch: async (operations: readonly Operation[], { sync }: { readonly sync: boolean }) => {
        const copied = operations.map(copyOf)
        if (!sync || (this.#lies && !isNew)) {
          this.#loose.push(copied)
          show(copied)
          return
        }
        this.#underWay.push(copied)
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#time.after(this.#dice.between(...SYNC_MS), resolve)
        await promise
        this.#underWay.splice(this.#underWay.indexOf(copied), 1)
        for (const earlier of this.#loose.splice(0)) carryOut(this.#durable, earlier)
        carryOut(this.#durable, copied)
        show(copied)
      },
      snapshot: (): Snapshot => ({ rows: all(), close: async () => Promise.resolve() }),
      iterator: (range: Range) => slices(select(range)),
      keys: (range: Range) => slices(select(range).map(([key]) => key)),
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the store's own code calls
    return level as unknown as Rows
  }
}

function text(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}

function copyOf(one: Operation): Operation {
  const key = Uint8Array.from(one.key)
  return one.type === 'del'
    ? { type: 'del', key }
    : { type: 'put', key, value: Uint8Array.from(one.value) }
}

function carryOut(table: Table, operations: readonly Operation[]): void {
  for (const one of operations) {
    const name = text(one.key)
    if (one.type === 'del') table.delete(name)
    else table.set(name, [one.key, one.value])
  }
}

function bound(key: Uint8Array | undefined): string | undefined {
  return key === undefined ? undefined : text(key)
}

function selected(rows: readonly (readonly [string, Row])[], range: Range): Row[] {
  const [gt, gte, lt, lte] = [range.gt, range.gte, range.lt, range.lte].map(bound)
  const found: Row[] = []
  for (const [name, row] of rows) {
    if ((gt !== undefined && name <= gt) || (gte !== undefined && name < gte)) continue
    if ((lt !== undefined && name >= lt) || (lte !== undefined && name > lte)) continue
    found.push(row)
  }
  if (range.reverse === true) found.reverse()
  return range.limit === undefined || range.limit < 0 ? found : found.slice(0, range.limit)
}

function slices<T>(found: readonly T[]) {
  let at = 0
  return {
    nextv: async (size: number) => {
      const slice = found.slice(at, at + size)
      at += slice.length
      return Promise.resolve(slice)
    },
    all: async () => Promise.resolve(found),
    close: async () => Promise.resolve(),
  }
}
