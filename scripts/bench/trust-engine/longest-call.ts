/** The call that held everything else up for the longest time. */
export class LongestCall {
  name = 'none'
  ms = 0

  time<Result>(name: string, call: () => Result): Result {
    const startMs = performance.now()
    const result = call()
    this.note(name, performance.now() - startMs)
    return result
  }

  note(name: string, ms: number): void {
    if (ms <= this.ms) return
    this.name = name
    this.ms = ms
  }
}
