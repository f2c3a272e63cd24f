/**
 * Alice's genesis key is her operational key, and Mallory has a copy. Alice is off; Mallory publishes a
 * second inception with it, as any node publishes. What does each of four viewers make of the name?
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handlersOf } from '../../../src/api/handlers.ts'
import type { Client } from '../../../src/api/contract.ts'
import { DAY_MS } from '../../../src/base/units.ts'
import type { Did } from '../../../src/identity/did.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import type { OwnIdentity } from '../../../src/node/own-identity.ts'
import { branchToRemember } from '../../../src/node/use/forks.ts'
import { resolve } from '../../../src/node/use/resolving.ts'
import { vouch } from '../../../src/node/use/vouching.ts'
import { memoryClient } from '../../api/memory-node.ts'
import { run } from '../../cli/run.ts'
import { faultOf } from '../../node/fault.ts'
import { eventually } from '../../support/mesh.ts'
import { inGossip, startNode, type InProcess } from '../../support/nodes.ts'

interface World {
  readonly alice: OwnIdentity
  readonly mallory: OwnIdentity
  /** Vouched for Alice. */
  readonly knower: InProcess
  /** Vouched for the knower. */
  readonly friend: InProcess
  /** Pinned Alice, and vouched for nobody. */
  readonly pinner: InProcess
  readonly stranger: InProcess
}

const stack = new AsyncDisposableStack()
let world: World

async function started(bootstrap: readonly InProcess[], identity?: OwnIdentity) {
  const addresses = bootstrap.map(({ address }) => address)
  return startNode({ bootstrap: addresses, ...(identity === undefined ? {} : { identity }) })
}

async function standingFor({ node }: InProcess, subject: Did): Promise<number> {
  return (await node.outlook.score({ subject, scope: 'general' })).standing
}

async function vouches(from: InProcess, subject: Did): Promise<void> {
  const expiresAtMs = Date.now() + 90 * DAY_MS
  await vouch(from.node, { subject, scope: 'general', level: 900, expiresAtMs })
}

/** An inception by a key that was copied: another log for the same name. */
function reincepted({ did, seed, signer }: OwnIdentity): OwnIdentity {
  const { log } = incept({ genesis: signer, nonce: 7, verifier: nativeVerifier })
  return { did, log, seed, signer }
}

beforeAll(async () => {
  const knower = stack.use(await started([]))
  const friend = stack.use(await started([knower]))
  const pinner = stack.use(await started([knower, friend]))
  const stranger = stack.use(await started([knower, friend, pinner]))
  const viewers = [knower, friend, pinner, stranger]
  const online = await started([knower])
  const alice = online.node.identity
  await inGossip([knower, online], [knower, friend], [knower, pinner], [knower, stranger])
  await eventually('everybody has the log of Alice', () =>
    viewers.every(({ node }) => node.identities.get(alice.did) !== undefined),
  )
  await vouches(knower, alice.did)
  await vouches(friend, knower.node.did)
  const { node } = pinner
  const known = await branchToRemember(node, node.identities.get(alice.did))
  await node.notes.putPin({ did: alice.did, kind: 'trust', ...known }, node.clock())
  node.outlook.noted(alice.did)
  await eventually('everybody has both vouches', () =>
    viewers.every((viewer) => viewer.node.evidence.size === 2),
  )
  await online[Symbol.asyncDispose]()

  const mallory = reincepted(alice)
  stack.use(await started([knower], mallory))
  await eventually('everybody has seen the fork', () =>
    viewers.every((viewer) => viewer.node.identities.get(alice.did)?.isForked === true),
  )
  world = { alice, mallory, knower, friend, pinner, stranger }
})

afterAll(async () => {
  await stack.disposeAsync()
})

const signal = (): AbortSignal => AbortSignal.timeout(20_000)

async function forkSeenBy({ node }: InProcess) {
  const { fork } = await resolve(node, world.alice.did, signal())
  return {
    at: fork?.at,
    branch: fork?.branch?.inceptionHex,
    because: fork?.because,
    by: fork?.by,
    other: fork?.other.map((log) => log.inceptionHex).toSorted(),
  }
}

const address = () => ({ socket: null, url: null })

function clientOf({ node }: InProcess): Client {
  return memoryClient(handlersOf({ node, version: '0', home: '/nowhere', address }))
}

async function printed(viewer: InProcess, ...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await run(argv, {
    connect: async () => Promise.resolve(clientOf(viewer)),
  })
  expect([code, err]).toEqual([0, ''])
  return out
}

describe('a second inception by a copied key', () => {
  test('is seen by everybody, as one event', () => {
    const { alice, knower, friend, pinner, stranger } = world
    for (const { node } of [knower, friend, pinner, stranger]) {
      const forked = node.events.since(0).filter(({ event }) => event.kind === 'identity.forked')
      expect(forked.map(({ event }) => event)).toEqual([
        { kind: 'identity.forked', did: alice.did },
      ])
    }
  })

  test('is settled for who vouched for the agent, by that vouch', async () => {
    const { alice, mallory, knower } = world
    expect(await forkSeenBy(knower)).toEqual({
      at: 'inceptions',
      branch: alice.log.inceptionHex,
      because: 'own-vouch',
      by: [knower.node.did],
      other: [mallory.log.inceptionHex],
    })
    expect(await standingFor(knower, alice.did)).toBeGreaterThan(0)
  })

  test('is settled for who trusts somebody who vouched', async () => {
    const { alice, mallory, knower, friend } = world
    expect(await forkSeenBy(friend)).toEqual({
      at: 'inceptions',
      branch: alice.log.inceptionHex,
      because: 'vouches',
      by: [knower.node.did],
      other: [mallory.log.inceptionHex],
    })
    expect(await standingFor(friend, alice.did)).toBeGreaterThan(0)
    // What is settled can be vouched for, and the vouch names the branch.
    await vouches(friend, alice.did)
    expect((await forkSeenBy(friend)).because).toBe('own-vouch')
  })

  test('does not take from a pin the branch that was pinned', async () => {
    const { alice, mallory, pinner } = world
    expect(await forkSeenBy(pinner)).toMatchObject({
      branch: alice.log.inceptionHex,
      because: 'pin',
      other: [mallory.log.inceptionHex],
    })
    expect(await standingFor(pinner, alice.did)).toBeGreaterThan(0)
  })

  test('stays forked for a stranger, until it pins one of the two', async () => {
    const { alice, mallory, stranger } = world
    const both = [alice, mallory].map(({ log }) => log.inceptionHex).toSorted()
    expect(await forkSeenBy(stranger)).toEqual({
      at: 'inceptions',
      branch: undefined,
      because: 'unsettled',
      by: [],
      other: both,
    })
    expect(await faultOf(vouches(stranger, alice.did))).toMatchObject({
      code: 'node/claim-invalid',
    })
    const unsettled = await printed(stranger, 'resolve', alice.did)
    expect(unsettled).toContain('forked at its inceptions')
    expect(unsettled).toContain('nobody you trust says which is real')
    for (const hash of both)
      expect(unsettled).toContain(`claims     inception ${hash.slice(0, 16)}`)
    expect(unsettled).not.toContain('verificationMethod')

    await expect(clientOf(stranger).putPin({ did: alice.did, branch: 'aaaaaaaa' })).rejects.toThrow(
      'aaaaaaaa',
    )
    await printed(stranger, 'pin', alice.did, 'trust', '--branch', alice.log.inceptionHex)
    expect((await forkSeenBy(stranger)).because).toBe('pin')
    const settled = await printed(stranger, 'resolve', alice.did)
    expect(settled).toContain(`goes by    inception ${alice.log.inceptionHex.slice(0, 16)}`)
    expect(settled).toContain(`other      inception ${mallory.log.inceptionHex.slice(0, 16)}`)
    expect(settled).toContain('verificationMethod')
  })

  test('is said in the status of whom it concerns', async () => {
    const { alice, knower } = world
    const { warnings } = await clientOf(knower).status({})
    expect(warnings.join(' ')).toContain(`Two key logs claim ${alice.did}`)
  })

  test('is held by everybody as one and the same proof, whatever each goes by', () => {
    const { alice, knower, pinner, stranger } = world
    const proof = stranger.node.identities.get(alice.did)?.bytes
    for (const { node } of [knower, pinner]) {
      expect(node.identities.get(alice.did)?.bytes).toEqual(proof)
    }
  })
})
