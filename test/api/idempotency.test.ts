import { describe, expect, test } from 'vitest'
import {
  IDEMPOTENCY_KEY_LIFE_MS,
  IDEMPOTENCY_KEY_LIMIT_CHARS,
  IDEMPOTENCY_KEY_LIMIT_COUNT,
  IdempotencyBook,
  idempotencyKey,
} from '../../src/api/idempotency.ts'

const asked = { bearer: 'own', key: 'k', request: '["createVouch",{}]' }

function counting(): { readonly work: () => Promise<unknown>; count: number } {
  const state = {
    count: 0,
    work: async () => {
      state.count++
      return state.count
    },
  }
  return state
}

async function failing(): Promise<unknown> {
  throw new Error('the disk is full')
}

describe('a key', () => {
  test('does its work once, and gives the first answer again', async () => {
    const book = new IdempotencyBook(() => 0)
    const done = counting()
    expect(await book.once(asked, done.work)).toEqual({ answer: 1, isRepeated: false })
    expect(await book.once(asked, done.work)).toEqual({ answer: 1, isRepeated: true })
    expect(done.count).toBe(1)
  })

  test('holds for requests under way at once', async () => {
    const book = new IdempotencyBook(() => 0)
    const done = counting()
    const both = await Promise.all([book.once(asked, done.work), book.once(asked, done.work)])
    expect(both.map(({ answer }) => answer)).toEqual([1, 1])
  })

  test('is one of its bearer alone', async () => {
    const book = new IdempotencyBook(() => 0)
    const done = counting()
    await book.once(asked, done.work)
    await book.once({ ...asked, bearer: 'token:0123456789ab' }, done.work)
    expect(done.count).toBe(2)
  })

  test('stands for one request', async () => {
    const book = new IdempotencyBook(() => 0)
    await book.once(asked, counting().work)
    await expect(book.once({ ...asked, request: '[]' }, counting().work)).rejects.toMatchObject({
      fault: { code: 'api/idempotency-key-reused' },
    })
  })

  test('is free again after a failure', async () => {
    const book = new IdempotencyBook(() => 0)
    await expect(book.once(asked, failing)).rejects.toThrow('the disk is full')
    expect(await book.once(asked, counting().work)).toEqual({ answer: 1, isRepeated: false })
  })

  test('is remembered for its time and no longer', async () => {
    let nowMs = 0
    const book = new IdempotencyBook(() => nowMs)
    const done = counting()
    await book.once(asked, done.work)
    nowMs = IDEMPOTENCY_KEY_LIFE_MS - 1
    await book.once(asked, done.work)
    expect(done.count).toBe(1)
    nowMs = IDEMPOTENCY_KEY_LIFE_MS
    await book.once(asked, done.work)
    expect(done.count).toBe(2)
  })

  test('makes room for the newest', async () => {
    const book = new IdempotencyBook(() => 0)
    const done = counting()
    for (let at = 0; at < IDEMPOTENCY_KEY_LIMIT_COUNT; at++) {
      await book.once({ ...asked, key: String(at) }, done.work)
    }
    // A repeated one needs no room, the oldest least of all.
    await book.once({ ...asked, key: '0' }, done.work)
    expect(done.count).toBe(IDEMPOTENCY_KEY_LIMIT_COUNT)
    await book.once({ ...asked, key: 'new' }, done.work)
    await book.once({ ...asked, key: '1' }, done.work)
    expect(done.count).toBe(IDEMPOTENCY_KEY_LIMIT_COUNT + 1)
    await book.once({ ...asked, key: '0' }, done.work)
    expect(done.count).toBe(IDEMPOTENCY_KEY_LIMIT_COUNT + 2)
  })
})

describe('the header', () => {
  test.each([
    ['absent', undefined, undefined],
    ['bare', 'abc-1', 'abc-1'],
    ['as a structured string', '"abc-1"', 'abc-1'],
    ['as long as can be', 'a'.repeat(IDEMPOTENCY_KEY_LIMIT_CHARS), 'a'.repeat(128)],
  ])('is read when %s', (_what, header, key) => {
    expect(idempotencyKey(header)).toBe(key)
  })

  test.each([
    ['empty', ''],
    ['an empty string', '""'],
    ['too long', 'a'.repeat(IDEMPOTENCY_KEY_LIMIT_CHARS + 1)],
    ['of two words', 'a b'],
    ['not ASCII', 'é'],
    ['with half a quote', '"a'],
  ])('is refused when %s', (_what, header) => {
    expect(() => idempotencyKey(header)).toThrow(/Idempotency-Key/)
  })
})
