import { describe, expect, test } from 'vitest'
import { scryptSync, createDecipheriv } from 'node:crypto'
import {
  deriveBoxKey,
  newBoxKey,
  NONCE_BYTES,
  PASSPHRASE_LIMIT_CHARS,
  seal,
  TAG_BYTES,
  unseal,
} from '../../src/node/passphrase-box.ts'
import { faultOf } from './fault.ts'

const SALT = new Uint8Array(16).fill(3)
const KEY = { salt: SALT, key: new Uint8Array(32).fill(5) }
const PLAIN = Uint8Array.of(1, 2, 3, 4)
const CONTEXT = Uint8Array.of(9, 9)

describe('a box', () => {
  test('opens with its key and context', () => {
    expect(unseal(KEY, seal(KEY, PLAIN, CONTEXT), CONTEXT)).toEqual(PLAIN)
    expect(unseal(KEY, seal(KEY, new Uint8Array(), CONTEXT), CONTEXT)).toEqual(new Uint8Array())
  })

  test('stays shut when any one byte of it, of its nonce or of its context is another', () => {
    const box = seal(KEY, PLAIN, CONTEXT)
    for (let at = 0; at < box.bytes.length; at++) {
      expect(unseal(KEY, { ...box, bytes: flipped(box.bytes, at) }, CONTEXT)).toBeUndefined()
    }
    for (let at = 0; at < NONCE_BYTES; at++) {
      expect(unseal(KEY, { ...box, nonce: flipped(box.nonce, at) }, CONTEXT)).toBeUndefined()
    }
    expect(unseal(KEY, box, flipped(CONTEXT, 0))).toBeUndefined()
    expect(unseal(KEY, box, new Uint8Array())).toBeUndefined()
    expect(unseal({ ...KEY, key: flipped(KEY.key, 31) }, box, CONTEXT)).toBeUndefined()
  })

  test('that is cut short stays shut', () => {
    const box = seal(KEY, PLAIN, CONTEXT)
    for (let length = 0; length < box.bytes.length; length++) {
      expect(unseal(KEY, { ...box, bytes: box.bytes.slice(0, length) }, CONTEXT)).toBeUndefined()
    }
    expect(unseal(KEY, { ...box, nonce: box.nonce.slice(1) }, CONTEXT)).toBeUndefined()
  })

  test('has a nonce of its own each time', () => {
    const nonces = Array.from({ length: 64 }, () =>
      Buffer.from(seal(KEY, PLAIN, CONTEXT).nonce).toString('hex'),
    )
    expect(new Set(nonces).size).toBe(64)
  })

  test('is AES-256-GCM under scrypt with N = 2^17, r = 8, p = 1', async () => {
    const boxKey = await deriveBoxKey('correct horse', SALT)
    const cost = { N: 131_072, r: 8, p: 1, maxmem: 2 ** 28 }
    expect(Buffer.from(boxKey.key)).toEqual(scryptSync('correct horse', SALT, 32, cost))
    const { nonce, bytes } = seal(boxKey, PLAIN, CONTEXT)
    const decipher = createDecipheriv('aes-256-gcm', boxKey.key, nonce)
      .setAAD(CONTEXT)
      .setAuthTag(bytes.subarray(-TAG_BYTES))
    const opened = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()])
    expect(Uint8Array.from(opened)).toEqual(PLAIN)
  })

  test('takes a passphrase in either Unicode form as the same', async () => {
    const composed = await deriveBoxKey('caf\u00e9 caf\u00e9', SALT)
    expect(await deriveBoxKey('cafe\u0301 cafe\u0301', SALT)).toEqual(composed)
  })

  test('is made with a passphrase of 8 to 1,024 characters', async () => {
    for (const passphrase of ['', '1234567', 'x'.repeat(PASSPHRASE_LIMIT_CHARS + 1)]) {
      expect(await faultOf(newBoxKey(passphrase))).toMatchObject({ code: 'node/passphrase-weak' })
    }
    expect((await newBoxKey('12345678')).key).toHaveLength(32)
    expect((await newBoxKey('x'.repeat(PASSPHRASE_LIMIT_CHARS))).key).toHaveLength(32)
  })
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
