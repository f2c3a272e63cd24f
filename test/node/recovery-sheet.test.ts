import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didOf } from '../../src/identity/did.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import {
  genesisSeed,
  parseSheet,
  recoverySeed,
  rotationSeed,
  SHEET_LIMIT_CHARS,
  sheetPage,
  sheetText,
} from '../../src/node/recovery-sheet.ts'

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
/** A check of 20 bits misses one slip in a million: the seed is fixed, so that none is drawn. */
const FIXED = { seed: 20_261_123 }

const DID = 'did:aip:c196ab2f3d0e4b5a69788796a5b4c370'

function hex(seed: Uint8Array): string {
  return Buffer.from(seed).toString('hex')
}

function secretIn(text: string): Uint8Array | undefined {
  const sheet = parseSheet(text)
  return typeof sheet === 'string' ? undefined : sheet.secret
}

const EXAMPLE = {
  text: 'a4dq-obyh-a4dq-obyh-a4dq-obyh-a4dq-obyh-a4dq-obyh-a4dq-obyh-a4dq-zlzl',
  rotation: 'afebc24299410d8b0a115e4e0df6340457c8bacbb39dd193710fafdb890f72c4',
  later: 'b1ee7129929452dc5e87989cac5e7eb0900c0cb36272a97f7f446dde89235500',
  recovery: 'ccff76c6d53d4b2a502d930bc50d784a1c1b8ece9718c4c303726dbca0e6ffc9',
  genesis: '079d51604e51e42802c0e8f6f5c0f8bc58d068c39a6d8a9b8d6b05e25ca8a517',
}

describe('a recovery sheet', () => {
  test('spells its secret in fourteen groups of four', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = sheetText(secret)
        expect(text).toMatch(/^(?:[a-z2-7]{4}-){13}[a-z2-7]{4}$/)
        expect(secretIn(text)).toEqual(secret)
      }),
    )
  })

  test('is read in capitals, in lines, and without its dashes', () => {
    const secret = new Uint8Array(32).fill(0xa5)
    const text = sheetText(secret)
    expect(secretIn(text.toUpperCase())).toEqual(secret)
    expect(secretIn(text.replaceAll('-', ''))).toEqual(secret)
    expect(secretIn(`  ${text.replaceAll('-', '\n')}\n`)).toEqual(secret)
  })

  test('with one wrong letter is noticed, wherever it is', () => {
    const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567')
    fc.assert(
      fc.property(secrets, fc.nat({ max: 55 }), letters, (secret, place, letter) => {
        const plain = sheetText(secret).replaceAll('-', '')
        fc.pre(plain[place] !== letter)
        expect(secretIn(plain.slice(0, place) + letter + plain.slice(place + 1))).toBeUndefined()
      }),
      { ...FIXED, numRuns: 2_000 },
    )
  })

  test('with two neighbours swapped is noticed', () => {
    fc.assert(
      fc.property(secrets, fc.nat({ max: 54 }), (secret, place) => {
        const plain = sheetText(secret).replaceAll('-', '')
        const [one = '', two = ''] = plain.slice(place, place + 2)
        fc.pre(one !== two)
        const swapped = plain.slice(0, place) + two + one + plain.slice(place + 2)
        expect(secretIn(swapped)).toBeUndefined()
      }),
      { ...FIXED, numRuns: 500 },
    )
  })

  test.each(['', 'abcd', '0189', 'a'.repeat(57), '!'.repeat(56)])('is not %j', (text) => {
    expect(secretIn(text)).toBeUndefined()
  })

  test('leads to a key for each rotation and each recovery, none of them twice', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const places = [0, 1, 2, 19]
        const all = [
          secret,
          genesisSeed(secret),
          ...places.map((generation) => recoverySeed(secret, generation)),
          ...places.flatMap((one) => places.map((other) => rotationSeed(secret, one, other))),
        ]
        expect(new Set(all.map((seed) => Buffer.from(seed).toString('hex'))).size).toBe(all.length)
      }),
    )
  })

  /** Made once with another implementation of RFC 5869, and written down in the specification. */
  test('leads to the keys of the specification', () => {
    const secret = new Uint8Array(32).fill(7)
    expect(sheetText(secret)).toBe(EXAMPLE.text)
    expect(hex(rotationSeed(secret, 0, 1))).toBe(EXAMPLE.rotation)
    expect(hex(rotationSeed(secret, 2, 3))).toBe(EXAMPLE.later)
    expect(hex(recoverySeed(secret, 1))).toBe(EXAMPLE.recovery)
    expect(hex(genesisSeed(secret))).toBe(EXAMPLE.genesis)
  })

  test('is of 32 bytes, no more and no fewer', () => {
    expect(() => sheetText(new Uint8Array(31))).toThrow(RangeError)
    expect(() => sheetText(new Uint8Array(33))).toThrow(RangeError)
  })
})

describe('the page of a sheet', () => {
  const secret = new Uint8Array(32).fill(9)
  const page = sheetPage({ did: DID, secret, hasColdRoot: false })

  test('says whose it is and what to do with it, and is read back', () => {
    expect(page).toContain(sheetText(secret))
    expect(page).toMatch(/away from the machine/)
    expect(parseSheet(page)).toEqual({ secret, did: DID })
    expect(parseSheet(page.replaceAll('\n', '\r\n').toUpperCase())).toEqual({ secret, did: DID })
    expect(Math.max(...page.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  })

  test.each([
    ['its DID is cut', (text: string) => text.replace(DID, DID.slice(0, -1))],
    ['its DID is gone', (text: string) => text.replace(/^did.*$/m, '')],
    ['its secret is gone', (text: string) => text.replace(/^secret.*$/m, '')],
    ['it is longer than any', (text: string) => text + ' '.repeat(SHEET_LIMIT_CHARS)],
  ])('is refused when %s', (_, change) => {
    expect(parseSheet(change(page))).toBeTypeOf('string')
  })

  test('of a cold root is refused with the name of another', () => {
    const did = didOf(nativeSigner(genesisSeed(secret)).publicKey)
    const cold = sheetPage({ did, secret, hasColdRoot: true })
    expect(parseSheet(cold)).toEqual({ secret, did })
    expect(parseSheet(cold.replace(did, DID))).toBe('its DID and its secret do not belong together')
  })
})
