/* oxlint-disable unicorn/consistent-function-scoping -- a helper of one test stands in it */
import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { textBytes, toHex } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import {
  floorKey,
  logKey,
  recordKey,
  RECORD_KEY_BYTES,
} from '../../../src/records/replica/key-tree.ts'
import { Cuts, type CutMaker } from '../../../src/p2p/sync/cuts.ts'
import {
  FETCH_LIMIT_KEYS,
  SESSION_LIMITS,
  WINDOW_LEAST_BYTES,
} from '../../../src/p2p/sync/limits.ts'
import { syncProtocol } from '../../../src/p2p/sync/reconciler.ts'
import { parseMessage } from '../../../src/p2p/sync/wire.ts'
import { driven, reconciled, SALTS, Sets, sideOf } from './drive.ts'

/** Few times and ids, so that keys lie close together and far apart. */
const anyKey = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 2 ** 40 })),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([issuedAtMs, which]) => recordKey(issuedAtMs, sha256(textBytes(`${issuedAtMs} ${which}`))))
const keys = fc.array(anyKey, { maxLength: 300, size: 'max' })

describe('a session', () => {
  test('leaves both sides with all keys at or above the later floor', () => {
    fc.assert(
      fc.property(
        keys,
        keys,
        keys,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (shared, one, other, floorOne, floorOther) => {
          const dialler = new Sets([0], { 1: floorOne }).with([...shared, ...one])
          const responder = new Sets([0], { 1: floorOther }).with([...shared, ...other])
          const floor = toHex(floorKey(Math.max(floorOne, floorOther)))
          const isAbove = (hex: string): boolean => hex >= floor
          const union = [...new Set([...dialler.keys(), ...responder.keys()])].filter(isAbove)
          const sides = reconciled(dialler, responder)
          for (const { end, sets } of [sides.dialler, sides.responder]) {
            expect(end).toEqual({ kind: 'finished', isComplete: true })
            expect(sets.keys().filter(isAbove)).toEqual(union.toSorted())
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('moves what was not asked for by name, once each', () => {
    const both = made('both', 300)
    const dialler = new Sets().with([...both, ...made('dialler', 40)])
    const responder = new Sets().with([...both, ...made('responder', 70)])
    const sides = reconciled(dialler, responder)
    expect(sides.dialler.received).toHaveLength(70)
    expect(sides.responder.received).toHaveLength(40)
    expect(sides.dialler.session.progress).toMatchObject({
      toSend: 0,
      toReceive: 0,
      sent: 40,
      received: 70,
      fresh: 70,
      receivedRecordBytes: 70 * RECORD_KEY_BYTES,
      skewMs: 0,
    })
  })

  test('where nothing differs is over after the roots', () => {
    const all = made('both', 300)
    const { flights, sent } = reconciled(new Sets().with(all), new Sets().with(all))
    const kinds = sent.map(({ frame }) => parseMessage(frame).kind)
    expect(kinds).toEqual(['hello', 'hello', 'roots', 'ranges', 'done', 'done'])
    expect(flights).toBe(3)
  })

  test('has a protocol of its own on each network', () => {
    expect(syncProtocol('main')).toBe('/aip/main/sync/1.0.0')
  })

  test('is about common shards alone', () => {
    const dialler = new Sets([1, 2, 3]).with(made('one', 5), 2).with(made('two', 5), 3)
    const responder = new Sets([2, 4]).with(made('three', 5), 2).with(made('four', 5), 4)
    reconciled(dialler, responder)
    expect(dialler.keys(2)).toEqual(responder.keys(2))
    expect(dialler.keys(2)).toHaveLength(10)
    expect(dialler.keys(4)).toEqual([])
    expect(responder.keys(3)).toEqual([])
  })

  test('brings key logs first, then revocations, then the newest', () => {
    const logs = Array.from({ length: 100 }, (_, at) =>
      logKey(sha256(textBytes(`did ${at}`)).subarray(0, 16), sha256(textBytes(`log ${at}`))),
    )
    const full = new Sets([0, 1])
      .with(logs, 1, 'L')
      .with(made('revocation', 80), 1, 0)
      .with(made('one', 500), 0, 1)
      .with(made('three', 500), 1, 3)
    const { dialler } = reconciled(new Sets([0, 1]), full)
    expect(dialler.received).toHaveLength(1_180)
    const lanes = dialler.received.map(({ lane }) => lane)
    expect(lanes.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'L'))
    expect(lanes.slice(100, 180)).toEqual(Array.from({ length: 80 }, () => 0))
    // Batches of the two lanes take turns by time.
    const times = dialler.received.slice(180).map(({ item }) => toHex(item.subarray(0, 8)))
    const batches = times.filter((_, at) => at % FETCH_LIMIT_KEYS === 0)
    expect(Math.max(...batches.slice(4).map((time) => Number.parseInt(time, 16)))).toBeLessThan(
      Number.parseInt(times[0] ?? '', 16),
    )
  })

  test('that reaches a limit says so, and the next one goes on', () => {
    const full = new Sets().with(made('full', 300))
    const empty = new Sets()
    const limits = { ...SESSION_LIMITS, recordBytes: 100 * RECORD_KEY_BYTES }
    for (const held of [100, 200]) {
      const { dialler, responder } = reconciled(empty, full, {
        dialler: { limits },
        responder: { limits },
      })
      expect(dialler.end).toEqual({ kind: 'finished', isComplete: false })
      expect(responder.end).toEqual({ kind: 'finished', isComplete: false })
      expect(empty.keys()).toHaveLength(held)
      // The newest come first.
      expect(empty.keys()).toEqual(full.keys().slice(-held))
    }
    expect(reconciled(empty, full).dialler.end).toEqual({ kind: 'finished', isComplete: true })
    expect(empty.keys()).toEqual(full.keys())
  })

  test('sends no more than the window at a time', () => {
    const full = new Sets().with(made('full', 5_000))
    const empty = new Sets()
    const { dialler, sent } = reconciled(empty, full, {
      dialler: { windowBytes: WINDOW_LEAST_BYTES },
    })
    expect(dialler.end).toEqual({ kind: 'finished', isComplete: true })
    expect(empty.keys()).toEqual(full.keys())
    const records = sent
      .map(({ frame }) => parseMessage(frame))
      .filter(({ kind }) => kind === 'recs')
    expect(records.length).toBeGreaterThan(2)
  })

  test('takes two keys with one short id for one, and the next session does not', () => {
    const [one, other] = made('alike', 2)
    if (one === undefined || other === undefined) throw new Error('no keys')
    const dialler = new Sets().with([one])
    const responder = new Sets().with([other])
    /** Both keys are cut alike under the first salt only. */
    const cutsOf = (salt: Uint8Array, responderSalt: Uint8Array): CutMaker => {
      const cuts = new Cuts(salt, responderSalt)
      const isFirst = salt[0] === SALTS.dialler[0]
      return {
        ofHash: (hash) => cuts.ofHash(hash),
        ofKey: (key) => (isFirst ? new Uint8Array(8) : cuts.ofKey(key)),
      }
    }
    const first = { dialler: { cutsOf }, responder: { cutsOf } }
    expect(reconciled(dialler, responder, first).dialler.end?.kind).toBe('finished')
    expect(dialler.keys()).toHaveLength(1)
    const next = { dialler: { cutsOf, salt: new Uint8Array(16).fill(9) }, responder: { cutsOf } }
    reconciled(dialler, responder, next)
    expect(dialler.keys()).toHaveLength(2)
    expect(responder.keys()).toEqual(dialler.keys())
  })

  test('goes on where records are gone, or come from elsewhere, meanwhile', () => {
    const shared = made('both', 2_000)
    const dialler = new Sets().with(shared)
    const responder = new Sets().with([...shared, ...made('new', 200)])
    const side = sideOf('responder', responder)
    const provided = side.session.provided.bind(side.session)
    let isFirst = true
    side.session.provided = (items) => {
      // One record has been evicted, another key has come, before the first is read.
      const rest = isFirst ? items.map((item, at) => (at === 0 ? undefined : item)) : items
      if (isFirst) responder.with(made('later', 1))
      isFirst = false
      return provided(rest)
    }
    const sides = driven(sideOf('dialler', dialler), side)
    expect(sides.dialler.end).toEqual({ kind: 'finished', isComplete: true })
    expect(dialler.keys().length).toBeGreaterThanOrEqual(2_199)
  })

  test('can be stopped, which the peer is told', () => {
    const side = sideOf('dialler', new Sets())
    side.session.begin()
    const step = side.session.stop('ERROR')
    expect(step.send.map(parseMessage)).toEqual([{ kind: 'err', status: 'ERROR' }])
    expect(step.end?.kind).toBe('failed')
    expect(side.session.receive(Uint8Array.of(0)).send).toEqual([])
  })
})

function made(name: string, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) =>
    recordKey(1_700_000_000_000 + at * 7_000, sha256(textBytes(`${name} ${at}`))),
  )
}
