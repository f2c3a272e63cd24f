/** The vectors of records, read by the project and by a decoder that shares no code with it. */
import { describe, expect, test } from 'vitest'
import { attack } from '../../scripts/sec/decoders.ts'
import { compare, recordVectors } from '../../scripts/sec/parts/record-decoders.ts'

const vectors = recordVectors()

describe('records.json', () => {
  test('two decoders give the verdict that each vector names, and each code has one', async () => {
    const { figures, misses } = await attack.run({
      flags: {},
      seed: 1,
      progress: () => undefined,
    })
    expect(misses).toEqual([])
    expect(figures['vectors']).toBeGreaterThanOrEqual(200)
  })

  test('names are told apart, and so are the bytes', () => {
    const names = vectors.records.map(({ name, fault }) => `${fault ?? ''} ${name}`)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(vectors.records.map(({ bytes }) => bytes)).size).toBe(names.length)
  })

  test('a vector that names another code is seen, and so is a judge with another clock', () => {
    const [first] = vectors.records
    if (first === undefined) throw new Error('no vectors')
    const wrong = { ...vectors, records: [{ ...first, fault: 'record/malformed' }] }
    expect(compare(wrong).disagreements).toMatchObject([{ name: first.name }])
    const early = { ...vectors, now: vectors.now - 3_600_000, records: [first] }
    expect(compare(early).disagreements).toMatchObject([{ name: first.name }])
  })
})
