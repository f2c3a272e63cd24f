import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, textBytes } from '../../src/base/bytes.ts'
import {
  BUNDLE_ITEM_LIMIT_BYTES,
  BundleError,
  decodeBundle,
  encodeBundle,
  encodeBundleChunks,
} from '../../src/records/bundle.ts'
import type { BundleItem } from '../../src/records/bundle.ts'

async function all<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const seen: T[] = []
  for await (const value of values) seen.push(value)
  return seen
}

async function decode(chunks: Iterable<Uint8Array>): Promise<readonly BundleItem[]> {
  return all(decodeBundle(chunks))
}

async function fault(chunks: Iterable<Uint8Array>) {
  try {
    await decode(chunks)
    return undefined
  } catch (error) {
    if (error instanceof BundleError) return error.fault
    throw error
  }
}

const HEADER = textBytes('aip-bundle:v1\n')
const bytes = fc.uint8Array({ maxLength: 400 })

describe('bundles', () => {
  test('come back item by item, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { maxLength: 8 }),
        fc.array(bytes, { maxLength: 8 }),
        fc.array(fc.nat(300), { maxLength: 40 }),
        async (identities, records, cuts) => {
          const whole = encodeBundle({ identities, records })
          const chunks: Uint8Array[] = []
          let at = 0
          for (const size of cuts) {
            chunks.push(whole.subarray(at, at + size))
            at += size
          }
          chunks.push(whole.subarray(at))
          const items: BundleItem[] = [
            ...identities.map((each) => ({ kind: 'identity' as const, bytes: each })),
            ...records.map((each) => ({ kind: 'record' as const, bytes: each })),
          ]
          expect(await decode(chunks)).toEqual(items)
          expect(concatBytes(...(await all(encodeBundleChunks(items))))).toEqual(whole)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('are refused wherever they are cut short', async () => {
    const whole = encodeBundle({ identities: [new Uint8Array(3)], records: [new Uint8Array(200)] })
    for (let length = 0; length < whole.length; length++) {
      const expected = length < HEADER.length ? 'bundle/not-a-bundle' : 'bundle/cut-short'
      expect((await fault([whole.subarray(0, length)]))?.code).toBe(expected)
    }
    expect(await fault([whole])).toBeUndefined()
    expect((await fault([whole, Uint8Array.of(0)]))?.code).toBe('bundle/malformed')
    expect((await fault([concatBytes(whole, Uint8Array.of(0))]))?.code).toBe('bundle/malformed')
    expect(await fault([whole, new Uint8Array(0)])).toBeUndefined()
  })

  test('are told from other files at once', async () => {
    expect((await fault([textBytes('{"records":[]}')]))?.code).toBe('bundle/not-a-bundle')
    expect((await fault([]))?.code).toBe('bundle/not-a-bundle')
  })

  test.for([
    ['a length of zero', [0]],
    ['a length above the limit', [0x82, 0x80, 0x01, 2]],
    ['a length of four bytes', [0x80, 0x80, 0x80, 0x01]],
    ['a length with a second spelling', [0x81, 0x00, 2]],
    ['a kind that is unknown', [1, 3]],
    ['an end that counts wrong', [9, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['an end that is too short', [8, 0, 0, 0, 0, 0, 0, 0, 0]],
  ] as const)('are refused for %s', async ([, tail]) => {
    const damaged = concatBytes(HEADER, Uint8Array.from(tail))
    expect(await fault([damaged])).toEqual({ code: 'bundle/malformed', offset: HEADER.length })
  })

  test('hold items of up to 16 KiB', async () => {
    const largest = new Uint8Array(BUNDLE_ITEM_LIMIT_BYTES)
    expect(await decode([encodeBundle({ identities: [], records: [largest] })])).toHaveLength(1)
    const above = new Uint8Array(BUNDLE_ITEM_LIMIT_BYTES + 1)
    expect(() => encodeBundle({ identities: [], records: [above] })).toThrow(RangeError)
  })
})
