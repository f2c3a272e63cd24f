import type { Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../src/base/bytes.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { FRAME_LIMIT_BYTES, Frames } from '../../../src/p2p/frames.ts'
import { Deadline } from '../../../src/p2p/query/deadline.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'

const LIMIT_BYTES = 64

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof ExchangeError) return error.fault.code
    throw error
  }
  return 'nothing thrown'
}

/** What reading comes to when the peer sends these bytes. */
async function reading(sent: Uint8Array, end?: (stream: Stream) => unknown): Promise<string> {
  const [far, near] = await streamPair()
  const frames = new Frames(near, LIMIT_BYTES)
  using deadline = new Deadline(500)
  far.send(sent)
  const read = codeOf(frames.read(deadline.signal))
  await end?.(far)
  return await read
}

describe('frames', () => {
  test('carry values both ways, in order', async () => {
    const [far, near] = await streamPair()
    const [there, here] = [new Frames(far, FRAME_LIMIT_BYTES), new Frames(near, FRAME_LIMIT_BYTES)]
    using deadline = new Deadline(5_000)
    const large = { r: [new Uint8Array(200_000)] }
    await there.write({ n: 1 }, deadline.signal)
    expect(await here.read(deadline.signal)).toEqual({ n: 1 })
    await here.write(large, deadline.signal)
    expect(await there.read(deadline.signal)).toEqual(large)
  })

  test('take a message of exactly the limit, and none of a byte more', async () => {
    const [far, near] = await streamPair()
    const frames = new Frames(near, LIMIT_BYTES)
    using deadline = new Deadline(2_000)
    const message = encodeCbor(new Uint8Array(LIMIT_BYTES - 2))
    expect(message.length).toBe(LIMIT_BYTES)
    far.send(concatBytes(Uint8Array.of(LIMIT_BYTES), message))
    expect(await frames.read(deadline.signal)).toEqual(new Uint8Array(LIMIT_BYTES - 2))
    expect(await reading(Uint8Array.of(LIMIT_BYTES + 1))).toBe('p2p/frame-too-large')
  })

  test('refuse more than was asked for, since one message is all that is buffered', async () => {
    expect(await reading(new Uint8Array(LIMIT_BYTES + 4))).toBe('p2p/frame-too-large')
  })

  test('refuse a length that never ends at its third byte', async () => {
    expect(await reading(Uint8Array.of(0x80, 0x80, 0x80))).toBe('p2p/frame-malformed')
    expect(await reading(Uint8Array.of(0x81, 0x00))).toBe('p2p/frame-malformed')
  })

  test('refuse what is not canonical, and an empty message', async () => {
    expect(await reading(Uint8Array.of(2, 0x18, 0x01))).toBe('p2p/frame-malformed')
    expect(await reading(Uint8Array.of(0))).toBe('p2p/frame-malformed')
  })

  test('give up on half a message when its time is over', async () => {
    expect(await reading(Uint8Array.of(10, 1, 2, 3))).toBe('p2p/timed-out')
  })

  test('tell a stream that ends early from one that is slow', async () => {
    expect(await reading(Uint8Array.of(10, 1), (far) => far.close())).toBe('p2p/stream-failed')
    expect(await reading(Uint8Array.of(10, 1), (far) => far.abort(new Error('gone')))).toBe(
      'p2p/stream-failed',
    )
  })
})
