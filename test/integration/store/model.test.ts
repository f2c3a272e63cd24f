import { join } from 'node:path'
import * as fc from 'fast-check'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import { shardSubject } from '../../../src/records/record.ts'
import type { NewRecord } from '../../../src/store/batch.ts'
import { all, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import { LAZY, agent, identity, largeObservation, promise, revocation, vouch } from './records.ts'

const AGENTS = [1, 2, 3].map(agent)
const RECORDS: readonly NewRecord[] = AGENTS.flatMap((issuer, number) => {
  const subject = AGENTS[(number + 1) % AGENTS.length] ?? issuer
  return [
    vouch(issuer, subject, 1, 30),
    vouch(issuer, subject, 2, 366),
    promise(issuer, subject, 3),
    revocation(issuer, subject, 4),
    largeObservation(issuer, subject, 5),
    // About itself: both lists of one agent.
    largeObservation(issuer, issuer, 6),
  ]
})

const some = fc.uniqueArray(fc.nat(RECORDS.length - 1), { maxLength: 6 })
const step = fc.record({
  put: some,
  evict: some,
  identities: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 3 })), { maxLength: 2 }),
  reopen: fc.constantFrom(false, false, true),
})

describe('after any history of batches', () => {
  test('every way of reading gives what the batches come to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const home = await temporaryDirectory()
        let store = await openStore(home)
        const held = new Map<string, NewRecord>()
        const sequences = new Map<string, number>()
        for (const { put, evict, identities, reopen } of steps) {
          const records = at(put)
          const gone = at(evict).map(({ verified }) => verified.id)
          const states = new Map(identities.map(([who, sequence]) => [who, sequence]))
          await store.commit(
            {
              put: records,
              evict: gone,
              identities: [...states].map(([who, sequence]) =>
                identity(AGENTS[who] ?? agent(1), sequence),
              ),
            },
            LAZY,
          )
          for (const [who, sequence] of states) {
            const did = AGENTS[who]?.did ?? ''
            if (sequences.get(did) === sequence) continue
            sequences.set(did, sequence)
          }
          for (const record of records) {
            const { id } = record.verified
            if (gone.includes(id)) continue
            held.set(id, record)
          }
          for (const id of gone) held.delete(id)
          if (!reopen) continue
          await store[Symbol.asyncDispose]()
          store = await openStore(home)
        }
        const kept = [...held.values()].map(({ verified }) => verified)
        expect(await idsIn(store)).toEqual(kept.map(({ id }) => id).toSorted())
        for (const { did } of AGENTS) {
          const about = kept.filter(({ record }) => shardSubject(record) === did)
          const by = kept.filter(({ record }) => record.issuer === did)
          expect(await times(store.recordsAbout(did))).toEqual(descending(about, 'issuedAtMs'))
          expect(await times(store.recordsBy(did))).toEqual(descending(by, 'sequence'))
          const of = (await all(store.recordsOf(did))).map(({ id }) => id)
          expect(of.toSorted()).toEqual(
            [...new Set([...about, ...by].map(({ id }) => id))].toSorted(),
          )
          expect((await store.identity(did))?.document?.sequence).toBe(sequences.get(did))
        }
        const { records } = await store.stats()
        const count = Object.values(records).reduce((sum, number) => sum + number, 0)
        expect(count).toBe(kept.length)
        expect(store.damage).toEqual([])
        await store[Symbol.asyncDispose]()
        // No reader would show a row that was left behind, so they are counted.
        const [rows, states] = [kept.length, sequences.size]
        const expectedRows = { i: rows, r: rows, a: rows, s: rows, d: states }
        expect(await rowCounts(home)).toEqual({ ...expectedRows, m: 3 })
      }),
      { numRuns: 40 },
    )
  })
})

function at(numbers: readonly number[]): readonly NewRecord[] {
  return numbers.flatMap((number) => RECORDS[number] ?? [])
}

/** How many rows there are of each kind, by the first letter of their keys. */
async function rowCounts(home: string): Promise<Readonly<Record<string, number>>> {
  const level = new Level(join(home, 'store'))
  const counts: Record<string, number> = { i: 0, r: 0, a: 0, s: 0, d: 0 }
  for (const key of await level.keys().all()) {
    const letter = key.slice(0, 1)
    counts[letter] = (counts[letter] ?? 0) + 1
  }
  await level.close()
  return counts
}

interface Timed {
  readonly record: { readonly issuedAtMs: number; readonly sequence: number }
}

async function times(records: AsyncIterable<Timed>): Promise<readonly number[]> {
  return (await all(records)).map(({ record }) => record.issuedAtMs)
}

function descending(records: readonly Timed[], by: 'issuedAtMs' | 'sequence'): readonly number[] {
  return records
    .toSorted((a, b) => b.record[by] - a.record[by])
    .map(({ record }) => record.issuedAtMs)
}
