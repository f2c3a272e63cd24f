import { peerIdFromString } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { PacedWalk } from '../../../src/p2p/transports/paced-walk.ts'

const id = peerIdFromString(peerIdOfKey(new Uint8Array(32).fill(3)))

test('a walk in an empty table asks once a step, and ends with its signal', async () => {
  let asked = 0
  const routing = {
    async *getClosestPeers() {
      asked++
      yield* []
    },
  }
  const walk = new PacedWalk(routing, { log: silentLogger, firstStepMs: 0, stepMs: 3_600_000 })
  const end = new AbortController()
  const steps = walk.walk({ signal: end.signal })
  const first = steps.next()
  await expect.poll(() => asked).toBe(1)
  end.abort()
  expect((await first).done).toBe(true)
  expect(asked).toBe(1)
})

test('a walk goes on after a step that failed, and yields whom it meets', async () => {
  let asked = 0
  const routing = {
    async *getClosestPeers() {
      if (++asked === 1) throw new Error('no peers')
      yield { id, multiaddrs: [] }
    },
  }
  const walk = new PacedWalk(routing, { log: silentLogger, firstStepMs: 0, stepMs: 1 })
  const steps = walk.walk()
  expect((await steps.next()).value).toEqual({ id, multiaddrs: [] })
  expect(asked).toBe(2)
  await steps.return(undefined)
})
