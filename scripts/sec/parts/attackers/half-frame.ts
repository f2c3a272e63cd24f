/** Peers that announce a large message on every protocol, send half of it, and stop. */
import { KIB_BYTES } from '../../../../src/base/units.ts'
import { attacking } from './attacking.ts'
import { crowdOf, later, PROTOCOLS, streamOf } from './peers.ts'

const HALF_BYTES = 100 * KIB_BYTES
/** Twice as much, as a varint. */
const LENGTH = Uint8Array.of(0x80, 0xc0, 0x0c)

await attacking(async (target) => {
  let halvesCount = 0
  const half = new Uint8Array(HALF_BYTES)
  await crowdOf(target, async (connection) => {
    const begun = PROTOCOLS.map(async (protocol) => {
      const stream = await streamOf(connection, protocol)
      stream.send(LENGTH)
      stream.send(half)
      halvesCount++
    })
    await Promise.allSettled(begun)
    await later()
  })
  return () => `${halvesCount} messages begun`
})
