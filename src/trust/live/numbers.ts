/** Small numbers given out and taken back, so that what is counted by them stays dense. */
export class Numbers {
  #next = 0
  readonly #free: number[] = []

  take(): number {
    return this.#free.pop() ?? this.#next++
  }

  giveBack(number: number): void {
    this.#free.push(number)
  }
}
