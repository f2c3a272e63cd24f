/**
 * Back-pressure: at most so many inside at once, of all sources and of each; the rest wait, and the
 * sources take turns, so that the one that sends most does not make the others wait for all of it.
 * Some places are kept for sources that have few inside: whoever sends little finds one.
 *
 * Arrival may be delayed here, for views would not converge if it were refused. Only a source that
 * lets more wait than the limit is turned away: those that the node speaks to wait for their answers
 * long before.
 */
export interface GateLimits {
  /** Inside at a time, all sources together. */
  readonly inAll: number
  readonly perSource: number
  /** Of the places in all, those kept for sources with no more inside than `light`. */
  readonly reserved: number
  /** A source with fewer inside takes one of the reserved places. */
  readonly light: number
  readonly waitingPerSource: number
}

/** One source: what of it is inside, and what waits. */
export interface Line {
  readonly source: string
  inside: number
  readonly waiting: (() => void)[]
  /** It waits for its turn; a line whose own limit is reached waits for itself. */
  isInTurn: boolean
}

export class Gate {
  readonly #limits: GateLimits
  /** A source with nothing inside and nothing waiting has no line. */
  readonly #lines = new Map<string, Line>()
  /** Lines that wait for a place, in the order of their turns. */
  readonly #turns: Line[] = []
  readonly #onEmpty: (() => void)[] = []
  #inside = 0
  #waiting = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  get load(): number {
    return this.#inside + this.#waiting
  }

  /** Sources with something inside or waiting. */
  get sourceCount(): number {
    return this.#lines.size
  }

  /** What of a source is inside. */
  insideOf(source: string): number {
    return this.#lines.get(source)?.inside ?? 0
  }

  /** Does the work in its turn; `undefined` when too much of this source waits already. */
  async through<T>(source: string, work: () => Promise<T>): Promise<T | undefined> {
    const line = this.#lineOf(source)
    if (this.#mayEnter(line)) {
      this.#inside++
      line.inside++
    } else {
      if (line.waiting.length >= this.#limits.waitingPerSource) return undefined
      await new Promise<void>((enter) => {
        this.#waiting++
        line.waiting.push(enter)
        this.#lineUp(line)
      })
    }
    try {
      return await work()
    } finally {
      this.#leave(line)
    }
  }

  /** Resolves when nobody is inside and nobody waits. */
  async empty(): Promise<void> {
    if (this.load === 0) return
    await new Promise<void>((done) => {
      this.#onEmpty.push(done)
    })
  }

  #mayEnter({ inside }: Line): boolean {
    const { inAll, perSource, reserved, light } = this.#limits
    const places = inside < light ? inAll : inAll - reserved
    return this.#inside < places && inside < perSource
  }

  #lineOf(source: string): Line {
    const present = this.#lines.get(source)
    if (present !== undefined) return present
    const line: Line = { source, inside: 0, waiting: [], isInTurn: false }
    this.#lines.set(source, line)
    return line
  }

  #leave(line: Line): void {
    this.#inside--
    line.inside--
    this.#lineUp(line)
    this.#admit()
    if (line.inside === 0 && line.waiting.length === 0) this.#lines.delete(line.source)
    if (this.load === 0) for (const done of this.#onEmpty.splice(0)) done()
  }

  #lineUp(line: Line): void {
    const mayEnter = line.waiting.length > 0 && line.inside < this.#limits.perSource
    if (line.isInTurn || !mayEnter) return
    line.isInTurn = true
    this.#turns.push(line)
  }

  /** One of each line in turn, for as long as there is room for one of them. */
  #admit(): void {
    while (this.#inside < this.#limits.inAll) {
      const at = this.#turns.findIndex((line) => this.#mayEnter(line))
      const [line] = at === -1 ? [] : this.#turns.splice(at, 1)
      if (line === undefined) return
      line.isInTurn = false
      const enter = line.waiting.shift()
      if (enter === undefined) continue
      this.#waiting--
      this.#inside++
      line.inside++
      this.#lineUp(line)
      enter()
    }
  }
}
