/**
 * Is this node's clock right? Peers say what time it is when they begin to reconcile; the middle of what
 * several of them say is compared with the own clock. Nothing is done about it but to tell the operator,
 * and no peer is believed alone.
 *
 * Where this node has dialled enough of them, only those count: anybody can dial in.
 */
import type { Clock } from '../base/clock.ts'
import { durationText } from '../base/duration.ts'
import { HOUR_MS, SECOND_MS } from '../base/units.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../records/verified.ts'

/** Peers that must have said the time. */
export const CLOCKS_LEAST_COUNT = 2
/** Peers whose word is kept. */
export const CLOCKS_LIMIT_COUNT = 64
/** How long a peer's word counts. */
const WORD_LIFETIME_MS = 2 * HOUR_MS
/** By how much what a peer says may be late. */
const LATENESS_LIMIT_MS = 5 * SECOND_MS
/** This clock was set, or the machine slept, when the two clocks of it differ by more. */
const JUMP_LIMIT_MS = 30 * SECOND_MS

interface Word {
  /** The peer's clock less this one. */
  readonly skewMs: number
  readonly wallMs: number
  readonly steadyMs: number
}

export interface ClockState {
  /** How far this clock is ahead of the peers' (behind: negative); `undefined` when too few said. */
  readonly aheadMs: number | undefined
  /** Peers that it is compared with. */
  readonly peerCount: number
}

export interface PeerClocksDeps {
  readonly clock: Clock
  /** Those connected; `group` is one for peers that may well be one owner's. */
  readonly peers: () => readonly {
    readonly peerId: string
    readonly isChosen: boolean
    readonly group: string
  }[]
  /** The clock has turned out to be wrong. */
  readonly onWrong: (sentence: string) => void
  /** Never goes back. */
  readonly steadyMs?: () => number
}

export class PeerClocks {
  readonly #deps: PeerClocksDeps
  readonly #steadyMs: () => number
  readonly #words = new Map<string, Word>()
  #wasWrong = false

  constructor(deps: PeerClocksDeps) {
    this.#deps = deps
    this.#steadyMs = deps.steadyMs ?? (() => performance.now())
  }

  /** A connected peer said the time just now. */
  told(peer: string, skewMs: number): void {
    this.#words.delete(peer)
    this.#words.set(peer, { skewMs, wallMs: this.#deps.clock(), steadyMs: this.#steadyMs() })
    const [oldest] = this.#words.keys()
    if (this.#words.size > CLOCKS_LIMIT_COUNT && oldest !== undefined) this.#words.delete(oldest)
    const sentence = this.wrong
    if (sentence !== undefined && !this.#wasWrong) this.#deps.onWrong(sentence)
    this.#wasWrong = sentence !== undefined
  }

  gone(peer: string): void {
    this.#words.delete(peer)
  }

  get state(): ClockState {
    const skews = this.#skews()
    const middle = middleOf(skews)
    // Less nothing is nothing, and not minus nothing.
    const aheadMs = middle === undefined ? undefined : 0 - middle
    return { aheadMs, peerCount: skews.length }
  }

  /** A sentence when the clock is wrong by more than honest clocks may differ. */
  get wrong(): string | undefined {
    const { aheadMs, peerCount } = this.state
    if (aheadMs === undefined || !isFar(aheadMs)) return undefined
    const [where, so] =
      aheadMs > 0
        ? ['ahead', 'Others refuse what this node signs.']
        : ['behind', 'This node refuses what others sign.']
    const length = durationText(Math.abs(aheadMs))
    return `The clock of this machine looks wrong: ${length} ${where} of what ${peerCount} peers say. ${so}`
  }

  /** What can be said of a clock that differs from the one that said the time: no more than that. */
  get doubt(): string | undefined {
    const [skewMs, ...others] = this.#skews()
    if (skewMs === undefined || others.length > 0 || !isFar(skewMs)) return undefined
    const length = durationText(Math.abs(skewMs))
    return `it is ${length} ${skewMs < 0 ? 'ahead' : 'behind'} of its one peer’s: one of the two is wrong`
  }

  /** One for each group of peers: the one nearest to this clock. */
  #skews(): readonly number[] {
    const present = this.#deps.peers().flatMap((peer) => {
      const word = this.#words.get(peer.peerId)
      return word === undefined || !this.#counts(word) ? [] : [{ ...peer, skewMs: word.skewMs }]
    })
    const chosen = nearestOfGroups(present.filter(({ isChosen }) => isChosen))
    return chosen.length >= CLOCKS_LEAST_COUNT ? chosen : nearestOfGroups(present)
  }

  #counts({ wallMs, steadyMs }: Word): boolean {
    const ageMs = this.#steadyMs() - steadyMs
    const jumpMs = Math.abs(this.#deps.clock() - wallMs - ageMs)
    return ageMs <= WORD_LIFETIME_MS && jumpMs <= JUMP_LIMIT_MS
  }
}

/** Further than honest clocks may differ, however late the answer was. */
function isFar(skewMs: number): boolean {
  return Math.abs(skewMs) > CLOCK_SKEW_LIMIT_MS + LATENESS_LIMIT_MS
}

function nearestOfGroups(
  words: readonly { readonly group: string; readonly skewMs: number }[],
): readonly number[] {
  const byGroup = new Map<string, number>()
  for (const { group, skewMs } of words) {
    const before = byGroup.get(group)
    if (before === undefined || Math.abs(skewMs) < Math.abs(before)) byGroup.set(group, skewMs)
  }
  return [...byGroup.values()]
}

/** The median; of an even number the middle one nearer to nothing, and nothing when they disagree. */
function middleOf(skews: readonly number[]): number | undefined {
  if (skews.length < CLOCKS_LEAST_COUNT) return undefined
  const sorted = skews.toSorted((a, b) => a - b)
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const high = sorted[Math.floor(sorted.length / 2)] ?? 0
  if (Math.sign(low) !== Math.sign(high)) return 0
  return Math.abs(low) < Math.abs(high) ? low : high
}
