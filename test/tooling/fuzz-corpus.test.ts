import { statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Corpus, CORPUS_LIMIT_BYTES } from '../../scripts/sec/parts/fuzz/corpus.ts'
import { DECODERS } from '../../scripts/sec/parts/fuzz/decoders.ts'
import { Judge } from '../../scripts/sec/parts/fuzz/judge.ts'
import { Mutator } from '../../scripts/sec/parts/fuzz/mutator.ts'
import { Dice } from '../simulation/dice.ts'

const kept = Corpus.read().entries()

describe('the corpus of mutants', () => {
  test('is small, and has a mutant for every decoder that it names', () => {
    const file = new URL('../../scripts/sec/parts/fuzz/corpus.json', import.meta.url)
    expect(statSync(file).size).toBeLessThanOrEqual(CORPUS_LIMIT_BYTES)
    const names = new Set(DECODERS.map(({ name }) => name))
    expect(kept.filter(({ target }) => !names.has(target))).toEqual([])
    expect(kept.length).toBeGreaterThan(DECODERS.length)
  })

  test.each(DECODERS.map((target) => [target.name, target] as const))(
    '%s: each is refused as it was',
    async (name, target) => {
      const judge = await Judge.of(target)
      for (const { code, bytes } of kept.filter((entry) => entry.target === name)) {
        expect((await judge.judge(bytes)).verdict).toEqual({ kind: 'refused', code })
      }
      for (const seed of target.seeds) {
        const { verdict } = await judge.judge(seed)
        // Where nothing is returned, a sound input cannot be told from one that is silently refused.
        expect(['sound', 'refused']).toContain(verdict.kind)
      }
    },
  )
})

function stumbles(bytes: Uint8Array): undefined {
  if (bytes[2] === 4) throw new TypeError('unforeseen')
}

describe('the judge', () => {
  const seeds = [Uint8Array.of(1, 2, 3)]
  const other = Uint8Array.of(1, 2, 4)

  test('finds what was taken though nobody said it, and what has two spellings', async () => {
    const signed = await Judge.of({ name: 'x', seeds, attempt: (b) => ({ meaning: String(b) }) })
    expect((await signed.judge(other)).verdict.kind).toBe('accepted')
    const loose = await Judge.of({ name: 'x', seeds, attempt: () => ({ spelled: other }) })
    expect((await loose.judge(other)).verdict.kind).toBe('sound')
    expect((await loose.judge(Uint8Array.of(9))).verdict.kind).toBe('accepted')
  })

  test('finds an error without a code', async () => {
    const judge = await Judge.of({ name: 'x', seeds, attempt: stumbles })
    expect((await judge.judge(other)).verdict).toMatchObject({ kind: 'untyped' })
  })
})

function made(seed: number): Uint8Array[] {
  const mutator = new Mutator(new Dice(seed))
  const bytes = Uint8Array.from({ length: 40 }, (_, at) => at)
  return Array.from({ length: 200 }, () => mutator.mutant(bytes, [bytes]))
}

test('the same dice make the same mutants', () => {
  expect(made(1)).toEqual(made(1))
  expect(made(2)).not.toEqual(made(1))
})
