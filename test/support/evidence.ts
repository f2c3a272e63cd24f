/** What a node holds and takes, for tests of the protocols that carry it: bytes in plain maps. */
import { sha256Hex } from '../../src/crypto/hash.ts'
import { textBytes } from '../../src/base/bytes.ts'
import { didFromBytes, type Did } from '../../src/identity/did.ts'
import type { EvidenceSource, IngestSink, Offered, Source } from '../../src/p2p/ports.ts'

export function didNumber(number: number): Did {
  return didFromBytes(Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? number : at)))
}

/** Different bytes for different names, `size` of them. A name that starts with "forged" is refused. */
export function recordBytes(name: string, size = 200): Uint8Array {
  const text = textBytes(`${name};`)
  const bytes = new Uint8Array(Math.max(size, text.length))
  bytes.set(text)
  return bytes
}

export function nameOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split(';', 1)[0] ?? ''
}

/** Holds what it is given. */
export class Holding implements EvidenceSource {
  readonly identities = new Map<Did, Uint8Array>()
  readonly records = new Map<Did, Uint8Array[]>()

  identity(did: Did): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.identities.get(did))
  }

  async *recordsOf(did: Did): AsyncIterable<Uint8Array> {
    yield* this.records.get(did) ?? []
  }
}

/** Takes everything but what is forged; remembers the order, and how many offers were open at once. */
export class Taking implements IngestSink {
  readonly taken: string[] = []
  readonly sources: Source[] = []
  mostAtOnce = 0
  /** Awaited before each answer. */
  before: (bytes: Uint8Array) => Promise<Offered | undefined> = () => Promise.resolve(undefined)
  readonly #known = new Set<string>()
  #open = 0

  offer(bytes: Uint8Array, source: Source): Promise<Offered> {
    return this.#offer(bytes, source)
  }

  offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered> {
    return this.#offer(bytes, source)
  }

  async #offer(bytes: Uint8Array, source: Source): Promise<Offered> {
    this.#open++
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open)
    this.sources.push(source)
    try {
      const answer = await this.before(bytes)
      if (answer !== undefined) return answer
      const name = nameOf(bytes)
      if (name.startsWith('forged')) return { kind: 'refused', code: 'record/signature-invalid' }
      const hash = sha256Hex(bytes)
      const fresh = !this.#known.has(hash)
      this.#known.add(hash)
      if (fresh) this.taken.push(name)
      return { kind: 'taken', fresh }
    } finally {
      this.#open--
    }
  }
}
