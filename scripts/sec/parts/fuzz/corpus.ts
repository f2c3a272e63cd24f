/**
 * The corpus that stays: for each decoder one mutant for every code that it refuses with, the shortest
 * that a run found. `npm run sec -- fuzz:frames --write yes` writes it; a test plays it back.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { KIB_BYTES } from '../../../../src/base/units.ts'

export const CORPUS_LIMIT_BYTES = 100 * KIB_BYTES
/** Longer mutants teach a reader nothing and fill the repository. */
const KEPT_LIMIT_BYTES = 1_024

const FILE = join(import.meta.dirname, 'corpus.json')

/** Target, code, bytes in base64. */
const CorpusFile = z.record(z.string(), z.record(z.string(), z.base64()))

export class Corpus {
  readonly #kept = new Map<string, Map<string, Uint8Array>>()

  static read(): Corpus {
    const corpus = new Corpus()
    const file = CorpusFile.parse(JSON.parse(readFileSync(FILE, 'utf8')))
    for (const [target, codes] of Object.entries(file)) {
      for (const [code, text] of Object.entries(codes)) {
        corpus.offer(target, code, Uint8Array.from(Buffer.from(text, 'base64')))
      }
    }
    return corpus
  }

  /** Keeps it if it is the first of its code, or shorter. */
  offer(target: string, code: string, bytes: Uint8Array): void {
    if (bytes.length > KEPT_LIMIT_BYTES) return
    const codes = this.#kept.get(target) ?? new Map<string, Uint8Array>()
    this.#kept.set(target, codes)
    const kept = codes.get(code)
    if (kept === undefined || bytes.length < kept.length) codes.set(code, bytes)
  }

  entries(): { readonly target: string; readonly code: string; readonly bytes: Uint8Array }[] {
    return [...this.#kept].flatMap(([target, codes]) =>
      [...codes].map(([code, bytes]) => ({ target, code, bytes })),
    )
  }

  write(): void {
    const file: Record<string, Record<string, string>> = {}
    const byName = this.entries().toSorted((a, b) =>
      a.target + a.code < b.target + b.code ? -1 : 1,
    )
    for (const { target, code, bytes } of byName) {
      const codes = (file[target] ??= {})
      codes[code] = Buffer.from(bytes).toString('base64')
    }
    const text = `${JSON.stringify(file, null, 2)}\n`
    if (text.length > CORPUS_LIMIT_BYTES) throw new RangeError(`a corpus of ${text.length} bytes`)
    writeFileSync(FILE, text)
  }
}
