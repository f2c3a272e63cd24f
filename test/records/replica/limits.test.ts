import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MIB_BYTES } from '../../../src/base/units.ts'
import { didFromBytes } from '../../../src/identity/did.ts'
import type { RecordType } from '../../../src/records/record.ts'
import {
  HOUR_LIMIT_COUNT,
  UNIT_LIMIT_COUNT,
  admissionLimits,
  unitLimitCount,
} from '../../../src/records/replica/limits.ts'
import { laneFloorMs, laneOf, shardOf, shardOfBytes } from '../../../src/records/replica/lanes.ts'
import { Replica } from '../../../src/records/replica/replica.ts'
import type { Place } from '../../../src/records/replica/replica.ts'
import { RECORD_LIMIT_BYTES } from '../../../src/records/wire.ts'
import { NOW_MS, alice, bob, promiseClaim, vouchClaim } from '../../support/records.ts'
import { DIDS, keyOf } from './history.ts'

const rules = { shardBits: 0, shardLimitBytes: 1_024 * MIB_BYTES, workBits: 0 }
const place: Place = { generation: 0, rotation: 0, workBits: 0 }

function vouch(number: number, change: { issuedAtMs?: number; issuer?: number } = {}) {
  const issuer = DIDS[change.issuer ?? 0] ?? alice.did
  const key = keyOf(change.issuer ?? 0, 0)
  const { issuedAtMs = NOW_MS } = change
  return {
    id: number.toString(16).padStart(64, '0'),
    record: {
      ...vouchClaim({ issuedAtMs, expiresAtMs: issuedAtMs + 90 * DAY_MS }),
      issuer,
      key,
    },
  }
}

describe('R10', () => {
  test('R10 admits the best 256 vouches of an issuer, of one hour 32', () => {
    const replica = new Replica(rules)
    const ofHour = (hour: number, count: number) =>
      Array.from({ length: count }, (_, at) =>
        replica.apply(
          vouch(100 * hour + at, { issuedAtMs: NOW_MS - hour * HOUR_MS }),
          place,
          NOW_MS,
        ),
      ).filter(({ admit }) => admit).length
    expect(ofHour(1, 33)).toBe(32)
    for (let hour = 2; hour <= 8; hour++) expect(ofHour(hour, 32)).toBe(32)
    expect(replica.size).toBe(256)
    expect(ofHour(9, 1)).toBe(0)
    const newest = replica.apply(vouch(0), place, NOW_MS)
    expect(newest.admit).toBe(true)
    // Of the oldest hour the highest id.
    expect(newest.evict).toEqual([vouch(831).id])
    expect(replica.size).toBe(256)
  })

  test('R10 states the limits of the protocol', () => {
    const units = { vouch: 256, revocation: 1_024, promise: 512, observation: 256 }
    expect(UNIT_LIMIT_COUNT).toEqual(units)
    const hours = { vouch: 32, revocation: 64, promise: 64, observation: 64 }
    expect(HOUR_LIMIT_COUNT).toEqual(hours)
    const limits = admissionLimits(rules)
    expect(unitLimitCount(limits, 'observation', 1)).toBe(256 * 30)
    expect(unitLimitCount(limits, 'observation', 2)).toBe(256 * 90)
    expect(unitLimitCount(limits, 'observation', 3)).toBe(256 * 366)
    expect(unitLimitCount(limits, 'vouch', 3)).toBe(256)
  })

  test('R10 parts the bytes of a shard by type: 1, 1, 2 and 12 sixteenths', () => {
    const { shard } = admissionLimits({ ...rules, shardLimitBytes: 16 * MIB_BYTES })
    expect(shard).toEqual({ vouch: 1_024, revocation: 1_024, promise: 512, observation: 768 })
  })

  test.for([0, 1_024, 16_384, 1_000_003, 1_024 * MIB_BYTES])(
    'R10 budgets of a shard of %d bytes hold in the worst case',
    (shardLimitBytes) => {
      const { shard } = admissionLimits({ ...rules, shardLimitBytes })
      const types = Object.keys(shard) as RecordType[]
      const worstBytes = types.reduce(
        (sum, type) => sum + shard[type] * RECORD_LIMIT_BYTES[type],
        0,
      )
      expect(worstBytes).toBeLessThanOrEqual(shardLimitBytes)
    },
  )

  test('R10 lets a later key epoch in before everything by an earlier one', () => {
    const limits = { ...admissionLimits(rules) }
    const replica = new Replica(rules, { ...limits, unit: { ...limits.unit, vouch: 2 } })
    const older = { issuedAtMs: NOW_MS - 5 * HOUR_MS }
    expect(replica.apply(vouch(1), place, NOW_MS).admit).toBe(true)
    expect(replica.apply(vouch(2), place, NOW_MS).admit).toBe(true)
    const rotated = replica.apply(vouch(3, older), { ...place, rotation: 1 }, NOW_MS)
    expect(rotated).toEqual({ admit: true, evict: [vouch(2).id] })
    const recovered = replica.apply(vouch(4, older), { ...place, generation: 1 }, NOW_MS)
    expect(recovered).toEqual({ admit: true, evict: [vouch(1).id] })
    expect(replica.apply(vouch(5), { ...place, rotation: 9 }, NOW_MS).admit).toBe(true)
    expect(replica.has(vouch(3).id)).toBe(false)
  })

  test('R10 a flood of one issuer loses before a single vouch of another', () => {
    const limits = admissionLimits(rules)
    const replica = new Replica(rules, { ...limits, shard: { ...limits.shard, vouch: 4 } })
    for (let number = 0; number < 4; number++) {
      expect(replica.apply(vouch(number), place, NOW_MS).admit).toBe(true)
    }
    expect(replica.apply(vouch(4), place, NOW_MS).admit).toBe(false)
    const single = replica.apply(vouch(900, { issuer: 1 }), place, NOW_MS)
    expect(single).toEqual({ admit: true, evict: [vouch(3).id] })
  })

  test('R10 a better one of its hour takes the place of its own issuer, not of a longer unit', () => {
    const limits = admissionLimits(rules)
    const tight = {
      ...limits,
      hour: { ...limits.hour, vouch: 1 },
      shard: { ...limits.shard, vouch: 4 },
    }
    const replica = new Replica(rules, tight)
    for (const hour of [1, 2, 3]) {
      const long = vouch(900 + hour, { issuer: 1, issuedAtMs: NOW_MS - hour * HOUR_MS })
      expect(replica.apply(long, place, NOW_MS).admit).toBe(true)
    }
    expect(replica.apply(vouch(5), place, NOW_MS)).toEqual({ admit: true, evict: [] })
    expect(replica.apply(vouch(2), place, NOW_MS)).toEqual({ admit: true, evict: [vouch(5).id] })
  })

  test('R10 holds nothing of a shard whose last record has left', () => {
    const replica = new Replica(rules)
    replica.apply(vouch(1), place, NOW_MS)
    expect([...replica.heldShards()]).toEqual([0])
    replica.remove([vouch(1).id])
    expect([...replica.heldShards()]).toEqual([])
    expect([...replica.idsIn(0)]).toEqual([])
  })

  test('R10 of equals in a full shard, less work leaves first, then the higher DID', () => {
    const limits = admissionLimits(rules)
    const replica = new Replica(rules, { ...limits, shard: { ...limits.shard, vouch: 1 } })
    const worked: Place = { ...place, workBits: 1 }
    expect(replica.apply(vouch(1, { issuer: 1 }), place, NOW_MS).admit).toBe(true)
    expect(replica.apply(vouch(2, { issuer: 2 }), place, NOW_MS).admit).toBe(false)
    expect(replica.apply(vouch(3, { issuer: 0 }), place, NOW_MS).evict).toEqual([vouch(1).id])
    expect(replica.apply(vouch(4, { issuer: 3 }), worked, NOW_MS).evict).toEqual([vouch(3).id])
    expect(replica.apply(vouch(5, { issuer: 0 }), place, NOW_MS).admit).toBe(false)
  })

  test('R10 asks for the work of the network, and admits nothing of an unknown inception', () => {
    const replica = new Replica({ ...rules, workBits: 8 })
    const consider = (workBits: number | undefined) =>
      replica.consider(vouch(1), { ...place, workBits }, NOW_MS).admit
    expect(consider(undefined)).toBe(false)
    expect(consider(7)).toBe(false)
    expect(consider(8)).toBe(true)
    expect(
      new Replica(rules).consider(vouch(1), { ...place, workBits: undefined }, NOW_MS),
    ).toEqual({
      admit: true,
      evict: [],
    })
  })

  test('R10 admits nothing below the floor of its lane', () => {
    const floorMs = laneFloorMs(3, NOW_MS)
    const { id, record } = vouch(1)
    const issued = (issuedAtMs: number) => {
      const old = { ...record, issuedAtMs, expiresAtMs: NOW_MS }
      return new Replica(rules).consider({ id, record: old }, place, NOW_MS).admit
    }
    expect(issued(floorMs)).toBe(true)
    expect(issued(floorMs - 1)).toBe(false)
  })

  test('R10 lets go what lies below the floor of its lane, and keeps what lies on it', () => {
    const replica = new Replica(rules)
    const laterMs = NOW_MS + 30 * DAY_MS
    const floorMs = laneFloorMs(2, laterMs)
    const [below, on] = [vouch(1, { issuedAtMs: floorMs - 1 }), vouch(2, { issuedAtMs: floorMs })]
    replica.apply(below, place, NOW_MS)
    replica.apply(on, place, NOW_MS)
    expect(replica.expire(laterMs)).toEqual([below.id])
    expect(replica.has(on.id)).toBe(true)
  })

  test('R10 removing what is not held removes nothing', () => {
    const replica = new Replica(rules)
    replica.apply(vouch(1), place, NOW_MS)
    expect(replica.remove([vouch(2).id])).toEqual([])
    expect(replica.rejudge(bob.did, () => place)).toEqual([])
    expect(replica.size).toBe(1)
  })

  test('R10 considering changes nothing', () => {
    const replica = new Replica(rules)
    expect(replica.consider(vouch(1), place, NOW_MS).admit).toBe(true)
    expect(replica.size).toBe(0)
    expect(replica.has(vouch(1).id)).toBe(false)
  })
})

const promise = (number: number) => ({
  id: number.toString(16).padStart(64, '0'),
  record: { ...promiseClaim(), issuer: bob.did, key: bob.signer.publicKey },
})

const observation = (change: { issuer?: typeof alice; scope?: string } = {}) => {
  const { issuer = alice, scope = 'review' } = change
  return {
    id: 'f'.repeat(64),
    record: {
      type: 'observation' as const,
      issuer: issuer.did,
      key: issuer.signer.publicKey,
      sequence: 1,
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 1,
      subject: bob.did,
      outcomes: [
        {
          promise: promise(2).id,
          scope,
          promised: promise(2).record.work,
          delivered: promise(2).record.work,
          clarity: 0 as const,
          observedAtMs: NOW_MS,
        },
      ],
    },
  }
}

const own = (number: number) => {
  const { id, record } = promise(number)
  return { id, record: { ...record, delegator: bob.did } }
}

describe('R10, pinned promises', () => {
  const limits = admissionLimits(rules)
  const few = { ...limits, unit: { ...limits.unit, promise: 1 } }
  test('R10 keeps a promise that an admitted observation settles, outside the best K', () => {
    const replica = new Replica(rules, few)
    replica.apply(promise(2), place, NOW_MS)
    replica.apply(observation(), place, NOW_MS)
    const better = replica.apply(promise(1), place, NOW_MS)
    expect(better).toEqual({ admit: true, evict: [] })
    expect(replica.has(promise(2).id)).toBe(true)
    // It goes when the observation goes.
    expect(replica.remove([observation().id])).toEqual([observation().id, promise(2).id])
  })

  test('R10 keeps what an agent promised itself when its key log changes', () => {
    const replica = new Replica(rules, few)
    replica.apply(own(2), place, NOW_MS)
    replica.apply(observation({ issuer: bob }), place, NOW_MS)
    replica.apply(own(1), place, NOW_MS)
    expect(replica.size).toBe(3)
    expect(replica.rejudge(bob.did, () => ({ ...place, workBits: 3 }))).toEqual([])
    expect(replica.size).toBe(3)
  })

  test('R10 admits a promise that comes after the observation that settles it', () => {
    const replica = new Replica(rules, few)
    replica.apply(promise(1), place, NOW_MS)
    expect(replica.apply(promise(2), place, NOW_MS).admit).toBe(false)
    replica.apply(observation(), place, NOW_MS)
    expect(replica.apply(promise(2), place, NOW_MS)).toEqual({ admit: true, evict: [] })
    expect(replica.size).toBe(3)
  })

  test.for([
    { of: 'who was promised nothing', change: { issuer: bob } },
    { of: 'of another scope', change: { scope: 'other' } },
  ])('R10 lets nobody pin a promise by an observation $of', ({ change }) => {
    const replica = new Replica(rules, few)
    replica.apply(promise(1), place, NOW_MS)
    replica.apply(observation(change), place, NOW_MS)
    expect(replica.apply(promise(2), place, NOW_MS).admit).toBe(false)
  })
})

describe('lanes', () => {
  test.for([
    [0, 1],
    [30 * DAY_MS, 1],
    [30 * DAY_MS + 1, 2],
    [90 * DAY_MS, 2],
    [90 * DAY_MS + 1, 3],
    [366 * DAY_MS, 3],
  ] as const)('a lifetime of %d ms is of lane %d, and a revocation of lane 0', ([ms, lane]) => {
    const times = { issuedAtMs: NOW_MS, expiresAtMs: NOW_MS + ms }
    expect(laneOf({ type: 'vouch', ...times })).toBe(lane)
    expect(laneOf({ type: 'revocation', ...times })).toBe(0)
  })
})

describe('shards', () => {
  test('are the same of the bytes of a DID', () => {
    const bytes = new Uint8Array(16)
    bytes.set([0xa5, 0xc3])
    for (let bits = 0; bits <= 16; bits++) {
      expect(shardOfBytes(bytes, bits)).toBe(shardOf(didFromBytes(bytes), bits))
    }
  })

  test('a shard is the first bits of the DID', () => {
    const did = 'did:aip:a5c30000000000000000000000000000'
    expect(shardOf(did, 0)).toBe(0)
    expect(shardOf(did, 1)).toBe(1)
    expect(shardOf(did, 4)).toBe(0xa)
    expect(shardOf(did, 12)).toBe(0xa5c)
    expect(shardOf(did, 16)).toBe(0xa5c3)
    expect(() => shardOf(did, 17)).toThrow(RangeError)
    expect(() => shardOf(did, -1)).toThrow(RangeError)
  })
})
