import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../src/base/units.ts'
import { toHex } from '../../src/base/bytes.ts'
import { didFromBytes } from '../../src/identity/did.ts'
import { RecordTable } from '../../src/node/columns/record-table.ts'
import type { Outline } from '../../src/records/outline.ts'
import { RECORD_TYPES } from '../../src/records/record.ts'
import { laneOf, shardOf } from '../../src/records/replica/lanes.ts'
import { NOW_MS } from '../support/records.ts'

const AGENTS = Array.from({ length: 4 }, (_, at) => new Uint8Array(16).fill(0x3f * at + 1))
const agent = fc.constantFrom(...AGENTS)

const drawn = fc
  .record({
    number: fc.nat(30),
    type: fc.constantFrom(...RECORD_TYPES),
    issuer: agent,
    other: agent,
    hoursAgo: fc.nat(3),
    // Beyond a word, and alike in its low half with another.
    sequence: fc.constantFrom(1, 2, 3, 2 ** 32 + 1, 2 ** 32 + 2),
    days: fc.constantFrom(10, 60, 200),
  })
  .map(({ number, type, issuer, other, hoursAgo, days, sequence }) => {
    const issuedAtMs = NOW_MS - hoursAgo * HOUR_MS - (number % 3)
    const outline: Outline = {
      type,
      issuer,
      key: new Uint8Array(32),
      issuedAtMs,
      expiresAtMs: issuedAtMs + days * 24 * HOUR_MS,
      sequence,
      subject: type === 'promise' ? issuer : other,
      delegator: type === 'promise' ? other : undefined,
      terms: [],
    }
    // Several begin alike.
    const id = toHex(new Uint8Array(32).fill(7, 0, 3).fill(number, 3 + (number % 4)))
    return { id, outline }
  })

type Drawn = { readonly id: string; readonly outline: Outline }

/** The same in the plainest words. */
class Model {
  readonly records = new Map<string, Outline>()

  idsOf(isOne: (outline: Outline) => boolean): string[] {
    return [...this.records].flatMap(([id, outline]) => (isOne(outline) ? [id] : []))
  }

  newest(isOne: (one: Drawn) => boolean): string[] {
    return [...this.records]
      .map(([id, outline]) => ({ id, outline }))
      .filter(isOne)
      .toSorted((a, b) => b.outline.issuedAtMs - a.outline.issuedAtMs || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id)
  }
}

const partiesOf = ({ issuer, subject, delegator }: Outline) => [issuer, delegator ?? subject]
/** The low half of its number. */
const half = ({ sequence }: Outline) => sequence % 2 ** 32

describe('the table of records', () => {
  test('finds what a map of all of them finds, as they come and go', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), drawn), { maxLength: 120 })
    fc.assert(
      fc.property(steps, drawn, (taken, after) => {
        const table = new RecordTable(8, 5)
        const model = new Model()
        for (const [isPut, { id, outline }] of taken) {
          const row = table.find(id)
          expect(row === undefined).toBe(!model.records.has(id))
          if (isPut && row === undefined) {
            table.add(id, outline)
            model.records.set(id, outline)
          } else if (!isPut && row !== undefined) {
            table.remove(row)
            model.records.delete(id)
          }
        }
        const idsIn = (rows: readonly number[]) => rows.map((row) => table.head(row).id)
        expect(table.size).toBe(model.records.size)
        for (const [id, outline] of model.records) {
          const head = table.head(table.find(id) ?? -1)
          const { type, issuedAtMs } = outline
          const shard = shardOf(didFromBytes(outline.subject), 8)
          expect(head).toEqual({ id, type, issuedAtMs, shard, lane: laneOf(outline) })
        }
        for (const one of AGENTS) {
          const did = didFromBytes(one)
          expect(idsIn(table.by(did))).toEqual(model.idsOf(({ issuer }) => issuer === one))
          expect(idsIn(table.about(did))).toEqual(model.idsOf(({ subject }) => subject === one))
          const own = [...model.records.values()].filter(({ issuer }) => issuer === one)
          const isShared = (outline: Outline) =>
            outline.issuer === one && own.filter((o) => half(o) === half(outline)).length > 1
          expect(idsIn(table.byOneNumber(did))).toEqual(model.idsOf(isShared))
          const naming = model.idsOf((outline) => partiesOf(outline).includes(one))
          expect(table.names(did)).toBe(naming.length > 0)
        }
        const named = new Set([...model.records.values()].flatMap(partiesOf).map(didFromBytes))
        expect(new Set(table.agents())).toEqual(named)
        expect(idsIn([...table.newest(undefined)].flat())).toEqual(model.newest(() => true))
        const atMs = after.outline.issuedAtMs
        const isBehind = ({ id, outline }: Drawn) =>
          outline.issuedAtMs < atMs || (outline.issuedAtMs === atMs && id > after.id)
        const behind = [...table.newest({ atMs, id: after.id })].flat()
        expect(idsIn(behind)).toEqual(model.newest(isBehind))
        for (const size of [1, 6, 8, 9, 20]) {
          const prefix = after.id.slice(0, size)
          const found = idsIn(table.beginning(prefix)).toSorted()
          const wanted = [...model.records.keys()].filter((id) => id.startsWith(prefix))
          expect(found).toEqual(wanted.toSorted())
        }
      }),
      { numRuns: 150 },
    )
  })

  test('knows nothing of what is no id', () => {
    expect(new RecordTable(0).find('private-1')).toBeUndefined()
  })
})
