import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { earlyMessageId, messageId } from '../../../src/p2p/gossip/message-id.ts'

const data = Uint8Array.of(1, 2, 3)

describe('the message id', () => {
  test('covers every byte, so a body with another signature is another message', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        (bytes, place, bit) => {
          const flipped = Uint8Array.from(bytes)
          const at = place % bytes.length
          flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
          expect(messageId('/t/1', flipped)).not.toEqual(messageId('/t/1', bytes))
        },
      ),
    )
  })

  test('covers the topic', () => {
    expect(messageId('/t/1', data)).not.toEqual(messageId('/t/2', data))
  })

  test('is 32 bytes, and early recognition is the same value', () => {
    expect(messageId('/t/1', data)).toHaveLength(32)
    expect(earlyMessageId({ topic: '/t/1', data })).toBe(
      Buffer.from(messageId('/t/1', data)).toString('latin1'),
    )
  })
})

describe('a message with a sender field', () => {
  test('is marked for refusal, and keeps no clean copy out', () => {
    const message = { topic: '/t/1', data, from: new Uint8Array(100_000) }
    expect(earlyMessageId(message)).not.toBe(earlyMessageId({ topic: '/t/1', data }))
    expect(message).toHaveProperty('signature')
  })

  test('a clean message is left as it is', () => {
    const message = { topic: '/t/1', data }
    earlyMessageId(message)
    expect(message).toEqual({ topic: '/t/1', data })
  })
})
