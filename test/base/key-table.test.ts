import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes, toHex } from '../../src/base/bytes.ts'
import { Column } from '../../src/base/columns.ts'
import { KeyTable, NO_KEY } from '../../src/base/key-table.ts'

/** Keys that begin alike, so that slots collide; some share all but the last byte. */
const key = fc
  .tuple(fc.nat(3), fc.nat(40))
  .map(([head, tail]) => Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? tail : head)))

function keyOf(at: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(28, at)
  return bytes
}

describe('a table of keys', () => {
  test('does what a map from text to number does', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'find'), key), {
      maxLength: 400,
    })
    fc.assert(
      fc.property(steps, fc.nat(), (drawn, salt) => {
        const table = new KeyTable(16, salt)
        const model = new Map<string, number>()
        for (const [step, bytes] of drawn) {
          const hex = toHex(bytes)
          const known = model.get(hex)
          if (step === 'add') {
            const number = table.add(bytes)
            expect(number).toBe(known ?? number)
            expect(known !== undefined || [...model.values()].every((one) => one !== number)).toBe(
              true,
            )
            model.set(hex, number)
          } else if (step === 'delete' && known !== undefined) {
            table.delete(known)
            model.delete(hex)
          }
          expect(table.find(bytes)).toBe(model.get(hex) ?? NO_KEY)
          expect(table.size).toBe(model.size)
        }
        for (const [hex, number] of model) {
          expect(table.findHex(hex)).toBe(number)
          expect(table.findHex(`did:${hex}`, 4)).toBe(number)
          expect(table.hexOf(number)).toBe(hex)
          expect(number).toBeLessThan(table.end)
          for (const other of model.values()) {
            const wanted = compareBytes(table.bytesOf(number), table.bytesOf(other))
            expect(Math.sign(table.compare(number, other))).toBe(Math.sign(wanted))
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('holds many, over pages and doublings, and gives numbers that left out again', () => {
    const table = new KeyTable(32)
    for (let at = 0; at < 10_000; at++) expect(table.add(keyOf(at))).toBe(at)
    for (let at = 0; at < 10_000; at += 2) table.delete(at)
    expect(table.size).toBe(5_000)
    for (let at = 0; at < 10_000; at++) expect(table.find(keyOf(at))).toBe(at % 2 ? at : NO_KEY)
    for (let at = 10_000; at < 15_000; at++) expect(table.add(keyOf(at))).toBeLessThan(10_000)
    expect(table.end).toBe(10_000)
  })

  test('refuses keys of another length, text that is no hex, and numbers of no key', () => {
    const table = new KeyTable(16)
    expect(() => table.find(new Uint8Array(15))).toThrow(RangeError)
    expect(() => table.findHex('00'.repeat(15))).toThrow(RangeError)
    expect(() => table.addHex('0G'.repeat(16))).toThrow(RangeError)
    expect(() => table.addHex('é0'.repeat(16))).toThrow(RangeError)
    const number = table.add(new Uint8Array(16))
    table.delete(number)
    expect(() => table.delete(number)).toThrow(RangeError)
    expect(table.findHex('00'.repeat(16))).toBe(NO_KEY)
  })
})

describe('a column', () => {
  test('reads what was written last, and 0 where nothing was', () => {
    const row = fc.nat(10_000)
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.nat(255)), { maxLength: 50 }), row, (drawn, other) => {
        for (const column of [
          Column.ofBytes(),
          Column.ofShorts(),
          Column.ofWords(),
          Column.ofDoubles(),
        ]) {
          const model = new Map<number, number>()
          for (const [at, value] of drawn) {
            column.set(at, value)
            model.set(at, value)
          }
          for (const at of [...model.keys(), other]) expect(column.get(at)).toBe(model.get(at) ?? 0)
        }
      }),
      { numRuns: 50 },
    )
    const words = Column.ofWords()
    words.set(5_000, 0xffff_ffff)
    expect(words.get(5_000)).toBe(0xffff_ffff)
  })
})
