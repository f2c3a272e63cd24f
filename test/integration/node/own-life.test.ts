/** The life of an identity with real stores, and real libp2p nodes on loopback that look on. */
import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { DAY_MS } from '../../../src/base/units.ts'
import type { Did } from '../../../src/identity/did.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { readIdentity } from '../../../src/node/own-identity.ts'
import { promise } from '../../../src/node/use/observing.ts'
import { planReissue, finishReissue } from '../../../src/node/use/reissuing.ts'
import { deactivateIdentity, recoverIdentity, rotateKey } from '../../../src/node/use/rotating.ts'
import { revoke, vouch } from '../../../src/node/use/vouching.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import type { RecordId } from '../../../src/records/record.ts'
import { faultOf } from '../../node/fault.ts'
import { eventually } from '../../support/mesh.ts'
import { inGossip, startNode, startOffline, temporaryHome } from '../../support/nodes.ts'
import { identityWithSheet, recoveryBy, rotationBy } from '../../support/own-sheet.ts'

function ending(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  return stack
}

/** Alice, whose sheet we have, and Bob, who looks on; connected. */
async function pair(options: { readonly hasColdRoot?: boolean } = {}) {
  const stack = ending()
  const home = await temporaryHome(stack)
  const { identity, secret } = await identityWithSheet(home, options)
  const alice = stack.use(await startNode({ home, identity }))
  const bob = stack.use(await startNode({ bootstrap: [alice.address] }))
  await inGossip([alice, bob])
  await eventually(
    'Bob knows Alice’s log',
    () => bob.node.identities.get(identity.did) !== undefined,
  )
  return { alice: alice.node, bob: bob.node, secret, home }
}

async function alone() {
  const stack = ending()
  const home = await temporaryHome(stack)
  const { identity, secret } = await identityWithSheet(home)
  const alice = stack.use(await startOffline({ home, identity })).node
  const bob = stack.use(await startOffline({})).node
  await alice.writer.putIdentity(bob.identities.get(bob.did) ?? never())
  return { alice, bob, secret, home }
}

function never(): never {
  throw new Error('it must be there')
}

async function vouched(from: AipNode, subject: Did, scope = 'general'): Promise<RecordId> {
  const expiresAtMs = from.clock() + 90 * DAY_MS
  return (await vouch(from, { subject, scope, level: 800, expiresAtMs })).id
}

/** Whether a record counts by its key, as a node sees it. */
function counting(node: AipNode, id: RecordId): string {
  const record = node.evidence.get(id)
  if (record === undefined) return 'absent'
  const state = node.identities.get(record.issuer)
  return state?.place(toHex(record.key))?.counts(record.sequence) ?? 'no key'
}

describe('a rotation on the mesh', () => {
  test('gives the node another key and peer id, without a restart; the DID and its records stay', async () => {
    const { alice, bob, secret } = await pair()
    const before = { peerId: alice.mesh?.host.peerId, keyHex: alice.author.keyHex }
    const addresses = alice.mesh?.host.listening()
    const old = await vouched(alice, bob.did)
    const begun = Date.now()
    const changed = await rotateKey(alice, rotationBy(secret, alice))
    expect(Date.now() - begun).toBeLessThan(10_000)
    expect(changed).toMatchObject({ previousKeyHex: before.keyHex, acknowledged: 1 })

    const { signer } = alice.identity
    expect(alice.mesh?.host.peerId).toBe(peerIdOfKey(signer.publicKey))
    expect(alice.mesh?.host.peerId).not.toBe(before.peerId)
    expect(alice.mesh?.host.listening()).toEqual(addresses)
    expect(alice.author.keyHex).toBe(toHex(signer.publicKey))
    expect(alice.standing).toBe('active')
    await eventually('Bob sees the new key', () => {
      const state = bob.identities.get(alice.did)
      return state?.branches[0].current?.keyHex === alice.author.keyHex
    })
    await eventually('Bob is connected with the new peer id', () =>
      (bob.mesh?.neighbours.connected ?? []).some(
        ({ peerId }) => peerId === alice.mesh?.host.peerId,
      ),
    )
    await eventually('Bob has the document that names it', () => {
      const services = bob.identities.get(alice.did)?.document?.content.services ?? []
      return services.some(({ endpoint }) => endpoint.endsWith(alice.mesh?.host.peerId ?? never()))
    })

    const fresh = await vouched(alice, bob.did, 'review')
    await eventually('both records are at Bob', () => bob.evidence.get(fresh) !== undefined)
    for (const node of [alice, bob]) {
      expect([counting(node, old), counting(node, fresh)]).toEqual(['counts', 'counts'])
    }
    const [first, second] = [old, fresh].map((id) => alice.evidence.get(id)?.sequence ?? never())
    expect(second).toBeGreaterThan(first ?? never())
    // I16: the old key's records count up to its last, and no further.
    const place = bob.identities.get(alice.did)?.place(before.keyHex)
    expect(place?.counts(first ?? never())).toBe('counts')
    expect(place?.counts((first ?? never()) + 1)).toBe('beyond-reach')
  })

  test('of both at the same moment: they find each other again', async () => {
    const stack = ending()
    const homes = [await temporaryHome(stack), await temporaryHome(stack)]
    const [one, two] = await Promise.all(homes.map(async (home) => identityWithSheet(home)))
    if (one === undefined || two === undefined) throw new Error('there are two')
    const a = stack.use(await startNode({ home: homes[0] ?? '', identity: one.identity }))
    const options = { bootstrap: [a.address], identity: two.identity }
    const b = stack.use(await startNode({ home: homes[1] ?? '', ...options }))
    await inGossip([a, b])
    const [alice, bob] = [a.node, b.node]
    await eventually('they know each other’s logs', () =>
      [alice.identities.get(bob.did), bob.identities.get(alice.did)].every(Boolean),
    )
    await Promise.all([
      rotateKey(alice, rotationBy(one.secret, alice)),
      rotateKey(bob, rotationBy(two.secret, bob)),
    ])
    const id = await vouched(alice, bob.did)
    await eventually('Bob has what Alice signed then', () => counting(bob, id) === 'counts', 30_000)
  })

  test('of a compromised key takes all that it signed, and signs what lives again', async () => {
    const { alice, bob, secret } = await pair({ hasColdRoot: true })
    const [kept, taken] = [
      await vouched(alice, bob.did, 'audit'),
      await vouched(alice, bob.did, 'review'),
    ]
    await revoke(alice, taken)
    const deadlineMs = alice.clock() + DAY_MS
    const work = { kind: 'count', count: 3 } as const
    await promise(alice, { delegator: bob.did, scope: 'review', work, deadlineMs })
    await eventually('Bob has all four', () => bob.writer.recordCount === 4)

    const changed = await rotateKey(alice, rotationBy(secret, alice, { isCompromised: true }))
    expect(changed.reissued).toEqual({ vouches: 1, promises: 1, refused: 0 })
    await eventually('Bob has what was signed again', () => bob.writer.recordCount === 6)
    for (const node of [alice, bob]) {
      for (const { id, record } of node.evidence.all()) {
        const isNew = toHex(record.key) === alice.author.keyHex
        expect(counting(node, id)).toBe(isNew ? 'counts' : 'compromised')
      }
      const again = [...node.evidence.all()].filter(
        ({ record }) => toHex(record.key) === alice.author.keyHex,
      )
      expect(again.map(({ record }) => record.type).toSorted()).toEqual(['promise', 'vouch'])
      const old = node.evidence.get(kept)
      const vouchAgain = again.find(({ record }) => record.type === 'vouch')?.record
      expect(vouchAgain).toMatchObject({
        scope: 'audit',
        level: 800,
        issuedAtMs: old?.issuedAtMs,
        expiresAtMs: old?.expiresAtMs,
      })
    }
    expect(await alice.outlook.paths({ subject: bob.did, scope: 'audit' }, 5)).toHaveLength(1)
    expect(await alice.outlook.paths({ subject: bob.did, scope: 'review' }, 5)).toEqual([])
  })

  test('is refused with another sheet, and for an identity without one; nothing has changed', async () => {
    const { alice, bob, secret, home } = await alone()
    const { keyHex } = alice.author
    const other = new Uint8Array(32).fill(1)
    expect(await faultOf(rotateKey(alice, rotationBy(other, alice)))).toEqual({
      code: 'node/sheet-other',
      did: alice.did,
    })
    expect(await faultOf(recoverIdentity(alice, rotationBy(secret, alice)))).toMatchObject({
      code: 'node/sheet-other',
    })
    expect(await faultOf(rotateKey(bob, rotationBy(secret, bob)))).toEqual({
      code: 'node/no-commitment',
      what: 'rotation',
    })
    expect(alice.author.keyHex).toBe(keyHex)
    expect(await readdir(dirname(alice.keyFile))).toEqual(['operational.key'])
    expect((await readIdentity(`${home}/keys/operational.key`))?.did).toBe(alice.did)
    await vouched(alice, bob.did)
  })

  test('goes on until the log is full, which a recovery makes short again', async () => {
    const { alice, secret } = await alone()
    for (let count = 1; count < 20; count++) await rotateKey(alice, rotationBy(secret, alice))
    expect(await faultOf(rotateKey(alice, rotationBy(secret, alice)))).toMatchObject({
      code: 'identity/log-full',
    })
    await recoverIdentity(alice, recoveryBy(secret, alice))
    expect(alice.identity.log.entries).toHaveLength(2)
    await rotateKey(alice, rotationBy(secret, alice))
    expect(alice.standing).toBe('active')
  })

  test('keeps claims waiting that come meanwhile, and signs them with the new key', async () => {
    const { alice, bob, secret } = await alone()
    const first = await vouched(alice, bob.did)
    const rotating = rotateKey(alice, rotationBy(secret, alice))
    const waiting = Array.from({ length: 8 }, async (_, at) => vouched(alice, bob.did, `s${at}`))
    await rotating
    const ids = await Promise.all(waiting)
    for (const id of [first, ...ids]) expect(counting(alice, id)).toBe('counts')
    expect(alice.evidence.get(ids[7] ?? never())?.key).toEqual(alice.identity.signer.publicKey)
  })
})

describe('a recovery', () => {
  test('drops the rotations, keeps their records, and takes those of a stolen key', async () => {
    const { alice, bob, secret } = await pair()
    const ofFirst = await vouched(alice, bob.did, 'one')
    await rotateKey(alice, rotationBy(secret, alice))
    const ofSecond = await vouched(alice, bob.did, 'two')
    await rotateKey(alice, rotationBy(secret, alice))
    const ofThird = await vouched(alice, bob.did, 'three')
    await eventually('Bob has all three', () => bob.writer.recordCount === 3)

    const changed = await recoverIdentity(alice, recoveryBy(secret, alice, { isCompromised: true }))
    expect(changed.reissued).toEqual({ vouches: 1, promises: 0, refused: 0 })
    const { log } = alice.identity
    expect(log.entries.map(({ type }) => type)).toEqual(['inception', 'recovery'])
    expect(log.current).toMatchObject({ generation: 1, rotation: 0 })
    await eventually('Bob has the vouch that was signed again', () =>
      [...bob.evidence.all()].some(({ record }) => toHex(record.key) === alice.author.keyHex),
    )
    for (const node of [alice, bob]) {
      expect(counting(node, ofFirst)).toBe('counts')
      expect(counting(node, ofSecond)).toBe('counts')
      // Its key is none of the DID's any more, so its records are not kept.
      expect(counting(node, ofThird)).toBe('absent')
    }
    expect(await alice.outlook.paths({ subject: bob.did, scope: 'three' }, 5)).toHaveLength(1)
  })

  test('wins over a thief who rotated with a stolen rotation key', async () => {
    const { alice, bob, secret } = await pair()
    const thiefHome = await temporaryHome(ending())
    const thief = ending().use(
      await startOffline({ home: thiefHome, identity: alice.identity }),
    ).node
    await rotateKey(thief, rotationBy(secret, thief))
    const stolen = thief.identities.get(alice.did) ?? never()
    for (const node of [alice, bob]) await node.writer.putIdentity(stolen)
    expect(alice.standing).toBe('retired')
    expect(await faultOf(vouched(alice, bob.did))).toEqual({
      code: 'node/key-retired',
      did: alice.did,
    })
    expect(await faultOf(rotateKey(alice, rotationBy(secret, alice)))).toMatchObject({
      code: 'node/key-retired',
    })
    await recoverIdentity(alice, recoveryBy(secret, alice, { isCompromised: true }))
    expect(alice.standing).toBe('active')
    const id = await vouched(alice, bob.did)
    await eventually('Bob has the vouch', () => counting(bob, id) === 'counts')
    // The thief's node learns it, and falls silent.
    await thief.writer.putIdentity(alice.identities.get(alice.did) ?? never())
    expect(thief.standing).toBe('retired')
  })
})

describe('a home whose key was replaced elsewhere', () => {
  test('starts, says so, and signs nothing: neither records nor a document', async () => {
    const stack = ending()
    const home = await temporaryHome(stack)
    const { identity, secret } = await identityWithSheet(home)
    const other = await temporaryHome(stack)
    {
      await using twin = await startOffline({ home: other, identity })
      await rotateKey(twin.node, rotationBy(secret, twin.node))
      await using old = await startOffline({ home, identity })
      await old.node.writer.putIdentity(twin.node.identities.get(identity.did) ?? never())
      await planReissue(old.node, old.node.author.keyHex)
    }
    const { node } = stack.use(await startNode({ home, identity }))
    expect(node.standing).toBe('retired')
    expect(node.identities.get(identity.did)?.document).toBeUndefined()
    expect(await finishReissue(node)).toEqual({ vouches: 0, promises: 0, refused: 0 })
    const bob = stack.use(await startOffline({})).node
    await node.writer.putIdentity(bob.identities.get(bob.did) ?? never())
    expect(await faultOf(vouched(node, bob.did))).toMatchObject({ code: 'node/key-retired' })
  })
})

describe('a deactivation', () => {
  test('ends the identity for everybody: nothing is signed, nothing but the end is published', async () => {
    const { alice, bob, secret, home } = await pair()
    const id = await vouched(alice, bob.did)
    await eventually('Bob has the vouch', () => bob.evidence.get(id) !== undefined)
    const { authority } = recoveryBy(secret, alice)
    const changed = await deactivateIdentity(alice, { authority, isCompromised: false })
    expect(changed.acknowledged).toBe(1)
    expect(alice.standing).toBe('deactivated')
    await eventually(
      'Bob knows',
      () => bob.identities.get(alice.did)?.branches[0].deactivated === true,
    )
    expect(bob.identities.get(alice.did)?.document).toBeUndefined()
    expect(counting(bob, id)).toBe('counts')
    const fault = { code: 'node/deactivated', did: alice.did }
    expect(await faultOf(vouched(alice, bob.did, 'two'))).toEqual(fault)
    expect(await faultOf(rotateKey(alice, rotationBy(secret, alice)))).toEqual(fault)
    expect(await faultOf(recoverIdentity(alice, recoveryBy(secret, alice)))).toEqual(fault)
    expect(await faultOf(vouched(bob, alice.did))).toMatchObject({ code: 'node/claim-invalid' })
    expect((await readIdentity(`${home}/keys/operational.key`))?.log.deactivated).toBe(true)
  })
})

describe('what was set aside to be signed again', () => {
  test('is left alone when the key did not change after all', async () => {
    const { alice, bob } = await alone()
    await vouched(alice, bob.did)
    await planReissue(alice, alice.author.keyHex)
    expect(await finishReissue(alice)).toEqual({ vouches: 0, promises: 0, refused: 0 })
    expect(alice.writer.recordCount).toBe(1)
    const names = (await alice.store.notes.list()).map(({ name }) => name)
    expect(names.filter((name) => name !== 'scrub')).toEqual([])
  })

  test('is finished by the next start, once', async () => {
    const { alice, bob, secret } = await alone()
    await vouched(alice, bob.did)
    const { keyHex } = alice.author
    await rotateKey(alice, rotationBy(secret, alice, { isCompromised: true }))
    expect(alice.writer.recordCount).toBe(2)
    await planReissue(alice, keyHex) // as a kill before the last note was gone leaves it
    expect(await finishReissue(alice)).toEqual({ vouches: 0, promises: 0, refused: 0 })
    expect(alice.writer.recordCount).toBe(2)
  })

  test('leaves out what came since the theft', async () => {
    const { alice, bob, secret } = await alone()
    await vouched(alice, bob.did, 'mine')
    await eventually('the clock moves on', () => alice.clock() > lastIssueMs(alice))
    const stolenSinceMs = alice.clock()
    await vouched(alice, bob.did, 'theirs')
    const order = rotationBy(secret, alice, { isCompromised: true, stolenSinceMs })
    expect((await rotateKey(alice, order)).reissued).toMatchObject({ vouches: 1 })
    expect(await alice.outlook.paths({ subject: bob.did, scope: 'mine' }, 5)).toHaveLength(1)
    expect(await alice.outlook.paths({ subject: bob.did, scope: 'theirs' }, 5)).toEqual([])
  })

  test('may be more than an hour takes: it keeps its time of issue', async () => {
    const { alice, bob, secret } = await alone()
    for (let at = 0; at < 32; at++) await vouched(alice, bob.did, `s${at}`)
    const order = rotationBy(secret, alice, { isCompromised: true })
    expect((await rotateKey(alice, order)).reissued).toEqual({
      vouches: 32,
      promises: 0,
      refused: 0,
    })
  })
})

function lastIssueMs(node: AipNode): number {
  return Math.max(...[...node.evidence.all()].map(({ record }) => record.issuedAtMs))
}
