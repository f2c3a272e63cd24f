/**
 * The latest time among voices that count, while they come, change and go: a heap, latest first, that
 * knows where each of them stands. Times and places are the caller's, who keeps them for all heaps, as
 * each voice is in one of them at most.
 */

/** Whose voices stand in heaps. */
export interface Timed {
  /** A time that stays the same while the voice is in a heap. */
  latestMsOf(voice: number): number
  /** Counted from 1. */
  placeOf(voice: number): number
  setPlace(voice: number, place: number): void
}

export class LatestOf {
  readonly #voices: number[] = []

  /** Says that a voice which is in no heap counts here. */
  enter(voice: number, timed: Timed): void {
    this.#voices.push(voice)
    this.#rise(voice, this.#voices.length, timed)
  }

  /** Says that it counts no more; its time is still what it was. */
  leave(voice: number, timed: Timed): void {
    const place = timed.placeOf(voice)
    const last = this.#voices.pop()
    timed.setPlace(voice, 0)
    if (last === undefined || last === voice) return
    const atMs = timed.latestMsOf(last)
    if (place > 1 && this.#timeAt(place >> 1, timed) < atMs) this.#rise(last, place, timed)
    else this.#sink(last, place, timed)
  }

  /** `undefined` when nothing counts. */
  latestMs(timed: Timed): number | undefined {
    const [first] = this.#voices
    return first === undefined ? undefined : timed.latestMsOf(first)
  }

  #rise(voice: number, from: number, timed: Timed): void {
    const atMs = timed.latestMsOf(voice)
    let place = from
    while (place > 1 && this.#timeAt(place >> 1, timed) < atMs) {
      this.#stand(this.#at(place >> 1), place, timed)
      place >>= 1
    }
    this.#stand(voice, place, timed)
  }

  #sink(voice: number, from: number, timed: Timed): void {
    const atMs = timed.latestMsOf(voice)
    const count = this.#voices.length
    let place = from
    for (;;) {
      let below = 2 * place
      if (below > count) break
      if (below < count && this.#timeAt(below + 1, timed) > this.#timeAt(below, timed)) below++
      if (this.#timeAt(below, timed) <= atMs) break
      this.#stand(this.#at(below), place, timed)
      place = below
    }
    this.#stand(voice, place, timed)
  }

  #stand(voice: number, place: number, timed: Timed): void {
    this.#voices[place - 1] = voice
    timed.setPlace(voice, place)
  }

  #at(place: number): number {
    return this.#voices[place - 1] ?? 0
  }

  #timeAt(place: number, timed: Timed): number {
    return timed.latestMsOf(this.#at(place))
  }
}
