/**
 * A process that reads a key, is a node for a moment, and writes its heap down beside its home: what an
 * attacker would find in it. Its second argument is held as a string, so that finding is proved.
 */
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { createLogger } from '../../../src/cli/logger.ts'
import { AipNode } from '../../../src/node/node.ts'
import { readIdentity } from '../../../src/node/own-identity.ts'

const [home = '', planted = ''] = process.argv.slice(2)
const identity = await readIdentity(join(home, 'keys', 'operational.key'))
if (identity === undefined) throw new Error('the key file is not there')
const log = createLogger({ format: 'json', level: 'debug' })
await using node = await AipNode.start({
  home,
  identity,
  network: {
    v: 1,
    name: 'local',
    preset: 'local',
    bootstrap: [],
    shardBits: 0,
    shardLimitBytes: 2 ** 30,
    workBits: 0,
  },
  profile: 'offline',
  listen: [],
  trust: { profile: 'strict', introducers: [] },
  origins: [],
  userAgent: 'aip-node/test',
  clock: Date.now,
  log,
})
await node.pipeline.offer(new Uint8Array(9), { via: 'api' })
log.info('held', { planted, did: identity.did })
writeHeapSnapshot(join(home, 'heap.heapsnapshot'))
