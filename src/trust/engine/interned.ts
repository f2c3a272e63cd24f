/** Few texts that many things have, as numbers from 1 on, for as long as somebody has them. */

interface Kept {
  readonly number: number
  readonly text: string
  holders: number
}

export class InternedTexts {
  readonly #byText = new Map<string, Kept>()
  readonly #byNumber: (Kept | undefined)[] = [undefined]
  readonly #free: number[] = []

  /** The text's number, for one more holder. */
  take(text: string): number {
    const known = this.#byText.get(text)
    if (known !== undefined) {
      known.holders++
      return known.number
    }
    const number = this.#free.pop() ?? this.#byNumber.length
    const kept = { number, text, holders: 1 }
    this.#byText.set(text, kept)
    this.#byNumber[number] = kept
    return number
  }

  /** The text's number, or 0 when nobody has it. */
  find(text: string): number {
    return this.#byText.get(text)?.number ?? 0
  }

  /** @throws {RangeError} for a number that nobody holds. */
  text(number: number): string {
    return this.#keptAt(number).text
  }

  /** One holder less; after the last the number may come to stand for another text. */
  release(number: number): void {
    const kept = this.#keptAt(number)
    kept.holders--
    if (kept.holders > 0) return
    this.#byText.delete(kept.text)
    this.#byNumber[number] = undefined
    this.#free.push(number)
  }

  #keptAt(number: number): Kept {
    const kept = this.#byNumber[number]
    if (kept === undefined) throw new RangeError(`no text has number ${number}`)
    return kept
  }
}
