/** What a mutant is given to, and what may come of it. */

/** What a decoder made of bytes. At least one of the two is there. */
export interface Taken {
  /** Of what somebody signed: all that it says. Only what the seeds say may ever be taken. */
  readonly meaning?: string
  /** Of what nobody signs: the bytes that say the same. They must be those that came. */
  readonly spelled?: Uint8Array
}

export interface Target {
  readonly name: string
  /** Sound inputs: each is taken as it is. */
  readonly seeds: readonly Uint8Array[]
  /** It gets text: bytes that are no UTF-8 reach it as U+FFFD. */
  readonly isText?: boolean
  /** Throws an `AipError` for what it refuses, or says `undefined` where refusing has no words. */
  readonly attempt: (bytes: Uint8Array) => Taken | undefined | Promise<Taken | undefined>
}
