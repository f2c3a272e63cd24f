import type { KadDHTInit } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, describe, expect, test } from 'vitest'
import { equalBytes, textBytes } from '../../../src/base/bytes.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { HOUR_MS } from '../../../src/base/units.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { RESOLVE_SETTLE_MS } from '../../../src/p2p/dht/directory.ts'
import { KAD_STREAM_LIMIT_BYTES } from '../../../src/p2p/dht/inbound-kad.ts'
import { dhtKey } from '../../../src/p2p/dht/key.ts'
import { Republisher } from '../../../src/p2p/dht/republisher.ts'
import { kadProtocol, type KadOptions } from '../../../src/p2p/dht/service.ts'
import { NETWORK, grownAgent } from '../../support/dht-identity.ts'
import {
  foreignNode,
  honestNode,
  hostileNode,
  meshed,
  putBytes,
  putUnder,
  type HonestNode,
} from '../../support/dht-nodes.ts'
import { eventually, type KadHost } from '../../support/plain-host.ts'

/** The library waits at least this long for a peer that does not answer. */
const SILENCE_LIMIT_MS = 4_000

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function honest(options: Partial<KadOptions> = {}): Promise<HonestNode> {
  const node = await honestNode(options)
  stops.push(async () => node[Symbol.asyncDispose]())
  return node
}

async function foreign(init: KadDHTInit): Promise<KadHost> {
  const host = await foreignNode(init)
  stops.push(async () => host.stop())
  return host
}

const never = async (): Promise<never> => new Promise(() => {})

const signal = (): AbortSignal => AbortSignal.timeout(20_000)

describe('identities in the DHT', () => {
  test('what one node publishes, another resolves', async () => {
    const nodes = await Promise.all([honest(), honest(), honest(), honest()])
    await meshed(nodes.map(({ host }) => host))
    const [first, , , last] = nodes
    if (first === undefined || last === undefined) throw new Error('four nodes')
    const { did, newer } = grownAgent()
    expect(await first.directory.publishIdentity(newer)).toMatchObject({
      acknowledged: 3,
      failed: 0,
    })
    const resolved = await last.directory.resolveIdentity(did)
    expect(resolved?.state.bytes).toEqual(newer.bytes)
    expect(resolved).toMatchObject({ withValue: 3, agreed: 3 })
    expect(await last.directory.resolveIdentity(grownAgent().did)).toBeUndefined()
  })

  test('a node without peers answers at once', async () => {
    const { directory } = await honest()
    const { did, newer } = grownAgent()
    const startMs = performance.now()
    expect(await directory.resolveIdentity(did)).toBeUndefined()
    expect(await directory.publishIdentity(newer)).toMatchObject({ acknowledged: 0, failed: 0 })
    expect((await directory.resolveIdentity(did))?.state.bytes).toEqual(newer.bytes)
    expect(performance.now() - startMs).toBeLessThan(2_000)
  })

  test('a document rolled back by one peer does not win', async () => {
    const nodes = await Promise.all([honest(), honest(), honest(), honest()])
    const attacker = await foreign({ validators: { aip: () => {} }, selectors: { aip: () => 0 } })
    await meshed([...nodes.map(({ host }) => host), attacker])
    const [first, , , last] = nodes
    if (first === undefined || last === undefined) throw new Error('four nodes')
    const { did, older, newer } = grownAgent()
    await first.directory.publishIdentity(newer)
    const acknowledged = await putBytes(attacker, did, older.bytes)
    expect(acknowledged).toBe(0)
    for (const node of nodes) expect(await node.best(did)).toEqual(newer.bytes)
    expect((await last.directory.resolveIdentity(did))?.state.bytes).toEqual(newer.bytes)
  })

  test('one stubborn peer with an older value does not keep a look-up from its answer', async () => {
    const nodes = await Promise.all([honest(), honest(), honest()])
    const { did, older, newer } = grownAgent()
    const stubborn = await foreign({
      validators: {
        aip: (_, value) => {
          if (!equalBytes(value, older.bytes)) throw new Error('no corrections')
        },
      },
      selectors: { aip: () => 0 },
    })
    await putBytes(stubborn, did, older.bytes)
    await meshed([...nodes.map(({ host }) => host), stubborn])
    const [first, second, third] = nodes
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    await first.directory.publishIdentity(newer)
    for (const node of [second, third]) {
      const resolved = await node.directory.resolveIdentity(did)
      expect(resolved?.state.bytes).toEqual(newer.bytes)
      // It was there, and it lied: the two others agree, the third value is the old one.
      expect(resolved).toMatchObject({ withValue: 3, agreed: 2 })
    }
    // The control: the library's own get, on this very mesh, does not answer.
    await expect(
      second.host.contentRouting.get(dhtKey(did), { signal: signal() }),
    ).rejects.toThrow()
  })

  test('a look-up that meets a worse value puts the best one back', async () => {
    const nodes = await Promise.all([honest(), honest(), honest()])
    const [first, second, third] = nodes
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    const { did, older, newer } = grownAgent()
    // Each publishes alone, before they meet.
    await first.directory.publishIdentity(older)
    await second.directory.publishIdentity(newer)
    await meshed(nodes.map(({ host }) => host))
    // At its quorum the look-up stops, before the library would correct anybody.
    const resolved = await third.directory.resolveIdentity(did, { quorum: 2 })
    expect(resolved?.state.bytes).toEqual(newer.bytes)
    await eventually(async () => equalBytes((await first.best(did)) ?? older.bytes, newer.bytes))
  })

  test('both branches of a fork, put by two peers, become the proof everywhere', async () => {
    const nodes = await Promise.all([honest(), honest(), honest()])
    await meshed(nodes.map(({ host }) => host))
    const [first, second, third] = nodes
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    const { did, rotated, otherRotated } = grownAgent()
    await first.directory.publishIdentity(rotated)
    await second.directory.publishIdentity(otherRotated)
    const resolved = await third.directory.resolveIdentity(did)
    expect(resolved?.state.isForked).toBe(true)
    for (const node of nodes) expect(await node.best(did)).toEqual(resolved?.state.bytes)
  })

  test('a node serves what it holds itself, though nobody put it in the DHT', async () => {
    const { did, newer } = grownAgent()
    const knowing = await honest({
      floor: (asked) => Promise.resolve(asked === did ? newer : undefined),
    })
    const asking = await honest()
    await meshed([knowing.host, asking.host])
    expect((await asking.directory.resolveIdentity(did))?.state.bytes).toEqual(newer.bytes)
  })

  test('garbage, another DID’s value, other namespaces and provider rows are stored nowhere', async () => {
    const node = await honest()
    const accepting = { aip: () => {}, pk: () => {}, ['constructor']: () => {}, toString: () => {} }
    const attacker = await foreign({ validators: accepting })
    await meshed([node.host, attacker])
    const { did, newer } = grownAgent()
    const hex = did.slice('did:aip:'.length)
    const puts: [Uint8Array, Uint8Array][] = [
      [dhtKey(did), Uint8Array.of(1, 2, 3)],
      [dhtKey(did), grownAgent().newer.bytes],
      [dhtKey(did), new Uint8Array(9_000)],
      [dhtKey(did), new Uint8Array(1_000_000)],
      [textBytes(`/__proto__/${hex}`), newer.bytes],
      [textBytes(`/constructor/${hex}`), newer.bytes],
      [textBytes(`/toString/${hex}`), newer.bytes],
      [textBytes(`/hasOwnProperty/${hex}`), newer.bytes],
      [textBytes(`/pk/${hex}`), newer.bytes],
      [textBytes(`/aip/${hex}/more`), newer.bytes],
    ]
    for (const [key, value] of puts) {
      expect(await putUnder(attacker, key, value), new TextDecoder().decode(key)).toBe(0)
    }
    const cid = CID.createV1(0x55, Digest.create(0x12, sha256(textBytes('anything'))))
    for await (const event of attacker.services.dht.provide(cid, { signal: signal() })) {
      expect(event).toBeDefined()
    }
    expect(await node.rows()).toEqual([])
    // The control: the same peer's good value is taken.
    expect(await putBytes(attacker, did, newer.bytes)).toBe(1)
    expect(await node.rows()).toHaveLength(1)
  })

  test('a stream that sends more than its bound is cut off, whatever it claims to be', async () => {
    const [node, attacker] = await Promise.all([honest(), honest()])
    await meshed([node.host, attacker.host])
    const protocol = kadProtocol(NETWORK)
    const cut = async (sizeBytes: number): Promise<string> => {
      const stream = await attacker.host.dialProtocol(node.host.peerId, protocol)
      const closed = new Promise<string>((resolve) => {
        stream.addEventListener('close', () => resolve('cut off'), { once: true })
        setTimeout(() => resolve('open'), 1_000)
      })
      stream.send(Uint8Array.of(0xc0, 0x84, 0x3d)) // a message of 1,000,000 bytes
      stream.send(new Uint8Array(sizeBytes))
      return closed
    }
    expect(await cut(KAD_STREAM_LIMIT_BYTES - 3)).toBe('open')
    expect(await cut(KAD_STREAM_LIMIT_BYTES - 2)).toBe('cut off')
  })

  test('the library has no namespace but ours, inherited ones included', async () => {
    const { host } = await honest()
    for (const map of [host.services.dht.validators, host.services.dht.selectors]) {
      expect(Object.getPrototypeOf(map)).toBeNull()
      expect(Object.keys(map)).toEqual(['aip'])
    }
  })

  test('a peer that puts more often than its rate is refused, and others are not', async () => {
    const node = await honest({ rates: { puts: { burst: 2, perSecond: 0.001 } } })
    const [eager, other] = await Promise.all([honest(), honest()])
    await meshed([node.host, eager.host])
    const failed: number[] = []
    for (let at = 0; at < 4; at++) {
      const published = await eager.directory.publishIdentity(grownAgent().newer)
      failed.push(published.failed)
    }
    expect(failed).toEqual([0, 0, 1, 1])
    expect(await node.rows()).toHaveLength(2)
    await meshed([node.host, other.host])
    await other.directory.publishIdentity(grownAgent().newer)
    expect(await node.rows()).toHaveLength(3)
  })

  test('many look-ups at once are all answered, within the streams that a peer grants', async () => {
    const nodes = await Promise.all([honest(), honest(), honest()])
    await meshed(nodes.map(({ host }) => host))
    const [first, second] = nodes
    if (first === undefined || second === undefined) throw new Error('three nodes')
    const agents = Array.from({ length: 30 }, () => grownAgent())
    await Promise.all(agents.map(({ newer }) => first.directory.publishIdentity(newer)))
    const found = await Promise.all(agents.map(({ did }) => second.directory.resolveIdentity(did)))
    expect(found.filter((resolved) => resolved !== undefined)).toHaveLength(30)
  })

  test('a node that starts alone publishes when peers come', async () => {
    const [alone, peer] = await Promise.all([honest(), honest()])
    const { did, newer } = grownAgent()
    const republisher = new Republisher({
      directory: alone.directory,
      states: () => [newer],
      peerCount: () => alone.host.getPeers().length,
      log: silentLogger,
      settleMs: 50,
    })
    stops.push(() => republisher.stop())
    republisher.start()
    await meshed([alone.host, peer.host])
    republisher.peersChanged()
    await eventually(async () => (await peer.best(did)) !== undefined)
  })

  test('a look-up that has a value does not wait for peers that keep silent', async () => {
    const { did, newer } = grownAgent()
    const floor = () => Promise.resolve(newer)
    const [knowing, asking] = await Promise.all([honest({ floor }), honest()])
    const silent = await Promise.all([hostileNode(never, never), hostileNode(never, never)])
    for (const host of silent) stops.push(async () => host.stop())
    await meshed([knowing.host, asking.host, ...silent])
    const startMs = performance.now()
    const found = await asking.directory.resolveIdentity(did)
    const tookMs = performance.now() - startMs
    expect(found?.state.bytes).toEqual(newer.bytes)
    expect(found).toMatchObject({ answered: 1, withValue: 1 })
    expect(tookMs).toBeGreaterThan(RESOLVE_SETTLE_MS - 50)
    expect(tookMs).toBeLessThan(SILENCE_LIMIT_MS)
  })

  test('a hostile peer does not hold up the look-ups that follow with corrections', async () => {
    const { did, older, newer } = grownAgent()
    const knowing = await honest({ floor: () => Promise.resolve(newer) })
    const asking = await honest()
    const liar = await hostileNode(() => Promise.resolve(older.bytes), never)
    stops.push(async () => liar.stop())
    await meshed([knowing.host, asking.host, liar])
    const startMs = performance.now()
    for (let at = 0; at < 3; at++) {
      const found = await asking.directory.resolveIdentity(did)
      expect(found?.state.bytes).toEqual(newer.bytes)
    }
    expect(performance.now() - startMs).toBeLessThan(SILENCE_LIMIT_MS)
  })

  test('an agent that is off stays resolvable through one that vouches for it', async () => {
    let nowMs = Date.now()
    const clock = (): number => nowMs
    const [agent, voucher, holder] = await Promise.all([
      honest(),
      honest({ clock }),
      honest({ clock }),
    ])
    await meshed([agent.host, voucher.host, holder.host])
    const { did, newer } = grownAgent()
    await agent.directory.publishIdentity(newer)
    await agent.host.stop()
    const newcomer = await honest()
    await meshed([holder.host, newcomer.host])

    // Two days later nobody has put it again, and it is gone.
    nowMs += 49 * HOUR_MS
    for (const { guard } of [voucher, holder]) await guard.sweep()
    expect(await newcomer.directory.resolveIdentity(did)).toBeUndefined()

    // It does not come to that where somebody cares for it.
    const republisher = new Republisher({
      directory: voucher.directory,
      states: () => [newer],
      peerCount: () => 1,
      log: silentLogger,
    })
    stops.push(() => republisher.stop())
    republisher.start()
    await eventually(async () => (await holder.best(did)) !== undefined)
    const found = await newcomer.directory.resolveIdentity(did)
    expect(found?.state.bytes).toEqual(newer.bytes)
  })
})
