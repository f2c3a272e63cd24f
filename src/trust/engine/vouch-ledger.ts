/**
 * Which of the vouches between two agents counts, as time passes: puts the one that goes before the
 * others into the graph, and the next one when its time is over or it is taken back.
 *
 * A vouch has a life, from its issue until its expiry or the first revocation that counts; whoever
 * learns of a revocation puts the vouch again with a shorter life. Of the millions of pairs most have
 * one vouch, which lies in the graph alone. Knows no clock: time comes in by `advance`, forwards only.
 * Specification: docs/spec/scoring.md, T2, T3 and T5; docs/spec/engine.md.
 */
import { DueHeap } from './due-heap.ts'
import { AGENTS_LIMIT } from './vouch-graph.ts'
import type { VouchGraph } from './vouch-graph.ts'

export interface VouchLife {
  /** The caller's number of the vouch, below 2^31. */
  readonly vouch: number
  readonly from: number
  readonly to: number
  /** Thousandths, 1..1000. */
  readonly level: number
  /** The first millisecond at which it counts. */
  readonly beginMs: number
  /** The first at which it does so no more. */
  readonly endMs: number
}

/**
 * T5: whether vouch `a` goes before vouch `b` of the same pair: own scope before general, then the
 * later issue, then the greater id. Asked only where a pair has several.
 */
export type GoesBefore = (a: number, b: number) => boolean

export class VouchLedger {
  readonly #graph: VouchGraph
  readonly #goesBefore: GoesBefore
  #nowMs: number
  /** Those whose time it is, behind the one that counts: no more than the caller has put. */
  readonly #shadows = new Map<number, VouchLife[]>()
  /** Those whose time is still to come, likewise. */
  readonly #waiting = new Map<number, VouchLife>()
  readonly #begins = new DueHeap()

  constructor(graph: VouchGraph, goesBefore: GoesBefore, nowMs: number) {
    this.#graph = graph
    this.#goesBefore = goesBefore
    this.#nowMs = nowMs
  }

  /** Takes a vouch in, in place of what was known under its number. */
  put(life: VouchLife): void {
    if (life.beginMs > this.#nowMs || life.endMs <= this.#nowMs) {
      this.remove(life)
      if (life.endMs <= Math.max(this.#nowMs, life.beginMs)) return
      this.#waiting.set(life.vouch, life)
      this.#begins.set(life.vouch, life.beginMs)
      return
    }
    this.#stopWaiting(life.vouch)
    this.#dropShadow(life)
    const edge = this.#graph.edge(life.from, life.to)
    if (edge === undefined || edge.vouch === life.vouch) {
      this.#graph.put(life.from, life.to, life)
    } else if (this.#goesBefore(life.vouch, edge.vouch)) {
      // T2: what counts now has begun; only its end is of interest.
      this.#addShadow({ ...edge, from: life.from, to: life.to, beginMs: this.#nowMs })
      this.#graph.put(life.from, life.to, life)
    } else this.#addShadow(life)
  }

  /** Forgets a vouch, whatever had become of it. */
  remove({ vouch, from, to }: Pick<VouchLife, 'vouch' | 'from' | 'to'>): void {
    this.#stopWaiting(vouch)
    if (this.#dropShadow({ vouch, from, to })) return
    if (this.#graph.edge(from, to)?.vouch === vouch) this.#replace(from, to)
  }

  /** When time next changes something; infinity for never. */
  get nextMs(): number {
    return Math.min(this.#graph.nextEndMs, this.#begins.nextDue)
  }

  /**
   * Lets time pass until `nowMs`.
   *
   * @param workLimit  How many vouches to look at, about; one agent's are looked at together.
   * @returns whether all is done; call again when not, before anything is read or put.
   * @throws {RangeError} when time goes backwards.
   */
  advance(nowMs: number, workLimit = Number.POSITIVE_INFINITY): boolean {
    if (nowMs < this.#nowMs) throw new RangeError(`time went back to ${nowMs}`)
    this.#nowMs = nowMs
    let work = 0
    while (this.#begins.nextDue <= nowMs) {
      if (work >= workLimit) return false
      work++
      const vouch = this.#begins.first
      const life = vouch === undefined ? undefined : this.#waiting.get(vouch)
      if (life !== undefined) this.put(life)
    }
    while (this.#graph.nextEndMs <= nowMs) {
      if (work >= workLimit) return false
      work += this.#graph.endSome(nowMs, (from, to) => this.#replace(from, to))
    }
    return true
  }

  /** Puts the next vouch of the pair in place of the one that counts, if there is one. */
  #replace(from: number, to: number): void {
    const pair = pairOf(from, to)
    const shadows = this.#shadows.get(pair)?.filter(({ endMs }) => endMs > this.#nowMs) ?? []
    let best: VouchLife | undefined
    for (const life of shadows) {
      if (best === undefined || this.#goesBefore(life.vouch, best.vouch)) best = life
    }
    this.#setShadows(
      pair,
      shadows.filter((life) => life !== best),
    )
    if (best === undefined) this.#graph.remove(from, to)
    else this.#graph.put(from, to, best)
  }

  #addShadow(life: VouchLife): void {
    const pair = pairOf(life.from, life.to)
    const others = this.#shadows.get(pair) ?? []
    this.#setShadows(pair, [...others.filter(({ endMs }) => endMs > this.#nowMs), life])
  }

  #dropShadow({ vouch, from, to }: Pick<VouchLife, 'vouch' | 'from' | 'to'>): boolean {
    const pair = pairOf(from, to)
    const shadows = this.#shadows.get(pair)
    if (shadows === undefined) return false
    const others = shadows.filter((life) => life.vouch !== vouch)
    this.#setShadows(pair, others)
    return others.length < shadows.length
  }

  #setShadows(pair: number, shadows: VouchLife[]): void {
    if (shadows.length === 0) this.#shadows.delete(pair)
    else this.#shadows.set(pair, shadows)
  }

  #stopWaiting(vouch: number): void {
    if (this.#waiting.delete(vouch)) this.#begins.remove(vouch)
  }
}

function pairOf(from: number, to: number): number {
  return from * AGENTS_LIMIT + to
}
