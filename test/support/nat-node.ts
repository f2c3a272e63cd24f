/** One node of the tests of address translation, in a process of its own; told what to do by lines. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { silentLogger } from '../../src/base/log.ts'
import { parseDid } from '../../src/identity/did.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import { TRANSPORT_SWITCHES } from '../../src/p2p/transports/plan.ts'
import type { NatOrder, NatPlan, NatState } from './nat.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const plan = JSON.parse(process.argv[2] ?? '') as NatPlan

const home = await mkdtemp(join(tmpdir(), 'aip-nat-'))
const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
const node = await AipNode.start({
  home,
  identity,
  network: {
    v: 1,
    name: 'nat',
    preset: 'public',
    bootstrap: [...plan.bootstrap],
    shardBits: 0,
    shardLimitBytes: 2 ** 30,
    workBits: 0,
  },
  profile: plan.profile,
  listen: [plan.listen],
  p2p: {
    announce: plan.announce,
    listenWherePossible: [],
    switches: { ...TRANSPORT_SWITCHES, upnp: false, quic: false },
    denied: [],
  },
  trust: { profile: 'strict', introducers: [] },
  userAgent: 'aip-node/test',
  clock: Date.now,
  log: silentLogger,
})

function stateOf(): NatState {
  const { mesh } = node
  if (mesh === undefined) throw new Error('the node has no network')
  const { relays, relayedCount, punchedCount, reservationCount } = mesh.host.reach()
  return {
    did: node.did,
    peerId: mesh.host.peerId,
    addresses: mesh.host.addresses(),
    connections: mesh.host.libp2p.getConnections().map((one) => ({
      peer: one.remotePeer.toString(),
      address: one.remoteAddr.toString(),
      isLimited: one.limits !== undefined,
    })),
    gossip: mesh.gossip.peersOf(0),
    reach: { relays, relayedCount, punchedCount, reservationCount },
  }
}

async function obey(order: NatOrder): Promise<unknown> {
  const { mesh } = node
  switch (order.do) {
    case 'state':
      return stateOf()
    case 'add':
      return mesh?.neighbours.add(order.address)
    case 'ask':
      return (await mesh?.askIdentity(order.peer, parseDid(order.did), AbortSignal.timeout(8_000)))
        ?.kind
  }
}

process.stdout.write(`${JSON.stringify({ ok: stateOf() })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  let answer: unknown
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    answer = { ok: await obey(JSON.parse(line) as NatOrder) }
  } catch (error) {
    answer = { error: String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
await node[Symbol.asyncDispose]()
await rm(home, { recursive: true, force: true })
