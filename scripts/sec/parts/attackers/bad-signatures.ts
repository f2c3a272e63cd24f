/**
 * Peers that gossip records whose signature is wrong in its last bytes, so that all of it has to be
 * computed to see it. A few of those and a peer is not listened to any more: then it comes with another key.
 */
import { concatBytes } from '../../../../src/base/bytes.ts'
import { SECOND_MS } from '../../../../src/base/units.ts'
import { persona, sealed, vouchFor } from '../../../../test/support/hostile.ts'
import { attacking } from './attacking.ts'
import { crowdOf, GOSSIP_PROTOCOL, later, streamOf } from './peers.ts'

const PEERS = 16
const RECORDS_PER_FRAME = 100
const FRAMES_PER_KEY = 5
const TOPIC = new TextEncoder().encode('/aip/local/records/0/1')
/** Of the half of a signature that is a number; its high bytes stay, so that it is a sound number. */
const NUMBER_BYTES = 32
const PUBLISH_TAG = 0x12
const DATA_TAG = 0x12
const TOPIC_TAG = 0x22

await attacking(async (target) => {
  const bytes = sealed(vouchFor(persona('subject')), persona('author'))
  const ratePerMs = target.size / SECOND_MS
  const begunAt = performance.now()
  let sentCount = 0
  let keysCount = 0
  const frame = (): Uint8Array => {
    const messages = Array.from({ length: RECORDS_PER_FRAME }, () => {
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(
        bytes.length - NUMBER_BYTES,
        ++sentCount,
      )
      return field(PUBLISH_TAG, concatBytes(field(DATA_TAG, bytes), field(TOPIC_TAG, TOPIC)))
    })
    const rpc = concatBytes(...messages)
    return concatBytes(varint(rpc.length), rpc)
  }
  const begun = { ...target, size: PEERS }
  await crowdOf(begun, async (connection) => {
    keysCount++
    const stream = await streamOf(connection, GOSSIP_PROTOCOL)
    for (let n = 0; n < FRAMES_PER_KEY; n++) {
      while (sentCount > (performance.now() - begunAt) * ratePerMs) await later()
      stream.send(frame())
      if (stream.writableNeedsDrain) {
        await stream.onDrain({ signal: AbortSignal.timeout(5 * SECOND_MS) })
      }
    }
    await later()
    await connection.close()
  })
  return () => {
    const seconds = (performance.now() - begunAt) / SECOND_MS
    return `${Math.round(sentCount / seconds)} records a second, by ${keysCount} keys`
  }
})

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag), varint(bytes.length), bytes)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Uint8Array.of(...bytes, rest)
}
