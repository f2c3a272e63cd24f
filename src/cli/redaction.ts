/** Takes out of a report what names somebody or lets somebody in; the same is replaced by the same. */
import { isIP } from 'node:net'

const SECRET_NAME = /token|secret|passphrase|password|authorization|seed|private|preSharedKey/i
const PATTERNS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['agent', /did:aip:[0-9a-f]{32}/g],
  ['key', /did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}/g],
  ['peer', /12D3KooW[1-9A-HJ-NP-Za-km-z]{44}/g],
  ['ip', /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g],
  ['ip', /(?<![\w:])[0-9a-f:]{3,39}(?![\w:])/gi],
  ['host', /(?<=\/dns[46]?\/)[A-Za-z0-9.-]+/g],
  ['name', /(?<=\/home\/|\/Users\/)[^/\s"]+/g],
]
/** Addresses that are the same everywhere, and name nobody. */
const COMMON = new Set(['127.0.0.1', '0.0.0.0', '::1', '::'])

/** Digits and colons are times too. */
function isForeign(kind: string, found: string): boolean {
  return !COMMON.has(found) && (kind !== 'ip' || isIP(found) !== 0)
}

export class Redaction {
  readonly #standIns = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** Different things that were replaced so far. */
  get count(): number {
    return this.#standIns.size
  }

  /** A copy of anything JSON can say. */
  of(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((one) => this.of(one))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        this.text(name),
        SECRET_NAME.test(name) && typeof inner === 'string' && inner !== ''
          ? '[redacted]'
          : this.of(inner),
      ]),
    )
  }

  text(text: string): string {
    let left = text
    for (const [kind, pattern] of PATTERNS) {
      left = left.replace(pattern, (found) =>
        isForeign(kind, found) ? this.#standIn(kind, found) : found,
      )
    }
    return left
  }

  #standIn(kind: string, found: string): string {
    const known = this.#standIns.get(found)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    const standIn = `<${kind}-${count}>`
    this.#standIns.set(found, standIn)
    return standIn
  }
}
