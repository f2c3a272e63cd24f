import { expect, test } from 'vitest'
import { fitting } from '../../../src/p2p/gossip/answers.ts'
import {
  GOSSIP_FRAME_LIMIT_BYTES,
  GOSSIP_MESSAGES_PER_FRAME_LIMIT,
  RECORD_MESSAGE_LIMIT_BYTES,
} from '../../../src/p2p/limits.ts'

const messages = (count: number, bytes: number): { data: Uint8Array }[] =>
  Array.from({ length: count }, () => ({ data: new Uint8Array(bytes) }))

test('a small answer is left as it is', () => {
  const few = messages(3, 500)
  expect(fitting(few)).toBe(few)
})

test('small messages are cut at the count, large ones at the bytes of a frame', () => {
  expect(fitting(messages(5_000, 10))).toHaveLength(GOSSIP_MESSAGES_PER_FRAME_LIMIT)
  const large = fitting(messages(5_000, RECORD_MESSAGE_LIMIT_BYTES))
  expect(large.length).toBeGreaterThan(10)
  expect(large.length * (RECORD_MESSAGE_LIMIT_BYTES + 128)).toBeLessThan(GOSSIP_FRAME_LIMIT_BYTES)
})

test('a message without data counts too', () => {
  expect(fitting(Array.from({ length: 300 }, () => ({})))).toHaveLength(
    GOSSIP_MESSAGES_PER_FRAME_LIMIT,
  )
})
