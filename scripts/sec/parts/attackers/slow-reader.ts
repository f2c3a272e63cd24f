/** Peers that have every byte echoed, and read none. */
import { KIB_BYTES } from '../../../../src/base/units.ts'
import { attacking } from './attacking.ts'
import { crowdOf, later, PING_PROTOCOL, streamOf } from './peers.ts'

const SENT_AT_ONCE_BYTES = 32 * KIB_BYTES

await attacking(async (target) => {
  let sentBytes = 0
  const bytes = new Uint8Array(SENT_AT_ONCE_BYTES)
  await crowdOf(target, async (connection) => {
    const stream = await streamOf(connection, PING_PROTOCOL)
    stream.send(bytes.subarray(0, 32))
    stream.pause()
    while (stream.status === 'open' && !target.ending.aborted) {
      if (stream.writableNeedsDrain) {
        await stream.onDrain({
          signal: AbortSignal.any([target.ending, AbortSignal.timeout(2_000)]),
        })
      } else {
        stream.send(bytes)
        sentBytes += bytes.length
        await later()
      }
    }
  })
  return () => `${Math.round(sentBytes / KIB_BYTES)} KiB sent, none read`
})
