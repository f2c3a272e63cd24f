/** Nodes that follow part of a network of 16 shards, over real sockets. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import type { Did } from '../../../src/identity/did.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { FIRST_GAP_MS } from '../../../src/node/interest/own-elsewhere.ts'
import { createIdentity, type OwnIdentity } from '../../../src/node/own-identity.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { complete, isComplete } from '../../../src/node/use/completing.ts'
import { vouch } from '../../../src/node/use/vouching.ts'
import { shardOf } from '../../../src/records/replica/lanes.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode, temporaryHome, type InProcess, type NodePlan } from '../../support/nodes.ts'

const SHARD_BITS = 4
const LIMIT_MS = 60_000

/** Of an agent whose shard is none of those taken, which it then is. */
async function identityApart(taken: Set<number>): Promise<OwnIdentity> {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  for (;;) {
    const keyFile = join(await temporaryHome(stack), 'operational.key')
    const identity = await createIdentity(keyFile, { workBits: 0 })
    const shard = shardOf(identity.did, SHARD_BITS)
    if (taken.has(shard)) continue
    taken.add(shard)
    return identity
  }
}

async function nodeApart(taken: Set<number>, plan: NodePlan = {}): Promise<InProcess> {
  const identity = await identityApart(taken)
  const started = await startNode({ shardBits: SHARD_BITS, identity, ...plan })
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started
}

const shardOfNode = ({ node }: InProcess): number => shardOf(node.did, SHARD_BITS)

const order = (subject: Did) => ({
  subject,
  scope: 'general',
  level: 900,
  expiresAtMs: Date.now() + 90 * DAY_MS,
})

const scoreOf = async (node: AipNode, subject: Did) =>
  node.outlook.score({ subject, scope: 'general' })

async function connected(...nodes: readonly InProcess[]): Promise<void> {
  await eventually('all are connected', () =>
    nodes.every(({ mesh }) => mesh.neighbours.count >= nodes.length - 1),
  )
}

describe('a node that follows what concerns its agent', () => {
  test('follows a new vouch and what comes of it, and still scores somebody outside by asking', async () => {
    const taken = new Set<number>()
    const bob = await nodeApart(taken)
    const plan = { bootstrap: [bob.address] }
    const [carol, dave, me] = await Promise.all([
      nodeApart(taken, plan),
      nodeApart(taken, plan),
      nodeApart(taken, { ...plan, replication: 'interest' }),
    ])
    await connected(me, bob, carol, dave)
    // Nobody concerns me yet.
    expect(me.node.interest.shards()).toEqual([shardOfNode(me)])
    expect(bob.node.interest.shards()).toHaveLength(16)

    await vouch(bob.node, order(carol.node.did))
    await vouch(carol.node, order(dave.node.did))
    for (const one of [bob, carol, dave]) {
      await eventually('full replicas have both', () => one.node.evidence.size === 2)
    }
    expect(me.node.evidence.size).toBe(0)

    // I ask about Carol, whom I do not follow: three peers hold the same, and the view has it.
    const first = await complete(me.node, carol.node.did)
    expect(first).toMatchObject({
      followed: false,
      peersAsked: 3,
      peersAnswered: 3,
      peersAgreed: 3,
    })
    expect(isComplete(first)).toBe(true)
    expect([...me.node.evidence.about(carol.node.did)]).toHaveLength(1)
    expect((await scoreOf(me.node, carol.node.did)).standing).toBe(0)
    await eventually('the agent asked about is followed', () =>
      me.node.interest.follows(shardOfNode(carol)),
    )

    // I vouch for Bob: his shard is followed, then Carol has standing by his word, and Dave by hers.
    await vouch(me.node, order(bob.node.did))
    await eventually(
      'standing has travelled to Dave',
      async () => (await scoreOf(me.node, dave.node.did)).standing > 0,
      LIMIT_MS,
    )
    await eventually('his shard is followed', () => me.node.interest.follows(shardOfNode(dave)))
    expect((await scoreOf(me.node, carol.node.did)).standing).toBeGreaterThan(0)
    expect(me.node.interest.shards().length).toBeLessThanOrEqual(4)

    // What is said from now on about those that are followed comes unasked.
    await eventually('peers know', () =>
      dave.mesh.gossip.peersOf(shardOfNode(bob)).includes(me.peerId),
    )
    await vouch(dave.node, order(bob.node.did))
    await eventually('it came', () => [...me.node.evidence.about(bob.node.did)].length === 2)
  })

  test('tells how many did not answer, and lets nobody who keeps something back agree', async () => {
    const taken = new Set<number>()
    const bob = await nodeApart(taken)
    const plan = { bootstrap: [bob.address] }
    const [carol, me, other] = await Promise.all([
      nodeApart(taken, plan),
      nodeApart(taken, { ...plan, replication: 'none' }),
      nodeApart(taken, plan),
    ])
    await connected(me, bob, carol, other)
    await vouch(bob.node, order(other.node.did))
    await vouch(carol.node, order(other.node.did))
    for (const one of [bob, carol, other]) {
      await eventually('full replicas have both', () => one.node.evidence.size === 2)
    }
    // Bob denies what Carol said, without a word that could be refused.
    const [said] = [...bob.node.evidence.by(carol.node.did)]
    await bob.node.writer.forget(said === undefined ? [] : [said.id])

    const found = await complete(me.node, other.node.did)
    expect(found).toMatchObject({
      followed: false,
      peersAsked: 3,
      peersAnswered: 3,
      peersAgreed: 2,
    })
    expect(isComplete(found)).toBe(false)
    expect([...me.node.evidence.about(other.node.did)].length).toBe(2)
  })
})

describe('a node that follows nobody but its own agent', () => {
  test('keeps what is about its agent, borrows what it asks for, and is heard by those who follow', async () => {
    const taken = new Set<number>()
    const bob = await nodeApart(taken)
    const plan = { bootstrap: [bob.address] }
    const [carol, me] = await Promise.all([
      nodeApart(taken, plan),
      nodeApart(taken, { ...plan, replication: 'none' }),
    ])
    await connected(me, bob, carol)
    await eventually('peers know what I follow', () =>
      bob.mesh.gossip.peersOf(shardOfNode(me)).includes(me.peerId),
    )
    expect(bob.mesh.gossip.peersOf(shardOfNode(carol))).not.toContain(me.peerId)
    await eventually('I know what peers follow', () =>
      me.mesh.gossip.peersOf(shardOfNode(bob)).includes(bob.peerId),
    )

    await vouch(bob.node, order(me.node.did))
    await vouch(bob.node, order(carol.node.did))
    await eventually('what is about me came', () => me.node.evidence.size === 1)

    // I speak in a shard that I do not follow, and am heard.
    await vouch(me.node, order(bob.node.did))
    await eventually('they heard me', () => [...carol.node.evidence.by(me.node.did)].length === 1)
    expect(me.node.interest.shards()).toEqual([shardOfNode(me)])

    await complete(me.node, carol.node.did)
    expect([...me.node.evidence.about(carol.node.did)].length).toBe(1)
    expect((await scoreOf(me.node, carol.node.did)).standing).toBeGreaterThan(0)
    // What I borrowed stays as long as it is wanted; what I signed stays in any case.
    expect(await me.node.interest.sweep()).toBe(0)
    expect([...me.node.evidence.by(me.node.did)].length).toBe(1)
  })

  test('lets go of what it borrowed a day later', async () => {
    const taken = new Set<number>()
    const bob = await nodeApart(taken)
    let aheadMs = 0
    const [carol, me] = await Promise.all([
      nodeApart(taken, { bootstrap: [bob.address] }),
      nodeApart(taken, {
        bootstrap: [bob.address],
        replication: 'none',
        clock: () => Date.now() + aheadMs,
      }),
    ])
    await connected(me, bob, carol)
    await vouch(bob.node, order(carol.node.did))
    await vouch(me.node, order(bob.node.did))
    await complete(me.node, carol.node.did)
    expect(me.node.evidence.size).toBe(2)
    aheadMs = 2 * DAY_MS
    expect(await me.node.interest.sweep()).toBe(1)
    expect([...me.node.evidence.all()].map(({ record }) => record.issuer)).toEqual([me.node.did])
  })
})

describe('what this agent says in a shard that its node does not follow', () => {
  test('reaches a node that was away when it was said, once somebody is there to hear it', async () => {
    const taken = new Set<number>()
    const stack = new AsyncDisposableStack()
    onTestFinished(async () => stack.disposeAsync())
    const [other, identity] = [await identityApart(taken), await identityApart(taken)]
    const home = await temporaryHome(stack)
    const plan = { home, identity, shardBits: SHARD_BITS, replication: 'none' } as const
    {
      await using alone = await startNode(plan)
      await alone.node.writer.putIdentity(IdentityState.of(other.log))
      await vouch(alone.node, order(other.did))
      expect(alone.node.ownElsewhere.count).toBe(1)
    }
    const clock = { aheadMs: 0 }
    const me = await startNode({ ...plan, clock: () => Date.now() + clock.aheadMs })
    onTestFinished(async () => me[Symbol.asyncDispose]())
    const late = await startNode({
      shardBits: SHARD_BITS,
      identity: other,
      bootstrap: [me.address],
    })
    onTestFinished(async () => late[Symbol.asyncDispose]())
    await eventually('I know what the late one follows', () =>
      me.mesh.gossip.peersOf(shardOf(other.did, SHARD_BITS)).includes(late.peerId),
    )
    await eventually('it is remembered', () => me.node.ownElsewhere.count === 1)
    await me.node.ownElsewhere.look()
    expect(late.node.evidence.size).toBe(0)

    clock.aheadMs = FIRST_GAP_MS
    await me.node.ownElsewhere.look()
    await eventually('it has come', () => late.node.evidence.size === 1)
  })

  test('is remembered after a start, and left to reconciliation by who follows all', async () => {
    const taken = new Set<number>()
    const other = await identityApart(taken)
    const identity = await identityApart(taken)
    const stack = new AsyncDisposableStack()
    onTestFinished(async () => stack.disposeAsync())
    const plan = { home: await temporaryHome(stack), identity, shardBits: SHARD_BITS }
    {
      await using first = await startNode({ ...plan, replication: 'none' })
      await first.node.writer.putIdentity(IdentityState.of(other.log))
      await vouch(first.node, order(other.did))
    }
    {
      await using second = await startNode({ ...plan, replication: 'none' })
      await eventually('it is remembered', () => second.node.ownElsewhere.count === 1)
    }
    await using third = await startNode({ ...plan, replication: 'all' })
    await third.node.index.whenReady()
    expect(third.node.evidence.size).toBe(1)
    expect(third.node.ownElsewhere.count).toBe(0)
  })
})
