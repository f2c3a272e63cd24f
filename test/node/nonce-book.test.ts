import { expect, test } from 'vitest'
import { NodeError } from '../../src/node/error.ts'
import { NonceBook } from '../../src/node/nonce-book.ts'
import { challenge, OPENED_AT_MS } from '../support/challenge.ts'

function nonce(number: number): Uint8Array {
  return new Uint8Array(32).fill(number)
}

test('a nonce is used once, and known as used until its challenge has expired', () => {
  let nowMs = OPENED_AT_MS
  const book = new NonceBook(() => nowMs)
  book.open(nonce(1), challenge)
  expect(book.find(nonce(1))).toMatchObject({ used: false })
  expect(book.use(nonce(1))).toBe(true)
  expect(book.use(nonce(1))).toBe(false)
  expect(book.use(nonce(2))).toBe(false)
  nowMs = challenge.expiresAtMs - 1
  book.open(nonce(3), { ...challenge, expiresAtMs: nowMs + 30_000 })
  expect(book.find(nonce(1))).toMatchObject({ used: true })
  nowMs = challenge.expiresAtMs
  book.open(nonce(4), { ...challenge, expiresAtMs: nowMs + 30_000 })
  expect(book.find(nonce(1))).toBeUndefined()
  expect(book.size).toBe(2)
})

test('a full book refuses new nonces and forgets none, until some expire', () => {
  let nowMs = OPENED_AT_MS
  const book = new NonceBook(() => nowMs, 2)
  book.open(nonce(1), challenge)
  book.use(nonce(1))
  book.open(nonce(2), challenge)
  expect(() => book.open(nonce(3), challenge)).toThrow(NodeError)
  expect(book.use(nonce(1))).toBe(false)
  expect(book.use(nonce(2))).toBe(true)
  nowMs = challenge.expiresAtMs
  book.open(nonce(3), { ...challenge, expiresAtMs: nowMs + 30_000 })
  expect(book.size).toBe(1)
})
