/** Peers of one node for `bench:idle`: whole nodes in this process, until standard input ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/log.ts'
import { readNetwork } from '../../src/node/config.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity } from '../../src/node/own-identity.ts'

const [count = '', networkFile = '', address = ''] = process.argv.slice(2)

await using stack = new AsyncDisposableStack()
for (let n = 0; n < Number(count); n++) {
  const home = await mkdtemp(join(tmpdir(), 'aip-idle-'))
  stack.defer(async () => rm(home, { recursive: true, force: true }))
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
  const node = await AipNode.start({
    home,
    identity,
    network: { ...readNetwork(networkFile), bootstrap: [address] },
    profile: 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    trust: { profile: 'strict', introducers: [] },
    userAgent: 'aip-node/bench',
    clock: Date.now,
    log: silentLogger,
  })
  stack.use(node)
}
console.log('ready')
for await (const _ of process.stdin);
