/**
 * Voices as numbers: each is one observer about one subject, with its place in the chains of both, of
 * what it says and of its subject's latest. 52 bytes each; most say one thing only, once.
 */
import { PagedRecords } from './paged.ts'

/** The record of a voice, in whole numbers; what names another voice counts from 1. */
const OBSERVER = 0
const SUBJECT = 1
/** In parts of ONE. */
const STANDING = 2
const BITS = 3
/** Its only outcome, {@link MANY} for several, {@link NONE} for none yet. */
const OUTCOME = 4
/** In its subject's heap of the latest. */
const PLACE = 5
const NEXT_OF_SUBJECT = 6
const BEFORE_OF_SUBJECT = 7
const NEXT_OF_OBSERVER = 8
const BEFORE_OF_OBSERVER = 9
const NEXT_OF_CHAIN = 10
const VOICE_DOUBLES = 6

const IS_THERE = 1
const IS_COUNTED = 2
const IS_CAPPED = 4

export const NONE = -1
export const MANY = -2

const FIRST_CHAINS = 64
/** Chains are doubled when they have this many voices each, on average. */
const CHAIN_COUNT = 2

/** Of each observer its first voice, counted from 1, and what its word is worth. */
const FIRST_VOICE = 0
const HELD = 1

export class VoiceTable {
  /** How many voices there are. */
  size = 0
  readonly #voices = new PagedRecords(VOICE_DOUBLES)
  readonly #observers = new PagedRecords(1)
  #end = 0
  readonly #free: number[] = []
  #chains = new Int32Array(FIRST_CHAINS)

  /** The voice of an observer about a subject, or -1. */
  find(observer: number, subject: number): number {
    const chain = chainOf(observer, subject, this.#chains.length)
    let voice = (this.#chains[chain] ?? 0) - 1
    while (voice >= 0 && !this.#isOf(voice, observer, subject)) {
      voice = this.#voices.int(voice, NEXT_OF_CHAIN) - 1
    }
    return voice
  }

  /**
   * A voice that says nothing yet.
   *
   * @param next  The first of the subject's voices so far, or -1: this one goes before it.
   */
  add(observer: number, subject: number, next: number): number {
    const voice = this.#free.pop() ?? this.#end++
    const voices = this.#voices
    voices.setInt(voice, OBSERVER, observer)
    voices.setInt(voice, SUBJECT, subject)
    voices.setInt(voice, STANDING, 0)
    voices.setInt(voice, BITS, IS_THERE)
    voices.setInt(voice, OUTCOME, NONE)
    voices.setInt(voice, NEXT_OF_SUBJECT, next + 1)
    voices.setInt(voice, BEFORE_OF_SUBJECT, 0)
    if (next >= 0) voices.setInt(next, BEFORE_OF_SUBJECT, voice + 1)
    const other = this.firstOf(observer)
    voices.setInt(voice, NEXT_OF_OBSERVER, other + 1)
    voices.setInt(voice, BEFORE_OF_OBSERVER, 0)
    if (other >= 0) voices.setInt(other, BEFORE_OF_OBSERVER, voice + 1)
    this.#observers.setInt(observer, FIRST_VOICE, voice + 1)
    this.size++
    if (this.size > CHAIN_COUNT * this.#chains.length) this.#lengthen()
    else this.#link(voice)
    return voice
  }

  remove(voice: number): void {
    const voices = this.#voices
    const next = voices.int(voice, NEXT_OF_SUBJECT)
    const before = voices.int(voice, BEFORE_OF_SUBJECT)
    if (next > 0) voices.setInt(next - 1, BEFORE_OF_SUBJECT, before)
    if (before > 0) voices.setInt(before - 1, NEXT_OF_SUBJECT, next)
    const nextOfObserver = voices.int(voice, NEXT_OF_OBSERVER)
    const beforeOfObserver = voices.int(voice, BEFORE_OF_OBSERVER)
    if (nextOfObserver > 0) voices.setInt(nextOfObserver - 1, BEFORE_OF_OBSERVER, beforeOfObserver)
    if (beforeOfObserver > 0) voices.setInt(beforeOfObserver - 1, NEXT_OF_OBSERVER, nextOfObserver)
    else this.#observers.setInt(this.observerOf(voice), FIRST_VOICE, nextOfObserver)
    this.#unlink(voice)
    voices.setInt(voice, BITS, 0)
    this.#free.push(voice)
    this.size--
  }

  observerOf(voice: number): number {
    return this.#voices.int(voice, OBSERVER)
  }

  subjectOf(voice: number): number {
    return this.#voices.int(voice, SUBJECT)
  }

  standingOf(voice: number): number {
    return this.#voices.int(voice, STANDING)
  }

  setStanding(voice: number, standing: number): void {
    this.#voices.setInt(voice, STANDING, standing)
  }

  isCounted(voice: number): boolean {
    return (this.#voices.int(voice, BITS) & IS_COUNTED) !== 0
  }

  isCapped(voice: number): boolean {
    return (this.#voices.int(voice, BITS) & IS_CAPPED) !== 0
  }

  /** Whether it counts, and if so whether it is held at the quota. */
  setCounted(voice: number, isCounted: boolean, isCapped: boolean): void {
    const bits = IS_THERE | (isCounted ? IS_COUNTED : 0) | (isCapped ? IS_CAPPED : 0)
    this.#voices.setInt(voice, BITS, bits)
  }

  /** Its only outcome, {@link MANY} or {@link NONE}. */
  outcomeOf(voice: number): number {
    return this.#voices.int(voice, OUTCOME)
  }

  setOutcome(voice: number, outcome: number): void {
    this.#voices.setInt(voice, OUTCOME, outcome)
  }

  placeOf(voice: number): number {
    return this.#voices.int(voice, PLACE)
  }

  setPlace(voice: number, place: number): void {
    this.#voices.setInt(voice, PLACE, place)
  }

  /** The next one about the same subject, or -1. */
  nextAbout(voice: number): number {
    return this.#voices.int(voice, NEXT_OF_SUBJECT) - 1
  }

  /** The first voice of an observer, or -1. */
  firstOf(observer: number): number {
    return this.#observers.int(observer, FIRST_VOICE) - 1
  }

  /** The next one of the same observer, or -1. */
  nextOf(voice: number): number {
    return this.#voices.int(voice, NEXT_OF_OBSERVER) - 1
  }

  /** What an observer's word is worth, in parts of ONE. */
  heldBy(observer: number): number {
    return this.#observers.int(observer, HELD)
  }

  setHeldBy(observer: number, held: number): void {
    if (held !== this.heldBy(observer)) this.#observers.setInt(observer, HELD, held)
  }

  #isOf(voice: number, observer: number, subject: number): boolean {
    return this.observerOf(voice) === observer && this.subjectOf(voice) === subject
  }

  #chainOf(voice: number): number {
    return chainOf(this.observerOf(voice), this.subjectOf(voice), this.#chains.length)
  }

  #link(voice: number): void {
    const chain = this.#chainOf(voice)
    this.#voices.setInt(voice, NEXT_OF_CHAIN, this.#chains[chain] ?? 0)
    this.#chains[chain] = voice + 1
  }

  #unlink(voice: number): void {
    const chain = this.#chainOf(voice)
    const next = this.#voices.int(voice, NEXT_OF_CHAIN)
    let at = (this.#chains[chain] ?? 0) - 1
    if (at === voice) {
      this.#chains[chain] = next
      return
    }
    while (this.#voices.int(at, NEXT_OF_CHAIN) - 1 !== voice) {
      at = this.#voices.int(at, NEXT_OF_CHAIN) - 1
    }
    this.#voices.setInt(at, NEXT_OF_CHAIN, next)
  }

  #lengthen(): void {
    this.#chains = new Int32Array(2 * this.#chains.length)
    for (let voice = 0; voice < this.#end; voice++) {
      if ((this.#voices.int(voice, BITS) & IS_THERE) !== 0) this.#link(voice)
    }
  }
}

/** @param count  A power of two. Source of the mixing: the finaliser of MurmurHash3. */
function chainOf(observer: number, subject: number, count: number): number {
  let hash = Math.imul(observer, 0x9e3779b1) ^ subject
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) & (count - 1)
}
