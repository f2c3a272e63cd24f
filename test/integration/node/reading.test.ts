import { Level } from 'level'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { IndexState } from '../../../src/node/index-state.ts'
import type { Verified } from '../../../src/records/verified.ts'
import type { EvidenceRecord } from '../../../src/trust/context.ts'
import { faultOf } from '../../node/fault.ts'
import {
  NOW_MS,
  agent,
  alice,
  bob,
  observationClaim,
  outcome,
  promiseClaim,
  verified,
  vouchClaim,
} from '../../support/records.ts'
import { idsIn, Parts, temporaryHome } from './parts.ts'

const PEER = { via: 'sync', peer: 'p1' } as const

const idsOf = (found: Iterable<EvidenceRecord>) => [...found].map(({ id }) => id).toSorted()
const ids = (records: readonly Verified[]) => records.map(({ id }) => id).toSorted()

/** Turns one bit of a record's row on disk. */
async function damage(home: string, id: string): Promise<void> {
  const options = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
  const level = new Level<Buffer, Buffer>(join(home, 'store'), options)
  for await (const [key, value] of level.iterator({
    gte: Buffer.from('i/'),
    lt: Buffer.from('i0'),
  })) {
    if (key.subarray(-32).toString('hex') !== id) continue
    const turned = Buffer.from(value)
    turned[40] = (turned[40] ?? 0) ^ 1
    await level.put(key, turned)
  }
  await level.close()
}

describe('records on disk', () => {
  test('are read when they are asked for, after a restart as before it', async () => {
    const home = await temporaryHome()
    const records = [
      verified(vouchClaim()),
      verified(observationClaim()),
      verified(promiseClaim(), bob),
    ]
    const first = await Parts.open({ home })
    await first.writer.put(records, PEER)
    await first[Symbol.asyncDispose]()
    const { evidence, writer } = await Parts.open({ home })
    expect(writer.recordCount).toBe(3)
    for (const { id, record } of records) expect(evidence.get(id)).toEqual(record)
    expect(idsOf(evidence.about(bob.did))).toEqual(ids(records))
    expect(idsOf(evidence.by(bob.did))).toEqual(ids(records.slice(2)))
    expect(idsOf(evidence.by(alice.did, 'vouch'))).toEqual(ids(records.slice(0, 1)))
    const scanned: EvidenceRecord[] = []
    await evidence.scan((one) => scanned.push(one))
    expect(idsOf(scanned)).toEqual(ids(records))
  })

  test('are left out and listed where they are damaged; the others are served', async () => {
    const home = await temporaryHome()
    const records = Array.from({ length: 5 }, (_, at) =>
      verified(vouchClaim(), agent(`issuer ${at}`)),
    )
    const [bad, ...good] = records
    if (bad === undefined) throw new Error('there are five')
    const first = await Parts.open({ home })
    await first.writer.put(records, PEER)
    await first[Symbol.asyncDispose]()
    await damage(home, bad.id)
    const { evidence, store, writer } = await Parts.open({ home })
    expect(idsOf(evidence.about(bob.did))).toEqual(ids(good))
    expect(evidence.get(bad.id)).toBeUndefined()
    expect(store.damage).toMatchObject([{ what: 'record' }])
    // It comes back with whoever has it.
    await writer.put([bad], PEER)
    expect(evidence.get(bad.id)).toEqual(bad.record)
    expect(store.damage).toEqual([])
  })

  test('are told of as they were when they leave', async () => {
    const { writer, evidence, time } = await Parts.open()
    const old = verified(vouchClaim({ expiresAtMs: NOW_MS + DAY_MS }))
    const young = verified(vouchClaim({ expiresAtMs: NOW_MS + 300 * DAY_MS }), agent('dave'))
    await writer.put([old, young], PEER)
    const told: unknown[] = []
    evidence.watch({
      put: () => {},
      remove: (one) => told.push(one),
      identityChanged: () => {},
      replaced: () => told.push('replaced'),
    })
    time.nowMs += 40 * DAY_MS
    await writer.expire()
    expect(told).toEqual([{ id: old.id, record: old.record }])
  })

  test('a promise is kept by an observation that stands further on', async () => {
    const home = await temporaryHome()
    // A promise that others of its hour have displaced, and what keeps it.
    const promises = Array.from({ length: 65 }, (_, at) =>
      verified(promiseClaim({ sequence: NOW_MS + at }), bob),
    ).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const last = promises.at(-1)
    if (last?.record.type !== 'promise') throw new Error('there are 65')
    const { scope, work } = last.record
    const said = outcome({ promise: last.id, scope, promised: work, delivered: work })
    const observation = verified(
      observationClaim({ issuedAtMs: NOW_MS + HOUR_MS, outcomes: [said] }),
    )
    const nowMs = NOW_MS + 2 * HOUR_MS
    const first = await Parts.open({ home, nowMs })
    await first.writer.put([observation, ...promises], PEER)
    expect(first.writer.recordCount).toBe(66)
    await first[Symbol.asyncDispose]()
    const again = await Parts.open({ home, nowMs })
    expect(again.writer.recordCount).toBe(66)
    expect(again.evidence.get(last.id)).toEqual(last.record)
    expect(await idsIn(again.store)).toEqual(ids([observation, ...promises]))
  })
})

describe('a node that still reads', () => {
  test('has offers wait, and takes them when all is read', async () => {
    const home = await temporaryHome()
    const known = verified(vouchClaim())
    const first = await Parts.open({ home })
    await first.writer.put([known], PEER)
    await first[Symbol.asyncDispose]()

    const { promise: reading, resolve: read } = Promise.withResolvers<void>()
    const { pipeline, evidence, reads } = await Parts.open({ home, reading })
    const fresh = verified(vouchClaim({ subject: agent('dave').did }))
    const answered: string[] = []
    const offers = [known, fresh].map(async (one) => {
      const offered = await pipeline.offer(one.bytes, PEER)
      answered.push(one.id)
      return offered
    })
    await new Promise((next) => {
      setImmediate(next)
    })
    expect(answered).toEqual([])
    expect(pipeline.load.inFlight).toBe(2)
    expect(evidence.size).toBe(0)
    read()
    expect(await Promise.all(offers)).toEqual([
      { kind: 'taken', fresh: false },
      { kind: 'taken', fresh: true },
    ])
    expect(reads.count).toBe(1)
    expect(idsOf(evidence.by(alice.did))).toEqual(ids([known, fresh]))
  })

  test('says that it is busy where the disk cannot be read, and reads it again', async () => {
    const { promise: reading, resolve: read } = Promise.withResolvers<void>()
    const { pipeline, writer, reads, evidence } = await Parts.open({ reading })
    reads.refusals = 1
    read()
    const vouch = verified(vouchClaim())
    expect(await pipeline.offer(vouch.bytes, PEER)).toEqual({ kind: 'refused', code: 'node/busy' })
    // A job reads the disk anew.
    await writer.put([vouch], PEER)
    expect(reads.count).toBe(2)
    expect(evidence.has(vouch.id)).toBe(true)
    expect(await pipeline.offer(vouch.bytes, PEER)).toEqual({ kind: 'taken', fresh: false })
  })
})

describe('whoever waits for the reading', () => {
  test('goes on when it has ended well, and hears of it when it has not', async () => {
    const state = new IndexState()
    state.begin(10)
    const waiting = state.whenReady()
    state.progress(4)
    expect([state.state, state.read, state.records]).toEqual(['reading', 4, 10])
    state.end('ready')
    await waiting
    await state.whenReady()
    state.begin(10)
    const failing = state.whenReady()
    state.end('failed')
    expect(await faultOf(failing)).toEqual({ code: 'node/busy' })
    expect(await faultOf(state.whenReady())).toEqual({ code: 'node/busy' })
  })

  test('may give up', async () => {
    const state = new IndexState()
    const giving = new AbortController()
    const waiting = state.whenReady(giving.signal)
    giving.abort(new Error('no longer'))
    await expect(waiting).rejects.toThrow('no longer')
  })
})
