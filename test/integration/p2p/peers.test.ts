import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { didOf } from '../../../src/identity/did.ts'
import type { Host } from '../../../src/p2p/host.ts'
import type { PeerNote, PeerNotes } from '../../../src/p2p/peers/address-book.ts'
import { encodeInvite } from '../../../src/p2p/peers/invite.ts'
import { Neighbours } from '../../../src/p2p/peers/neighbours.ts'
import type {
  NeighboursConfig,
  PeerEvent,
  SignedEndpoint,
} from '../../../src/p2p/peers/neighbours.ts'
import { PeerMemory } from '../../../src/p2p/peers/memory.ts'
import type { SmallNotes } from '../../../src/p2p/peers/memory.ts'
import { trimPeerStore } from '../../../src/p2p/peers/peer-store.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import type { PeerTiming } from '../../../src/p2p/peers/timing.ts'
import { connect, eventually, freshSeed, localNetwork, loopbackHost } from '../../support/mesh.ts'

const quick: Partial<PeerTiming> = {
  tickMs: 30,
  firstRetryMs: 30,
  longestRetryMs: 120,
  longestChosenRetryMs: 120,
  shortLifeMs: 0,
}

class MemoryNotes implements PeerNotes {
  readonly byPeer = new Map<string, PeerNote>()

  async list(): Promise<readonly PeerNote[]> {
    return [...this.byPeer.values()]
  }

  async put(note: PeerNote): Promise<void> {
    this.byPeer.set(note.peerId, note)
  }
}

async function neighboursOf(
  host: Host,
  options: {
    readonly bootstrap?: readonly string[]
    readonly notes?: PeerNotes
    readonly timing?: Partial<PeerTiming>
    readonly config?: Partial<NeighboursConfig>
    readonly memory?: PeerMemory
    readonly endpoints?: () => Iterable<SignedEndpoint>
  } = {},
): Promise<Neighbours> {
  return Neighbours.start(
    {
      libp2p: host.libp2p,
      gate: host.gate,
      notes: options.notes ?? new MemoryNotes(),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
      ...(options.endpoints === undefined ? {} : { endpoints: options.endpoints }),
      log: silentLogger,
      clock: Date.now,
    },
    {
      network: { ...localNetwork, bootstrap: options.bootstrap ?? [] },
      profile: 'test',
      timing: { ...quick, ...options.timing },
      ...options.config,
    },
  )
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const addressOf = (host: Host): string => host.addresses()[0] ?? ''

describe('a bootstrap address', () => {
  test('is tried until somebody answers there, and again after that peer was gone', async () => {
    const port = await freePort()
    const listen = [`/ip4/127.0.0.1/tcp/${port}`]
    const seed = freshSeed()
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice, { bootstrap: listen })
    await using first = await loopbackHost({ seed, listen })
    await eventually('alice found it', () => neighbours.count === 1)
    await first.stop()
    await eventually('alice lost it', () => neighbours.count === 0)
    await using second = await loopbackHost({ seed, listen })
    await eventually('alice found it again', () => neighbours.count === 1)
    expect(neighbours.connected[0]).toMatchObject({
      peerId: second.peerId,
      direction: 'outbound',
    })
  })
})

describe('what is known of peers', () => {
  test('outlives a restart: they are dialled again without a bootstrap address', async () => {
    const notes = new MemoryNotes()
    await using bob = await loopbackHost()
    {
      await using alice = await loopbackHost()
      await using neighbours = await neighboursOf(alice, { notes, bootstrap: [addressOf(bob)] })
      await eventually('bob is noted', () => {
        const note = notes.byPeer.get(bob.peerId)
        return neighbours.count === 1 && (note?.lastGoodMs ?? 0) > 0
      })
    }
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice, { notes })
    await eventually('alice found bob again', () => neighbours.count === 1)
  })

  test('includes those who dialled us, with the addresses that they tell', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    await connect(bob, alice)
    await eventually('bob is known', () =>
      neighbours.known.some(
        ({ peerId, addresses }) => peerId === bob.peerId && addresses.includes(addressOf(bob)),
      ),
    )
  })

  test('is dialled only while fewer peers than wanted are connected', async () => {
    const notes = new MemoryNotes()
    await using bob = await loopbackHost()
    await using carol = await loopbackHost()
    for (const host of [bob, carol]) {
      await notes.put({
        peerId: host.peerId,
        addresses: [addressOf(host)],
        lastSeenMs: Date.now(),
        lastGoodMs: host === bob ? 2 : 1,
      })
    }
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice, { notes, config: { targetCount: 1 } })
    await eventually('one is connected', () => neighbours.count === 1)
    expect(neighbours.connected[0]?.peerId).toBe(bob.peerId)
    await bob.stop()
    await eventually('then the other', () => neighbours.connected[0]?.peerId === carol.peerId)
  })
})

describe('peer events', () => {
  test('say who came and went, and how many are left; a listener that throws harms nobody', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    const events: PeerEvent[] = []
    neighbours.onChange(() => {
      throw new Error('a bad listener')
    })
    const end = neighbours.onChange((event) => events.push(event))
    await connect(bob, alice)
    await eventually('up', () => events.length === 1)
    await bob.stop()
    await eventually('down', () => events.length === 2)
    expect(events).toEqual([
      { kind: 'up', peerId: bob.peerId, count: 1 },
      { kind: 'down', peerId: bob.peerId, count: 0 },
    ])
    end()
  })
})

describe('adding a peer', () => {
  const did = didOf(new Uint8Array(32))

  test('by its invite connects at once, and keeps its DID', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    const invite = encodeInvite({ address: addressOf(bob), did, network: 'local' })
    expect(await neighbours.add(invite)).toEqual({ peerId: bob.peerId })
    expect(neighbours.known).toMatchObject([{ peerId: bob.peerId, did }])
  })

  test('of another network is refused', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    await expect(
      neighbours.add(encodeInvite({ address: addressOf(bob), did, network: 'main' })),
    ).rejects.toMatchObject({ fault: { code: 'p2p/other-network' } })
    expect(neighbours.count).toBe(0)
  })

  test('that does not answer says so, and connects when it does', async () => {
    const port = await freePort()
    const address = `/ip4/127.0.0.1/tcp/${port}`
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    await expect(neighbours.add(address)).rejects.toMatchObject({
      fault: { code: 'p2p/dial-failed', address },
    })
    await using bob = await loopbackHost({ listen: [address] })
    await eventually('bob is found', () => neighbours.connected[0]?.peerId === bob.peerId)
  })

  test('that is no address is refused', async () => {
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice)
    await expect(neighbours.add('bob')).rejects.toMatchObject({
      fault: { code: 'p2p/address-invalid' },
    })
  })
})

class MemorySmallNotes implements SmallNotes {
  readonly byName = new Map<string, Uint8Array>()

  async list(prefix: string): Promise<readonly { name: string; bytes: Uint8Array }[]> {
    return [...this.byName].flatMap(([name, bytes]) =>
      name.startsWith(prefix) ? [{ name, bytes }] : [],
    )
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.byName.set(name, bytes)
  }

  async delete(name: string): Promise<void> {
    this.byName.delete(name)
  }
}

describe('anchors', () => {
  test('are on disk, and come first after a restart whatever else fills the book', async () => {
    const small = new MemorySmallNotes()
    const memory = new PeerMemory(small, silentLogger)
    await using bob = await loopbackHost()
    {
      await using alice = await loopbackHost()
      await using neighbours = await neighboursOf(alice, {
        bootstrap: [addressOf(bob)],
        memory,
        timing: { anchorAfterMs: 0, anchorCheckMs: 30 },
      })
      await eventually('bob is an anchor', () => small.byName.size === 1 && neighbours.count === 1)
    }
    const flood = new MemoryNotes()
    const silent = `/ip4/127.0.0.1/tcp/${await freePort()}`
    for (let n = 0; n < 60; n++) {
      const peerId = peerIdOfKey(new Uint8Array(32).fill(n + 100))
      const nowMs = Date.now()
      await flood.put({ peerId, addresses: [silent], lastSeenMs: nowMs, lastGoodMs: nowMs + n })
    }
    await using alice = await loopbackHost()
    const config = { targetCount: 1 }
    await using neighbours = await neighboursOf(alice, { notes: flood, memory, config })
    await eventually('alice found bob again', () => neighbours.count === 1)
    expect(neighbours.connected[0]?.peerId).toBe(bob.peerId)
  })
})

describe('addresses that agents signed', () => {
  test('are dialled when nobody else is left to dial, and not when there are peers enough', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    const did = didOf(new Uint8Array(32).fill(9))
    const told = { peerId: bob.peerId, did, addresses: [addressOf(bob)] }
    const endpoints = (): SignedEndpoint[] => [
      { ...told, peerId: alice.peerId, addresses: [addressOf(alice)] },
      told,
    ]
    const wanting = { endpoints, timing: { documentsMs: 0 } }
    {
      await using content = await neighboursOf(alice, { ...wanting, config: { targetCount: 0 } })
      await content.add(addressOf(bob))
      await content.remove(bob.peerId)
      await eventually('bob is gone', () => content.count === 0)
      expect(content.known).toEqual([])
    }
    await using neighbours = await neighboursOf(alice, wanting)
    await eventually('alice found bob', () => neighbours.count === 1)
    expect(neighbours.known.map(({ peerId }) => peerId)).toEqual([bob.peerId])
    expect(neighbours.known[0]?.did).toBe(did)
  })
})

describe('the deny list', () => {
  test('hangs up on an agent and on its next key, outlives a restart, and ends', async () => {
    const memory = new PeerMemory(new MemorySmallNotes(), silentLogger)
    const did = didOf(new Uint8Array(32).fill(9))
    await using bob = await loopbackHost()
    {
      await using alice = await loopbackHost()
      await using neighbours = await neighboursOf(alice, { memory })
      await neighbours.add(addressOf(bob))
      await neighbours.ban(did)
      expect(neighbours.count).toBe(1)
      neighbours.agentHas(did, bob.peerId)
      await eventually('bob is gone', () => neighbours.count === 0)
    }
    await using alice = await loopbackHost()
    await using neighbours = await neighboursOf(alice, { memory })
    expect(neighbours.denied.map(({ subject }) => subject)).toEqual([did])
    expect(neighbours.isDenied(did)).toBe(true)
    neighbours.agentHas(did, bob.peerId)
    await expect(neighbours.add(addressOf(bob))).rejects.toMatchObject({
      fault: { code: 'p2p/dial-failed' },
    })
    expect(await neighbours.readmit(did)).toBe(true)
    await neighbours.add(addressOf(bob))
    await neighbours.ban('127.0.0.0/8')
    await eventually('the range is out', () => neighbours.count === 0)
    await expect(neighbours.add(addressOf(bob))).rejects.toMatchObject({
      fault: { code: 'p2p/address-invalid' },
    })
    expect(await neighbours.readmit('127.0.0.0/8')).toBe(true)
    expect(await neighbours.readmit('127.0.0.0/8')).toBe(false)
  })
})

describe('a banned peer', () => {
  test('is hung up on, and neither dials nor is dialled, until it is added again', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await using neighbours = await neighboursOf(alice, { bootstrap: [addressOf(bob)] })
    await eventually('connected', () => neighbours.count === 1)
    await neighbours.ban(bob.peerId)
    await eventually('gone', () => neighbours.count === 0)
    await connect(bob, alice).catch(() => undefined)
    await eventually('bob sees it too', () => bob.libp2p.getPeers().length === 0)
    expect(neighbours.count).toBe(0)
    await neighbours.add(addressOf(bob))
    expect(neighbours.count).toBe(1)
  })
})

describe('two connections to one peer', () => {
  test('become one where one of them carries nothing', async () => {
    const [alice, bob] = await Promise.all([loopbackHost(), loopbackHost()])
    await using stack = new AsyncDisposableStack()
    stack.use(alice)
    stack.use(bob)
    const [low, high] = alice.peerId < bob.peerId ? [alice, bob] : [bob, alice]
    await connect(low, high)
    await eventually('gossip has its streams', () =>
      low.libp2p.getConnections().some(({ streams }) => streams.length >= 2),
    )
    await high.libp2p.dial(low.libp2p.getMultiaddrs(), { force: true })
    await eventually('two connections', () => low.libp2p.getConnections().length === 2)
    stack.use(await neighboursOf(low, { timing: { duplicateGraceMs: 50 } }))
    await eventually('one is left', () => low.libp2p.getConnections().length === 1)
    expect(low.libp2p.getConnections()[0]?.streams.length).toBeGreaterThanOrEqual(2)
  })
})

describe('libp2p’s peer store', () => {
  test('is cut to its limit; connected peers stay in it', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await connect(alice, bob)
    for (let n = 0; n < 5; n++) {
      const stranger = peerIdFromString(peerIdOfKey(freshSeed()))
      await alice.libp2p.peerStore.merge(stranger, {
        multiaddrs: [multiaddr('/ip4/127.0.0.1/tcp/1')],
      })
    }
    await trimPeerStore(alice.libp2p, 2)
    const left = await alice.libp2p.peerStore.all()
    expect(left).toHaveLength(2)
    expect(left.map(({ id }) => id.toString())).toContain(bob.peerId)
  })
})

describe('a peer that stops answering', () => {
  test('is hung up on after three misses', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    // Bob takes the question and never answers it.
    await bob.libp2p.unhandle('/ipfs/ping/1.0.0')
    await bob.libp2p.handle('/ipfs/ping/1.0.0', () => {}, { maxInboundStreams: 10 })
    await connect(alice, bob)
    await using neighbours = await neighboursOf(alice, {
      timing: { pingMs: 150, pingTimeoutMs: 100 },
    })
    expect(neighbours.count).toBe(1)
    await eventually('alice hung up', () => neighbours.count === 0)
  })

  test('one that answers stays, and its latency is known', async () => {
    await using alice = await loopbackHost()
    await using bob = await loopbackHost()
    await connect(alice, bob)
    await using neighbours = await neighboursOf(alice, { timing: { pingMs: 30 } })
    await eventually('measured', () => neighbours.connected[0]?.latencyMs !== undefined)
  })
})
