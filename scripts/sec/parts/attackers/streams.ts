/** Peers that open streams of every protocol as fast as they can, and do nothing with them. */
import { attacking } from './attacking.ts'
import { crowdOf, PROTOCOLS, streamOf } from './peers.ts'

await attacking(async (target) => {
  let openedCount = 0
  let refusedCount = 0
  await crowdOf(target, async (connection) => {
    const opened = PROTOCOLS.map(async (protocol) => streamOf(connection, protocol))
    const ends = await Promise.allSettled(opened)
    for (const { status } of ends) {
      if (status === 'fulfilled') openedCount++
      else refusedCount++
    }
    if (ends.every(({ status }) => status === 'rejected')) throw new Error('no more')
  })
  return () => `${openedCount} streams opened, ${refusedCount} refused`
})
