import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { outlineOf } from '../../../src/records/outline.ts'
import type { RecordId } from '../../../src/records/record.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { FLOOR_STEP_MS, shardOf } from '../../../src/records/replica/lanes.ts'
import { Replica } from '../../../src/records/replica/replica.ts'
import type { Place } from '../../../src/records/replica/replica.ts'
import { NOW_MS } from '../../support/records.ts'
import { DIDS, history, keyOf, placeOf, standingOf, withPromises } from './history.ts'
import type { History } from './history.ts'
import { admitted } from './reference.ts'
import type { Standing } from './reference.ts'

const sorted = (ids: Iterable<RecordId>) => [...ids].toSorted()

/** What a store would hold that does as the replica says. */
class Held {
  readonly replica: Replica
  readonly ids = new Set<RecordId>()

  constructor({ rules, limits }: Pick<History, 'rules' | 'limits'>) {
    this.replica = new Replica(rules, limits)
  }

  offer({ id, record, place }: Standing, nowMs = NOW_MS): boolean {
    const considered = this.replica.consider({ id, record }, place, nowMs)
    // A record and its outline are one to admission.
    const outline = outlineOf(id, record)
    const { admit, evict } = this.replica.apply({ id, outline }, place, nowMs)
    expect({ admit, evict: sorted(evict) }).toEqual({
      admit: considered.admit,
      evict: sorted(considered.evict),
    })
    if (admit) this.ids.add(id)
    this.drop(evict)
    return admit
  }

  drop(ids: readonly RecordId[]): void {
    for (const id of ids) {
      expect(this.ids.delete(id)).toBe(true)
      expect(this.replica.has(id)).toBe(false)
    }
    expect(this.replica.size).toBe(this.ids.size)
  }

  /** As an observer does: the observation, and then the promises that it names. */
  offerAll(items: readonly Standing[], all: readonly Standing[]): void {
    for (const item of items) {
      this.offer(item)
      for (const promise of withPromises([item], all)) this.offer(promise)
    }
  }
}

describe('R10, as a property of sets', () => {
  test('R10 admit(admit(A) ∪ B) = admit(A ∪ B), when observations bring their promises', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.constantFrom('a', 'b', 'both')), (drawn, sides) => {
        const all = standingOf(drawn)
        const side = all.map(() => sides.next().value)
        const a = withPromises(
          all.filter((_, at) => side[at] !== 'b'),
          all,
        )
        const b = withPromises(
          all.filter((_, at) => side[at] !== 'a'),
          all,
        )
        const admit = (items: readonly Standing[]) =>
          admitted(items, drawn.rules, drawn.limits, NOW_MS)
        const first = admit(a)
        const inB = new Set(b.map(({ id }) => id))
        const later = all.filter(({ id }) => first.has(id) || inB.has(id))
        expect(sorted(admit(later))).toEqual(sorted(admit(all)))
      }),
      { numRuns: 300 },
    )
  })

  test('R10 the replica holds what the reference admits, in whatever order records arrive', () => {
    const arrival = history.chain((drawn) =>
      fc.tuple(
        fc.constant(drawn),
        fc.shuffledSubarray([...drawn.drawn.keys()], { minLength: drawn.drawn.length }),
      ),
    )
    fc.assert(
      fc.property(arrival, ([drawn, order]) => {
        const all = standingOf(drawn)
        const held = new Held(drawn)
        held.offerAll(
          order.flatMap((at) => all[at] ?? []),
          all,
        )
        const expected = sorted(admitted(all, drawn.rules, drawn.limits, NOW_MS))
        expect(sorted(held.ids)).toEqual(expected)
        // Offered again, nothing changes.
        held.offerAll(all, all)
        expect(sorted(held.ids)).toEqual(expected)
      }),
      { numRuns: 400 },
    )
  })

  test('R10 after records expire, the replica holds what the reference admits of the rest', () => {
    fc.assert(
      fc.property(history, fc.nat(5), (drawn, hours) => {
        const all = standingOf(drawn)
        const held = new Held(drawn)
        held.offerAll(all, all)
        const laterMs = NOW_MS + 30 * DAY_MS + (hours - 4) * HOUR_MS + FLOOR_STEP_MS
        const before = all.filter(({ id }) => held.ids.has(id))
        held.drop(held.replica.expire(laterMs))
        const expected = admitted(before, drawn.rules, drawn.limits, laterMs)
        expect(sorted(held.ids)).toEqual(sorted(expected))
        expect(held.replica.expire(laterMs)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('R10 after some are removed, the replica holds what the reference admits of the rest', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (drawn, coin) => {
        const all = standingOf(drawn)
        const held = new Held(drawn)
        held.offerAll(all, all)
        const gone = [...held.ids].filter(() => coin.next().value)
        const rest = all.filter(({ id }) => held.ids.has(id) && !gone.includes(id))
        held.drop(held.replica.remove(gone))
        const expected = admitted(rest, drawn.rules, drawn.limits, NOW_MS)
        expect(sorted(held.ids)).toEqual(sorted(expected))
      }),
      { numRuns: 200 },
    )
  })

  test('R10 after a key log changes, the replica holds what the reference admits anew', () => {
    const change = fc.record({
      issuer: fc.nat(DIDS.length - 1),
      /** The new place of each key, and none for a key that is no longer known. */
      keys: fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: 3, maxLength: 3 }),
      work: fc.option(fc.nat(2), { nil: undefined }),
    })
    fc.assert(
      fc.property(history, change, (drawn, { issuer, keys, work }) => {
        const all = standingOf(drawn)
        const held = new Held(drawn)
        held.offerAll(all, all)
        const did = DIDS[issuer]
        if (did === undefined) throw new RangeError('no such agent')
        const placeOfKey = (keyHex: string): Place | undefined => {
          const key = [0, 1, 2].find(
            (at) => keyOf(issuer, at)[0] === Number(`0x${keyHex.slice(0, 2)}`),
          )
          const place = key === undefined ? undefined : keys[key]
          return place === undefined ? undefined : placeOf(place, work)
        }
        const rest = all
          .filter(({ id }) => held.ids.has(id))
          .flatMap((item) => {
            if (item.record.issuer !== did) return [item]
            const [first = 0] = item.record.key
            const place = placeOfKey(first.toString(16).padStart(2, '0'))
            return place === undefined ? [] : [{ ...item, place }]
          })
        held.drop(held.replica.rejudge(did, placeOfKey))
        const expected = admitted(rest, drawn.rules, drawn.limits, NOW_MS)
        expect(sorted(held.ids)).toEqual(sorted(expected))
      }),
      { numRuns: 300 },
    )
  })
})

test('the records of each shard can be named, and no others', () => {
  fc.assert(
    fc.property(history, (drawn) => {
      const all = standingOf(drawn)
      const held = new Held(drawn)
      held.offerAll(all, all)
      const byShard = Map.groupBy(
        all.filter(({ id }) => held.ids.has(id)),
        ({ record }) => shardOf(shardSubject(record), drawn.rules.shardBits),
      )
      expect([...held.replica.heldShards()].toSorted((a, b) => a - b)).toEqual(
        [...byShard.keys()].toSorted((a, b) => a - b),
      )
      for (const shard of [0, 1, 2]) {
        const expected = (byShard.get(shard) ?? []).map(({ id }) => id)
        expect(sorted(held.replica.idsIn(shard))).toEqual(sorted(expected))
      }
    }),
    { numRuns: 100 },
  )
})
