import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { describe, expect, test } from 'vitest'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { topicOf } from '../../../src/p2p/gossip/topics.ts'
import { isMeshProtocol } from '../../../src/p2p/gossip/watchdog.ts'
import {
  OFFERS_PER_NEW_PEER_LIMIT,
  OFFERS_PER_PEER_LIMIT,
  RECORD_MESSAGE_LIMIT_BYTES,
  REFUSALS_PER_BURST_LIMIT,
  WAITING_PER_PEER_LIMIT,
} from '../../../src/p2p/limits.ts'
import type { Offered } from '../../../src/p2p/ports.ts'
import {
  ListSink,
  connect,
  eventually,
  localNetwork,
  loopbackHost,
  meet,
  meshNode,
} from '../../support/mesh.ts'
import type { MeshNode } from '../../support/mesh.ts'

const text = (words: string): Uint8Array => new TextEncoder().encode(words)
const records = topicOf(localNetwork, 'records', 0)
const fresh: Offered = { kind: 'taken', fresh: true }
const broken: Offered = { kind: 'refused', code: 'record/signature-invalid' }

/** A sink's judgement in tests: what says it is bad or broken has a broken signature. */
const refusesBroken = (offer: { bytes: Uint8Array }): Offered =>
  /bad|broken/.test(Buffer.from(offer.bytes).toString()) ? broken : fresh

/** An identity value as far as gossip reads it. */
const value = (key: number, version: number): Uint8Array =>
  encodeCbor({ l: [{ r: new Uint8Array(32).fill(key), t: 0 }], v: version })

describe('a record on the mesh', () => {
  test('reaches the sinks of all, over peers that pass it on, with its sender named', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode()
    await using carol = await meshNode()
    await meet(alice, bob)
    await meet(bob, carol)
    expect(await alice.gossip.publishRecord(text('one'), 0)).toBe(1)
    await eventually('carol has it', () => carol.sink.texts.includes('one'))
    expect(bob.sink.offers[0]?.source).toEqual({ via: 'gossip', peer: alice.host.peerId })
    expect(carol.sink.offers[0]?.source).toEqual({ via: 'gossip', peer: bob.host.peerId })
    expect(alice.sink.offers).toEqual([])
    await eventually('counted', () => bob.gossip.stats.accepted === 1)
  })

  test('known and not fresh goes no further (R6), and costs nobody anything', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode({
      sink: new ListSink(() => ({ kind: 'taken', fresh: false })),
    })
    await using carol = await meshNode()
    await meet(alice, bob)
    await meet(bob, carol)
    for (let n = 0; n < 20; n++) await alice.gossip.publishRecord(text(`old ${n}`), 0)
    await eventually('bob was offered all', () => bob.gossip.stats.ignored === 20)
    await bob.gossip.publishRecord(text('last'), 0)
    await eventually('carol hears bob', () => carol.sink.texts.includes('last'))
    expect(carol.sink.texts).toEqual(['last'])
    expect(bob.gossip.score(alice.host.peerId)).toBeGreaterThanOrEqual(0)
  })

  test('with a broken signature, sent first, does not keep the true one out', async () => {
    await using mallory = await meshNode()
    await using bob = await meshNode({ sink: new ListSink(refusesBroken) })
    await using alice = await meshNode()
    await meet(mallory, bob)
    await meet(alice, bob)
    await mallory.gossip.publishRecord(text('body, signature broken'), 0)
    await eventually('bob refused the broken one', () => bob.gossip.stats.rejected === 1)
    await alice.gossip.publishRecord(text('body, signature true'), 0)
    await eventually('bob has the true one', () => bob.gossip.stats.accepted === 1)
  })
})

describe('what a sender loses', () => {
  test('five refused messages silence it; what it sends then is not even judged', async () => {
    await using mallory = await meshNode()
    await using bob = await meshNode({ sink: new ListSink(refusesBroken) })
    await meet(mallory, bob)
    for (let n = 0; n < 50; n++) await mallory.gossip.publishRecord(text(`bad ${n}`), 0)
    await eventually('below every threshold', () => bob.gossip.score(mallory.host.peerId) < -80)
    await mallory.gossip.publishRecord(text('good'), 0)
    await mallory.host.libp2p.services.ping.ping(bob.host.libp2p.peerId)
    expect(bob.sink.texts).not.toContain('good')
    // Those that were under way when the fifth was refused are judged, and no more.
    const { rejected, refusals } = bob.gossip.stats
    expect(rejected).toBeGreaterThanOrEqual(REFUSALS_PER_BURST_LIMIT)
    expect(rejected).toBeLessThanOrEqual(OFFERS_PER_NEW_PEER_LIMIT)
    expect(refusals).toEqual({ 'record/signature-invalid': rejected })
  })

  test('once silenced it is not heard from the next message on, in whatever frame it is', async () => {
    await using mallory = await meshNode()
    await using bob = await meshNode({ sink: new ListSink(refusesBroken) })
    await meet(mallory, bob)
    const score = (): number => bob.gossip.score(mallory.host.peerId)
    for (let n = 1; n <= 5; n++) {
      await mallory.gossip.publishRecord(text(`bad ${n}`), 0)
      await eventually('bob refused it', () => bob.gossip.stats.rejected === n)
      // At once, not when the score is a second old.
      expect(score()).toBeLessThan(-4 * n * n)
    }
    await mallory.gossip.publishRecord(text('good'), 0)
    await mallory.host.libp2p.services.ping.ping(bob.host.libp2p.peerId)
    expect(bob.sink.texts).not.toContain('good')
  })

  test('what an honest peer could not know costs nothing', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode({
      sink: new ListSink(() => ({ kind: 'refused', code: 'record/quota' })),
    })
    await meet(alice, bob)
    for (let n = 0; n < 30; n++) await alice.gossip.publishRecord(text(`record ${n}`), 0)
    await eventually('all were ignored', () => bob.gossip.stats.ignored === 30)
    expect(bob.gossip.score(alice.host.peerId)).toBeGreaterThanOrEqual(0)
    expect(bob.gossip.stats.rejected).toBe(0)
  })

  test('blame after the fact costs as much as one refused message', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode()
    await meet(alice, bob)
    bob.gossip.blame(alice.host.peerId, 'records', 0)
    await eventually('it shows', () => bob.gossip.score(alice.host.peerId) < -4)
  })

  test('and is not forgiven by hanging up: neither at once nor to who comes back', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode()
    await meet(alice, bob)
    const peer = alice.host.libp2p.peerId
    const score = (): number => bob.gossip.score(alice.host.peerId)
    await alice.gossip.publishRecord(text('a good one'), 0)
    await eventually('alice is well seen', () => score() > 0)
    bob.gossip.blame(alice.host.peerId, 'records', 0)
    await bob.host.libp2p.hangUp(peer)
    await eventually('the two have parted', () =>
      [alice, bob].every(({ gossip }) => gossip.peersOf(0).length === 0),
    )
    expect(score()).toBeLessThan(0)
    await meet(alice, bob)
    expect(score()).toBeLessThan(0)
  })

  test('a sink that throws is no fault of the sender', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode({
      sink: new ListSink(() => Promise.reject(new Error('disk on fire'))),
    })
    await meet(alice, bob)
    await alice.gossip.publishRecord(text('record'), 0)
    await eventually('it was ignored', () => bob.gossip.stats.ignored === 1)
    expect(bob.gossip.score(alice.host.peerId)).toBeGreaterThanOrEqual(0)
  })
})

describe('limits', () => {
  test('R1: a message over the largest record is refused before the sink sees it', async () => {
    await using mallory = await meshNode()
    await using bob = await meshNode()
    await meet(mallory, bob)
    const pubsub = mallory.host.libp2p.services.pubsub
    await pubsub.publish(records, new Uint8Array(RECORD_MESSAGE_LIMIT_BYTES + 1))
    await eventually('refused', () => bob.gossip.stats.rejected === 1)
    expect(bob.sink.offers).toEqual([])
    await pubsub.publish(records, new Uint8Array(RECORD_MESSAGE_LIMIT_BYTES))
    await eventually('the largest is offered', () => bob.sink.offers.length === 1)
    await expect(
      mallory.gossip.publishRecord(new Uint8Array(RECORD_MESSAGE_LIMIT_BYTES + 1), 0),
    ).rejects.toMatchObject({ fault: { code: 'p2p/message-too-large' } })
  })

  test('topics of other networks and of shards not followed reach no sink and no score', async () => {
    const network = { ...localNetwork, shardBits: 1 }
    await using mallory = await meshNode({ host: { network } })
    await using bob = await meshNode({ host: { network }, gossip: { shards: [0] } })
    await meet(mallory, bob)
    const { services } = mallory.host.libp2p
    const foreign = topicOf({ name: 'other', shardBits: 1 }, 'records', 0)
    // Mallory's own options would keep these from being sent: the peer is put in by hand.
    for (const topic of [foreign, topicOf(network, 'records', 1)]) {
      const topics = Reflect.get(services.pubsub, 'topics') as Map<string, Set<string>>
      topics.set(topic, new Set([bob.host.peerId]))
      expect((await services.pubsub.publish(topic, text('lost'))).recipients).toHaveLength(1)
    }
    await mallory.gossip.publishRecord(text('heard'), 0)
    await eventually('the followed shard is heard', () => bob.sink.texts.includes('heard'))
    expect(bob.sink.texts).toEqual(['heard'])
    const known = Reflect.get(bob.host.libp2p.services.pubsub, 'topics') as Map<string, unknown>
    expect(known.has(foreign)).toBe(false)
  })

  test('a busy sink delays its senders: so many offers at a time, none lost', async () => {
    let isOpen = false
    let inFlight = 0
    let mostInFlight = 0
    const gate = Promise.withResolvers<null>()
    await using alice = await meshNode()
    await using bob = await meshNode({
      sink: new ListSink(async () => {
        mostInFlight = Math.max(mostInFlight, ++inFlight)
        if (!isOpen) await gate.promise
        inFlight--
        return fresh
      }),
    })
    await meet(alice, bob)
    const count = 4 * WAITING_PER_PEER_LIMIT
    const filler = 'x'.repeat(1_000)
    for (let n = 0; n < count; n++) await alice.gossip.publishRecord(text(`${n} ${filler}`), 0)
    const inbound = (): readonly string[] =>
      bob.host.libp2p
        .getConnections()
        .flatMap(({ streams }) => streams)
        .filter((one) => one.direction === 'inbound' && isMeshProtocol(one.protocol))
        .map((one) => one.readStatus)
    await eventually('the stream is paused', () => inbound().includes('paused'))
    expect(bob.sink.offers).toHaveLength(OFFERS_PER_NEW_PEER_LIMIT)
    isOpen = true
    gate.resolve(null)
    await eventually('all were offered', () => bob.sink.offers.length === count, 30_000)
    await eventually('the stream flows again', () => !inbound().includes('paused'))
    expect(mostInFlight).toBeGreaterThanOrEqual(OFFERS_PER_NEW_PEER_LIMIT)
    expect(mostInFlight).toBeLessThanOrEqual(OFFERS_PER_PEER_LIMIT)
  })

  test('a sink that never answers is answered for, and its sender does not pay', async () => {
    await using alice = await meshNode()
    await using bob = await meshNode({
      sink: new ListSink(() => new Promise<never>(() => {})),
      gossip: { offerTimeoutMs: 50 },
    })
    await meet(alice, bob)
    await alice.gossip.publishRecord(text('record'), 0)
    await eventually('given up', () => bob.gossip.stats.late === 1)
    expect(bob.gossip.score(alice.host.peerId)).toBeGreaterThanOrEqual(0)
  })
})

describe('identities', () => {
  test('of one DID leave at most once in a gap, the newest; other DIDs do not wait', async () => {
    await using alice = await meshNode({ gossip: { identityGapMs: 400 } })
    await using bob = await meshNode()
    await meet(alice, bob)
    const sent = await Promise.all([
      alice.gossip.publishIdentity(value(1, 1), 0),
      alice.gossip.publishIdentity(value(1, 2), 0),
      alice.gossip.publishIdentity(value(1, 3), 0),
      alice.gossip.publishIdentity(value(2, 1), 0),
    ])
    expect(sent).toEqual([1, 0, 1, 1])
    await eventually('bob has three', () => bob.sink.offers.length === 3)
    expect(bob.sink.offers.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      [value(1, 1), value(2, 1), value(1, 3)].map((bytes) => Buffer.from(bytes).toString('hex')),
    )
  })

  test('are passed on at that pace too', async () => {
    await using alice = await meshNode({ gossip: { identityGapMs: 0 } })
    await using bob = await meshNode({ gossip: { identityGapMs: 600 } })
    await using carol = await meshNode()
    await meet(alice, bob)
    await meet(bob, carol)
    for (const version of [1, 2, 3, 4]) await alice.gossip.publishIdentity(value(3, version), 0)
    await eventually('bob has all', () => bob.sink.offers.length === 4)
    await eventually('carol has two', () => carol.sink.offers.length === 2)
    expect(carol.sink.offers.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
      [value(3, 1), value(3, 4)].map((bytes) => Buffer.from(bytes).toString('hex')),
    )
    expect(bob.gossip.stats.superseded).toBe(2)
  })
})

describe('a stream that was cut', () => {
  test('leaves the peer mute until the watchdog connects again', async () => {
    await using alice = await meshNode({ gossip: { watchdogGraceMs: 0 } })
    await using bob = await meshNode()
    await meet(alice, bob)
    for (const { streams } of alice.host.libp2p.getConnections()) {
      for (const stream of streams) {
        if (stream.direction === 'outbound' && isMeshProtocol(stream.protocol)) {
          stream.abort(new Error('cut'))
        }
      }
    }
    expect(await alice.gossip.publishRecord(text('into the void'), 0)).toBe(0)
    expect(await alice.gossip.revive()).toEqual([bob.host.peerId])
    await eventually('bob hears again', async () => {
      await alice.gossip.publishRecord(text(`again ${Date.now()}`), 0)
      return bob.sink.offers.length > 0
    })
  })

  test('is none: peers that are heard are left alone', async () => {
    await using alice = await meshNode({ gossip: { watchdogGraceMs: 0 } })
    await using bob = await meshNode()
    await meet(alice, bob)
    expect(await alice.gossip.revive()).toEqual([])
  })
})

describe('before anybody judges', () => {
  test('a host passes nothing on', async () => {
    await using host = await loopbackHost()
    const judge = host.libp2p.services.pubsub.topicValidators.get(records)
    const message = { type: 'unsigned', topic: records, data: text('anything') } as const
    expect(await judge?.(host.libp2p.peerId, message)).toBe(TopicValidatorResult.Ignore)
  })
})

describe('a mesh of sixteen on one machine', () => {
  test('hears every record once, though all share an address', async () => {
    const nodes: MeshNode[] = []
    await using stack = new AsyncDisposableStack()
    for (let n = 0; n < 16; n++) nodes.push(stack.use(await meshNode()))
    // A ring with chords: eight neighbours each, more than one address may have on a public network.
    for (const [at, node] of nodes.entries()) {
      for (const step of [1, 3, 5, 7]) {
        const other = nodes[(at + step) % nodes.length]
        if (other !== undefined) await connect(node.host, other.host)
      }
    }
    await eventually('each sees its eight neighbours', () =>
      nodes.every(({ gossip }) => gossip.peersOf(0).length === 8),
    )
    const published: string[] = []
    for (const [at, { gossip }] of nodes.entries()) {
      for (let n = 0; n < 3; n++) {
        published.push(`${at}.${n}`)
        await gossip.publishRecord(text(`${at}.${n}`), 0)
      }
    }
    await eventually('all have all but their own', () =>
      nodes.every(({ sink }) => sink.offers.length === published.length - 3),
    )
    for (const { sink } of nodes) expect(new Set(sink.texts).size).toBe(published.length - 3)
    for (const { gossip, host } of nodes) {
      for (const peer of host.libp2p.getPeers()) {
        expect(gossip.score(peer.toString())).toBeGreaterThanOrEqual(0)
      }
    }
  }, 60_000)
})

const joinedBy = ({ host }: MeshNode) => host.libp2p.services.pubsub.getTopics().toSorted()

describe('following shards', () => {
  const sharded = { ...localNetwork, shardBits: 2 }
  const topicsOfShards = (...shards: readonly number[]) =>
    shards
      .flatMap((shard) => [
        topicOf(sharded, 'identities', shard),
        topicOf(sharded, 'records', shard),
      ])
      .toSorted()
  const follower = async (shards: readonly number[]) =>
    meshNode({ host: { network: sharded }, gossip: { shards } })

  test('joins the topics of new shards and leaves those of the rest, while it runs', async () => {
    await using alice = await follower([0, 3])
    expect(joinedBy(alice)).toEqual(topicsOfShards(0, 3))
    alice.gossip.follow([1, 3])
    expect(joinedBy(alice)).toEqual(topicsOfShards(1, 3))
    expect([...alice.gossip.followed].toSorted((a, b) => a - b)).toEqual([1, 3])
    expect(() => alice.gossip.follow([2, 4])).toThrow(RangeError)
    expect(joinedBy(alice)).toEqual(topicsOfShards(1, 3))
    alice.gossip.follow([])
    expect(joinedBy(alice)).toEqual([])
  })

  test('a record in a shard that its sender does not follow reaches those who do', async () => {
    await using alice = await follower([0])
    await using bob = await follower([0, 2])
    await connect(alice.host, bob.host)
    await eventually('alice knows what bob follows', () =>
      alice.gossip.peersOf(2).includes(bob.host.peerId),
    )
    expect(await alice.gossip.publishRecord(text('far'), 2)).toBe(1)
    await eventually('bob has it', () => bob.sink.texts.includes('far'))
  })

  test('what comes in a shard that was left is not judged, and comes again once it is followed', async () => {
    await using alice = await follower([0, 1])
    await using bob = await follower([0, 1])
    await connect(alice.host, bob.host)
    const aliceSees = (isThere: boolean) => async () =>
      alice.gossip.peersOf(1).includes(bob.host.peerId) === isThere
    await eventually('bob is there', aliceSees(true))
    await alice.gossip.publishRecord(text('one'), 1)
    await eventually('bob has the first', () => bob.sink.texts.includes('one'))
    bob.gossip.follow([0])
    await eventually('bob is gone', aliceSees(false))
    await alice.gossip.publishRecord(text('two'), 1)
    // Said later, to a shard that bob still follows, over the same stream: the second would be here before.
    await alice.gossip.publishRecord(text('later'), 0)
    await eventually('bob has what was said later', () => bob.sink.texts.includes('later'))
    expect(bob.sink.texts).toEqual(['one', 'later'])
    // From here on the library may offer what was said lately, the second too: that is no fault.
    bob.gossip.follow([0, 1])
    await eventually('bob is back', aliceSees(true))
    await alice.gossip.publishRecord(text('three'), 1)
    await eventually('bob has the third', () => bob.sink.texts.includes('three'))
  })
})
