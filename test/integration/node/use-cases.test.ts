import { describe, expect, onTestFinished, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import type { Did } from '../../../src/identity/did.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { deactivate, rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import type { AipNode } from '../../../src/node/node.ts'
import {
  observePrivately,
  observePublicly,
  promise,
  promiseToMe,
} from '../../../src/node/use/observing.ts'
import { exportBundle, importBundle } from '../../../src/node/use/transferring.ts'
import { revoke, vouch } from '../../../src/node/use/vouching.ts'
import type { Outcome } from '../../../src/records/record.ts'
import { recordIdText } from '../../../src/records/wire.ts'
import { faultOf } from '../../node/fault.ts'
import { didNumber } from '../../support/evidence.ts'
import { idsOnDisk, startOffline } from '../../support/nodes.ts'

async function offline(): Promise<AipNode> {
  const started = await startOffline({})
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started.node
}

/** Two nodes that know each other's key log. */
async function pair(): Promise<readonly [AipNode, AipNode]> {
  const [alice, bob] = await Promise.all([offline(), offline()])
  await introduce(alice, bob)
  await introduce(bob, alice)
  return [alice, bob]
}

async function introduce(to: AipNode, who: AipNode): Promise<void> {
  await to.writer.putIdentity(IdentityState.of(who.identity.log))
}

/** What `from` holds is brought to `to`, as a file would. */
async function carried(from: AipNode, to: AipNode) {
  return importBundle(to, exportBundle(from, {}))
}

function order(node: AipNode, subject: Did, change: { level?: number; scope?: string } = {}) {
  const expiresAtMs = node.clock() + 90 * DAY_MS
  return { subject, scope: 'general', level: 800, expiresAtMs, ...change }
}

function outcome(node: AipNode, change: Partial<Outcome> = {}): Outcome {
  return {
    scope: 'review',
    promised: { kind: 'count', count: 10 },
    delivered: { kind: 'count', count: 9 },
    clarity: 0,
    observedAtMs: node.clock(),
    ...change,
  }
}

const pathsTo = async (node: AipNode, subject: Did) =>
  node.outlook.paths({ subject, scope: 'general' }, 5)

const scoreOf = async (node: AipNode, subject: Did) =>
  node.outlook.score({ subject, scope: 'general' })

describe('vouching', () => {
  test('replaces an older vouch for the same agent and scope, in one batch', async () => {
    const [alice, bob] = await pair()
    const first = await vouch(alice, order(alice, bob.did))
    const other = await vouch(alice, order(alice, bob.did, { scope: 'review' }))
    expect([first.revoked, other.revoked]).toEqual([[], []])
    const second = await vouch(alice, order(alice, bob.did, { level: 300 }))
    expect(second.revoked).toEqual([first.id])
    expect(await idsOnDisk(alice)).toHaveLength(4)
    const paths = await pathsTo(alice, bob.did)
    expect(paths.flatMap(({ hops }) => hops.map(({ level }) => level))).toEqual([300])
    // The one after that takes back only what lives.
    expect((await vouch(alice, order(alice, bob.did))).revoked).toEqual([second.id])
  })

  test('for an agent that nobody can resolve is refused, with nothing queued', async () => {
    const alice = await offline()
    const stranger = didNumber(0)
    expect(await faultOf(vouch(alice, order(alice, stranger)))).toEqual({
      code: 'node/did-unresolved',
      did: stranger,
    })
    await alice.writer.drained()
    expect(await idsOnDisk(alice)).toEqual([])
    expect(alice.pipeline.load).toEqual({ inFlight: 0, pending: 0, future: 0 })
    expect(await alice.store.ownSequence(alice.author.keyHex)).toBeUndefined()
  })

  test('for oneself, or for a deactivated or a forked identity, is refused', async () => {
    const alice = await offline()
    expect(await faultOf(vouch(alice, order(alice, alice.did)))).toMatchObject({
      code: 'node/claim-invalid',
    })
    const [genesis, rotation, recovery, next, thief] = Array.from({ length: 5 }, () =>
      nativeSigner(randomSeed()),
    )
    if (!genesis || !rotation || !recovery || !next || !thief) throw new Error()
    const verifier = nativeVerifier
    const { log } = incept({
      genesis,
      rotationKey: rotation.publicKey,
      recoveryKey: recovery.publicKey,
      verifier,
    })
    const rotatedTo = (key: Uint8Array): IdentityState =>
      IdentityState.of(rotate({ log, authority: rotation, operationalKey: key, verifier }).log)
    const forked = rotatedTo(next.publicKey).join(rotatedTo(thief.publicKey))
    expect(forked.isForked).toBe(true)
    await alice.writer.putIdentity(forked)
    expect(await faultOf(vouch(alice, order(alice, log.did)))).toMatchObject({
      code: 'node/claim-invalid',
      reason: expect.stringContaining('two key logs') as unknown,
    })
    const ended = IdentityState.of(deactivate({ log, authority: recovery, verifier }).log)
    const bob = await offline()
    await bob.writer.putIdentity(ended)
    expect(await faultOf(vouch(bob, order(bob, log.did)))).toMatchObject({
      code: 'node/claim-invalid',
      reason: expect.stringContaining('deactivated') as unknown,
    })
    expect([...(await idsOnDisk(alice)), ...(await idsOnDisk(bob))]).toEqual([])
  })

  test('that has ended already, or lasts too long, is refused', async () => {
    const [alice, bob] = await pair()
    for (const expiresAtMs of [alice.clock() - 1, alice.clock() + 367 * DAY_MS]) {
      expect(await faultOf(vouch(alice, { ...order(alice, bob.did), expiresAtMs }))).toMatchObject({
        code: 'record/expired',
      })
    }
    expect(await idsOnDisk(alice)).toEqual([])
  })
})

describe('revoking', () => {
  test('takes a vouch back once', async () => {
    const [alice, bob] = await pair()
    const { id } = await vouch(alice, order(alice, bob.did))
    expect(await pathsTo(alice, bob.did)).toHaveLength(1)
    await revoke(alice, id, 'the key was lent out')
    expect(await pathsTo(alice, bob.did)).toEqual([])
    expect(await faultOf(revoke(alice, id))).toEqual({
      code: 'node/already-revoked',
      id: recordIdText(id),
    })
    expect(await idsOnDisk(alice)).toHaveLength(2)
  })

  test('is for the issuer alone, and for vouches alone', async () => {
    const [alice, bob] = await pair()
    const { id } = await vouch(bob, order(bob, alice.did))
    await carried(bob, alice)
    expect(await faultOf(revoke(alice, id))).toEqual({
      code: 'node/not-mine',
      id: recordIdText(id),
    })
    const mine = await observePublicly(alice, bob.did, [outcome(alice)])
    expect(await faultOf(revoke(alice, mine))).toMatchObject({ code: 'node/not-mine' })
    const nothing = '0'.repeat(64)
    expect(await faultOf(revoke(alice, nothing))).toMatchObject({ code: 'node/record-unknown' })
  })
})

describe('observing', () => {
  test('settles a promise that was made to me, and no other', async () => {
    const [alice, bob] = await pair()
    const work = { kind: 'count', count: 10 } as const
    const deadlineMs = alice.clock() + DAY_MS
    const toMe = await promise(bob, { delegator: alice.did, scope: 'review', work, deadlineMs })
    const toOther = await promise(bob, { delegator: bob.did, scope: 'review', work, deadlineMs })
    const { id: noPromise } = await vouch(bob, order(bob, alice.did))
    await carried(bob, alice)
    expect(promiseToMe(alice, toMe, bob.did)).toMatchObject({ work, scope: 'review' })
    const reasonFor = (id: string, subject: Did): unknown => {
      try {
        return promiseToMe(alice, id, subject)
      } catch (error) {
        return String(error)
      }
    }
    expect(reasonFor(toMe, alice.did)).toContain('made by another agent')
    expect(reasonFor(toOther, bob.did)).toContain('made to another agent')
    expect(reasonFor(noPromise, bob.did)).toContain('not a promise')
    expect(reasonFor('0'.repeat(64), bob.did)).toContain('No record')
    await observePublicly(alice, bob.did, [outcome(alice, { promise: toMe })])
    await vouch(alice, order(alice, bob.did))
    expect((await scoreOf(alice, bob.did)).evidence.outcomes).toBe(1)
  })

  test('what has not happened yet is refused', async () => {
    const [alice, bob] = await pair()
    const later = outcome(alice, { observedAtMs: alice.clock() + DAY_MS })
    for (const observe of [observePublicly, observePrivately]) {
      expect(await faultOf(observe(alice, bob.did, [later]))).toMatchObject({
        code: 'node/claim-invalid',
      })
    }
    expect(await idsOnDisk(alice)).toEqual([])
    expect(alice.notes.privateOutcomes).toEqual([])
  })

  test('in private counts here, and is in nothing that is sent or exported', async () => {
    const [alice, bob] = await pair()
    await vouch(alice, order(alice, bob.did))
    await observePrivately(alice, bob.did, [outcome(alice)])
    expect((await scoreOf(alice, bob.did)).evidence.outcomes).toBe(1)
    expect(await idsOnDisk(alice)).toHaveLength(1)
    const shared = await alice.store.inventory(async (held) => {
      const lanes: number[] = []
      for await (const { keys } of held.runs()) lanes.push(keys.length)
      return lanes
    })
    expect(shared).toEqual([1])
    await carried(alice, bob)
    expect(bob.evidence.size).toBe(1)
    expect(bob.notes.privateOutcomes).toEqual([])
  })
})

describe('a bundle', () => {
  test('brings another node the same records and the logs that they need', async () => {
    const [alice, bob] = await pair()
    const third = await offline()
    await vouch(alice, order(alice, bob.did))
    await vouch(alice, order(alice, bob.did, { level: 1 }))
    const work = { kind: 'items', items: ['one', 'two'] } as const
    await promise(alice, {
      delegator: bob.did,
      scope: 'review',
      work,
      deadlineMs: alice.clock() + DAY_MS,
    })
    await observePublicly(alice, bob.did, [outcome(alice)])
    expect(await carried(alice, third)).toEqual({
      identities: 2,
      read: 5,
      stored: 5,
      known: 0,
      refused: new Map(),
    })
    expect(await idsOnDisk(third)).toEqual(await idsOnDisk(alice))
    expect(third.identities.get(alice.did)?.did).toBe(alice.did)
    expect(third.identities.get(bob.did)?.did).toBe(bob.did)
    // The second time all of it is known.
    expect(await carried(alice, third)).toMatchObject({ read: 5, stored: 0, known: 5 })
    // And back again.
    expect(await carried(third, alice)).toMatchObject({ stored: 0, known: 5 })
  })

  test('may be of one issuer, or about one subject', async () => {
    const [alice, bob] = await pair()
    const third = await offline()
    await introduce(alice, third)
    await introduce(bob, alice)
    await vouch(alice, order(alice, bob.did))
    await vouch(alice, order(alice, third.did))
    await vouch(bob, order(bob, alice.did))
    await carried(bob, alice)
    const counted = async (about: { issuer?: Did; subject?: Did }): Promise<number> =>
      (await importBundle(await offline(), exportBundle(alice, about))).stored
    expect(await counted({ issuer: bob.did })).toBe(1)
    expect(await counted({ issuer: alice.did })).toBe(2)
    expect(await counted({ subject: third.did })).toBe(1)
    expect(await counted({ issuer: third.did })).toBe(0)
  })

  test('whose key logs come after the records is taken all the same', async () => {
    const [alice, bob] = await pair()
    const third = await offline()
    await vouch(alice, order(alice, bob.did))
    const chunks: Uint8Array[] = []
    for await (const chunk of exportBundle(alice, {})) chunks.push(chunk)
    const [head, ...items] = chunks
    const end = items.pop()
    if (head === undefined || end === undefined) throw new Error()
    const turned = [head, ...items.toReversed(), end]
    expect(
      await importBundle(
        third,
        (async function* () {
          yield* turned
        })(),
      ),
    ).toMatchObject({ stored: 1, refused: new Map() })
  })

  test('that is cut short says so; what came before is kept', async () => {
    const [alice, bob] = await pair()
    const third = await offline()
    await vouch(alice, order(alice, bob.did))
    const chunks: Uint8Array[] = []
    for await (const chunk of exportBundle(alice, {})) chunks.push(chunk)
    const cut = chunks.slice(0, -1)
    expect(
      await faultOf(
        importBundle(
          third,
          (async function* () {
            yield* cut
          })(),
        ),
      ),
    ).toMatchObject({ code: 'bundle/cut-short' })
    await third.writer.drained()
    expect(await idsOnDisk(third)).toEqual(await idsOnDisk(alice))
  })
})
