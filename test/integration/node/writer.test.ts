import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { BATCH_LIMIT } from '../../../src/node/ingest/writer.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import type { Verified } from '../../../src/records/verified.ts'
import { StoreError } from '../../../src/store/error.ts'
import { faultOf } from '../../node/fault.ts'
import {
  agent,
  alice,
  bob,
  carol,
  NOW_MS,
  observationClaim,
  outcome,
  promiseClaim,
  revocationClaim,
  verified,
  vouchClaim,
} from '../../support/records.ts'
import { idsIn, Parts, temporaryHome } from './parts.ts'

const PEER = { via: 'sync', peer: 'p1' } as const
const ME = { via: 'api' } as const
/** Vouches of one issuer and hour that are kept. */
const HOUR_LIMIT = 32

function vouches(count: number, from = 0): readonly Verified[] {
  return Array.from({ length: count }, (_, at) =>
    verified(vouchClaim({ sequence: NOW_MS + from + at })),
  )
}

/** The same, lowest id first: the order in which those of one hour stand. */
function ranked(count: number): readonly Verified[] {
  return vouches(count).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function ids(records: readonly Verified[]): string[] {
  return records.map(({ id }) => id).toSorted()
}

describe('the writer', () => {
  test('puts what waits at once in as few batches as hold it', async () => {
    const { writer, disk, store } = await Parts.open()
    const records = Array.from({ length: 5 * BATCH_LIMIT }, (_, at) =>
      verified(vouchClaim({ subject: bob.did }), agent(`issuer ${at}`)),
    )
    await Promise.all(records.map(async (one) => writer.put([one], PEER)))
    expect(disk.batches).toHaveLength(5)
    expect(await idsIn(store)).toEqual(ids(records))
  })

  test('puts no more than so many in one batch', async () => {
    const { writer, disk } = await Parts.open()
    const records = Array.from({ length: BATCH_LIMIT + 1 }, (_, at) =>
      verified(vouchClaim({ subject: bob.did }), agent(`issuer ${at}`)),
    )
    await Promise.all(records.map(async (one) => writer.put([one], PEER)))
    expect(disk.batches.map(({ put }) => put?.length)).toEqual([BATCH_LIMIT, 1])
  })

  test('answers only when the record is on disk', async () => {
    const parts = await Parts.open()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>()
    parts.disk.before = async () => {
      ask()
      await allowed
    }
    const [one] = vouches(1)
    if (one === undefined) throw new Error()
    let answered = 0
    const putting = parts.writer.put([one], PEER).then(() => answered++)
    await asked
    // R6: it is not known before it is stored, whoever asks.
    const held = parts.writer.holds(one.id).then((is) => {
      answered++
      return is
    })
    await new Promise(setImmediate)
    expect(answered).toBe(0)
    expect(parts.evidence.size).toBe(0)
    allow()
    expect(await held).toBe(true)
    await putting
    expect(await parts.store.has(one.id)).toBe(true)
  })

  test('R10: names what it refuses, and evicts what stands behind', async () => {
    const { writer, store, events } = await Parts.open()
    const all = ranked(HOUR_LIMIT + 1)
    const [lowest, ...others] = all
    const highest = all.at(-1)
    if (lowest === undefined || highest === undefined) throw new Error()
    await writer.put(others, PEER)
    expect(await idsIn(store)).toEqual(ids(others))
    expect(await writer.put([lowest], PEER)).toEqual({ refused: [] })
    expect(await idsIn(store)).toEqual(ids(all.slice(0, -1)))
    expect(await writer.put([highest], PEER)).toEqual({ refused: [highest.id] })
    expect(events.filter(({ kind }) => kind === 'record.evicted')).toEqual([
      { kind: 'record.evicted', id: highest.id },
    ])
    expect(writer.recordCount).toBe(HOUR_LIMIT)
  })

  test('lets what its lane no longer keeps go', async () => {
    const { writer, store, time, evidence } = await Parts.open()
    const short = verified(vouchClaim({ expiresAtMs: NOW_MS + DAY_MS }))
    const long = verified(vouchClaim({ expiresAtMs: NOW_MS + 300 * DAY_MS }))
    await writer.put([short, long], PEER)
    time.nowMs += 29 * DAY_MS
    expect(await writer.expire()).toBe(0)
    time.nowMs += 2 * DAY_MS
    expect(await writer.expire()).toBe(1)
    expect(await idsIn(store)).toEqual([long.id])
    expect(evidence.size).toBe(1)
    // Gone for good: it would be refused now.
    expect(await writer.put([short], PEER)).toEqual({ refused: [short.id] })
  })
})

describe('records of this node', () => {
  const OWN = { keyHex: 'ab'.repeat(32), sequence: NOW_MS + 5 }

  test('go to disk with their number, in one batch', async () => {
    const { writer, disk, store } = await Parts.open()
    const records = [verified(vouchClaim()), verified(revocationClaim())]
    expect(await writer.put(records, ME, OWN)).toEqual({ refused: [] })
    expect(disk.batches).toHaveLength(1)
    expect(await store.ownSequence(OWN.keyHex)).toBe(OWN.sequence)
    expect(await idsIn(store)).toEqual(ids(records))
  })

  test.each([
    ['the second is refused', [-2, -1]],
    ['the second displaces the first', [-1, -2]],
  ])('R10: come in all or not at all: %s', async (_, [first = 0, second = 0]) => {
    const { writer, store, evidence } = await Parts.open()
    const all = ranked(200)
    const present = all.slice(0, HOUR_LIMIT - 1)
    await writer.put(present, PEER)
    const own = [all.at(first), all.at(second)].filter((one) => one !== undefined)
    expect(await writer.put(own, ME, OWN)).toEqual({ refused: own.map(({ id }) => id) })
    expect(await idsIn(store)).toEqual(ids(present))
    expect(evidence.size).toBe(present.length)
    expect(await store.ownSequence(OWN.keyHex)).toBeUndefined()
    // There is room for one, and the index knows it.
    expect(await writer.put(own.slice(0, 1), ME, OWN)).toEqual({ refused: [] })
  })

  test('R10: that are refused give back what they had pushed out', async () => {
    const { writer, store } = await Parts.open()
    const all = ranked(200)
    const present = [...all.slice(0, HOUR_LIMIT - 1), all[150]].filter((one) => one !== undefined)
    await writer.put(present, PEER)
    const own = [all[100], all[180]].filter((one) => one !== undefined)
    expect((await writer.put(own, ME, OWN)).refused).toHaveLength(2)
    expect(await idsIn(store)).toEqual(ids(present))
    // The one that had been pushed out stands in its place again: only a lower one takes it.
    const [worse, better] = [all[151], all[149]]
    if (worse === undefined || better === undefined) throw new Error()
    expect((await writer.put([worse], PEER)).refused).toEqual([worse.id])
    expect((await writer.put([better], PEER)).refused).toEqual([])
  })
})

describe('when the disk refuses a batch', () => {
  test('every job of the batch fails, nothing is shown, and the next batch is stored', async () => {
    const { writer, disk, store, evidence, identities, reads } = await Parts.open()
    const [one, two, three] = vouches(3)
    if (one === undefined || two === undefined || three === undefined) throw new Error()
    const { log } = incept({ genesis: bob.signer, verifier: nativeVerifier })
    disk.refusals = 1
    const codes = await Promise.all([
      faultOf(writer.put([one], PEER)),
      faultOf(writer.put([two], ME, { keyHex: 'ab'.repeat(32), sequence: 1 })),
      faultOf(writer.putIdentity(IdentityState.of(log), PEER)),
      faultOf(writer.expire()),
    ])
    expect(codes.map(({ code }) => code)).toEqual(Array(4).fill('node/busy'))
    expect(evidence.size).toBe(0)
    expect(identities.size).toBe(0)
    expect(await writer.holds(one.id)).toBe(false)
    const before = reads.count
    expect(await writer.put([one, three], PEER)).toEqual({ refused: [] })
    expect(reads.count).toBe(before + 1)
    expect(await idsIn(store)).toEqual(ids([one, three]))
    expect(await writer.holds(one.id)).toBe(true)
  })

  test('what had been evicted for it is still there', async () => {
    const { writer, disk, store, evidence } = await Parts.open()
    const [lowest, ...others] = ranked(HOUR_LIMIT + 1)
    if (lowest === undefined) throw new Error()
    await writer.put(others, PEER)
    disk.refusals = 1
    expect(await faultOf(writer.put([lowest], PEER))).toEqual({ code: 'node/busy' })
    expect(evidence.size).toBe(HOUR_LIMIT)
    expect(await idsIn(store)).toEqual(ids(others))
    expect(await writer.put([lowest], PEER)).toEqual({ refused: [] })
    expect(evidence.size).toBe(HOUR_LIMIT)
  })

  test('those that wait fail too while it cannot be read either, and it mends itself', async () => {
    const { writer, disk, reads, store } = await Parts.open()
    const records = vouches(3)
    const [one, two, three] = records
    if (one === undefined || two === undefined || three === undefined) throw new Error()
    disk.refusals = 1
    reads.refusals = 1
    expect(await faultOf(writer.put([one], PEER))).toEqual({ code: 'node/busy' })
    const both = await Promise.all([
      faultOf(writer.put([two], PEER)),
      faultOf(writer.put([three], PEER)),
    ])
    expect(both).toEqual([{ code: 'node/busy' }, { code: 'node/busy' }])
    expect((await writer.put(records, PEER)).refused).toEqual([])
    expect(await idsIn(store)).toEqual(ids(records))
  })

  test('for good, jobs fail at once and the disk is not read again and again', async () => {
    const { writer, disk, reads } = await Parts.open()
    disk.refusals = 1
    disk.failed = new StoreError({ code: 'store/disk-full', path: '/' })
    const before = reads.count
    for (const one of vouches(5)) {
      expect(await faultOf(writer.put([one], PEER))).toEqual({ code: 'node/busy' })
    }
    expect(reads.count).toBe(before)
  })
})

describe('an identity', () => {
  test('is stored once, and told to listeners once', async () => {
    const { writer, identities, events, store } = await Parts.open()
    const state = stateOf('dora')
    expect(await writer.putIdentity(state, PEER)).toBe('changed')
    expect(await writer.putIdentity(state, PEER)).toBe('known')
    expect(identities.get(state.did)?.bytes).toEqual(state.bytes)
    expect((await store.identity(state.did))?.bytes).toEqual(state.bytes)
    expect(events).toEqual([{ kind: 'identity.changed', did: state.did }])
  })

  test('comes in from many sources at once as one', async () => {
    const { writer, disk } = await Parts.open()
    const state = stateOf('dora')
    const outcomes = await Promise.all([1, 2, 3].map(async () => writer.putIdentity(state, PEER)))
    expect(outcomes.toSorted()).toEqual(['changed', 'known', 'known'])
    expect(disk.batches.flatMap(({ identities = [] }) => identities)).toHaveLength(1)
  })

  test('R10: with the work that the network asks for lets its agent’s records in', async () => {
    const { writer } = await Parts.open({ workBits: 8 })
    const one = verified(vouchClaim())
    expect((await writer.put([one], PEER)).refused).toEqual([one.id])
    const lazy = IdentityState.of(incept({ genesis: alice.signer, verifier: nativeVerifier }).log)
    expect(lazy.branches[0].workBits).toBeLessThan(8)
    await writer.putIdentity(lazy, PEER)
    expect((await writer.put([one], PEER)).refused).toEqual([one.id])
    let nonce = 0
    let worked = lazy
    while (worked.branches[0].workBits < 8) {
      const { log } = incept({ genesis: carol.signer, verifier: nativeVerifier, nonce: nonce++ })
      worked = IdentityState.of(log)
    }
    await writer.putIdentity(worked, PEER)
    const hers = verified(vouchClaim(), carol)
    expect((await writer.put([hers], PEER)).refused).toEqual([])
  })
})

describe('after a restart', () => {
  test('R10: a promise beyond the best that an observation keeps is still there', async () => {
    const home = await temporaryHome()
    const promises = Array.from({ length: 65 }, (_, at) =>
      verified(promiseClaim({ sequence: NOW_MS + at }), bob),
    ).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const last = promises.at(-1)
    if (last === undefined) throw new Error()
    // Of one hour 64 promises are kept; the last of 65 only because this settles it, which is later
    // and so behind them all on disk.
    const observation = verified(
      observationClaim({
        issuedAtMs: NOW_MS + 1_000,
        outcomes: [outcome({ promise: last.id })],
      }),
    )
    const wanted = ids([...promises, observation])
    {
      await using parts = await Parts.open({ home })
      await parts.writer.put([observation, ...promises], PEER)
      expect(await idsIn(parts.store)).toEqual(wanted)
    }
    const again = await Parts.open({ home })
    expect(await idsIn(again.store)).toEqual(wanted)
    expect(again.evidence.size).toBe(66)
    expect(again.writer.recordCount).toBe(66)
  })

  test('what left its retention while the node was off leaves the disk', async () => {
    const home = await temporaryHome()
    const short = verified(vouchClaim({ expiresAtMs: NOW_MS + DAY_MS }))
    const long = verified(vouchClaim({ expiresAtMs: NOW_MS + 300 * DAY_MS }))
    {
      await using parts = await Parts.open({ home })
      await parts.writer.put([short, long], PEER)
    }
    const again = await Parts.open({ home, nowMs: NOW_MS + 40 * DAY_MS })
    expect(await idsIn(again.store)).toEqual([long.id])
    expect(again.evidence.get(short.id)).toBeUndefined()
  })
})

function stateOf(name: string): IdentityState {
  const { log } = incept({ genesis: agent(name).signer, verifier: nativeVerifier })
  return IdentityState.of(log)
}
