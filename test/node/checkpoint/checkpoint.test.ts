import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didFromBytes } from '../../../src/identity/did.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/node/checkpoint/checkpoint.ts'
import type { CheckpointFrame } from '../../../src/node/checkpoint/checkpoint.ts'
import { RowTable, RowWriter } from '../../../src/node/checkpoint/rows.ts'
import { ONE } from '../../../src/trust/profile.ts'

const FRAME: CheckpointFrame = {
  network: 'test',
  viewer: 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
  storeId: 'ab'.repeat(16),
  params: 'aa'.repeat(32),
  words: 'bb'.repeat(32),
  asOfMs: 1_795_000_000_000,
  view: 'cc'.repeat(32),
  hasView: true,
}

const held = fc.integer({ min: 0, max: ONE })
const share = fc.double({ min: 0, max: 1, noNaN: true })
const count = fc.nat(2 ** 32 - 1)
const inputs = fc.record({
  held,
  unprunedHeld: held,
  isUnsettled: fc.boolean(),
  sums: fc.option(
    fc.record({
      weight: fc.double({ min: 0, noNaN: true }),
      mean: share,
      adaptation: share,
      robustness: share,
      outcomes: count,
      attested: count,
      observers: count,
      latestMs: fc.nat(2 ** 31),
    }),
    { nil: undefined },
  ),
})
/** Many with the same first bits. */
const agent = fc
  .tuple(fc.constantFrom(0, 1, 255), fc.constantFrom(0, 7, 255), fc.nat(3))
  .map(([a, b, c]) => didFromBytes(Uint8Array.from({ length: 16 }, (_, at) => [a, b, c][at] ?? 0)))
const agents = fc.uniqueArray(fc.tuple(agent, inputs), { selector: ([did]) => did })

async function sample(): Promise<Buffer> {
  const rows = new RowWriter()
  for (let at = 0; at < 3; at++) {
    const did = didFromBytes(new Uint8Array(16).fill(at))
    rows.add(did, { held: at, unprunedHeld: at, sums: undefined, isUnsettled: false })
  }
  const scopes = new Map([
    ['general', rows.inOrder()],
    ['review', new RowWriter().inOrder()],
  ])
  return Buffer.concat(await encodeCheckpoint(FRAME, scopes))
}

describe('a checkpoint', () => {
  test('K4 every agent is found with what it was written with, and nobody else', () => {
    fc.assert(
      fc.property(agents, agent, (all, other) => {
        const rows = new RowWriter()
        for (const [did, one] of all) rows.add(did, one)
        const table = RowTable.over(rows.inOrder())
        expect(table?.count).toBe(all.length)
        for (const [did, one] of all) expect(table?.find(did)).toEqual(one)
        expect([...(table?.dids() ?? [])].toSorted()).toEqual(all.map(([did]) => did).toSorted())
        if (!all.some(([did]) => did === other)) expect(table?.find(other)).toBeUndefined()
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test('comes back as it was', async () => {
    const found = await decodeCheckpoint(await sample(), FRAME)
    expect(found).toMatchObject(FRAME)
    if (typeof found === 'string') throw new Error(found)
    expect([...found.scopes].map(([name, { count: rows }]) => [name, rows])).toEqual([
      ['general', 3],
      ['review', 0],
    ])
  })

  test('K3 cut short or with one bit turned it is torn, wherever that is', async () => {
    const whole = await sample()
    for (let length = 0; length < whole.length; length += 7) {
      expect(await decodeCheckpoint(whole.subarray(0, length), FRAME)).toBe('torn')
    }
    for (let at = 0; at < whole.length; at += 5) {
      const turned = Buffer.from(whole)
      turned[at] = (turned[at] ?? 0) ^ 1
      expect(await decodeCheckpoint(turned, FRAME)).toBe('torn')
    }
    expect(await decodeCheckpoint(Buffer.concat([whole, Buffer.alloc(1)]), FRAME)).toBe('torn')
  })

  test.each([
    ['network', { network: 'main' }],
    ['viewer', { viewer: 'did:aip:00000000000000000000000000000000' }],
    ['store', { storeId: 'cd'.repeat(16) }],
    ['params', { params: 'dd'.repeat(32) }],
    ['words', { words: 'dd'.repeat(32) }],
  ] as const)('K3 of another %s it is of no use', async (flaw, change) => {
    expect(await decodeCheckpoint(await sample(), { ...FRAME, ...change })).toBe(flaw)
  })

  test('K3 sound as it is, of another format or with other rows it is of no use', async () => {
    const unsorted = new RowWriter()
    unsorted.add(didFromBytes(new Uint8Array(16).fill(2)), {
      held: 1,
      unprunedHeld: 1,
      sums: undefined,
      isUnsettled: false,
    })
    const rows = unsorted.inOrder()
    const zeros = Buffer.alloc(rows.length)
    const of = async (scope: Buffer) =>
      decodeCheckpoint(
        Buffer.concat(await encodeCheckpoint(FRAME, new Map([['general', scope]]))),
        FRAME,
      )
    expect(await of(Buffer.concat([rows, zeros]))).toBe('format')
    expect(await of(rows.subarray(1))).toBe('format')
    expect(await of(Buffer.concat([zeros, rows]))).toMatchObject(FRAME)
    const later = { ...FRAME, asOfMs: -1 }
    expect(
      await decodeCheckpoint(Buffer.concat(await encodeCheckpoint(later, new Map())), FRAME),
    ).toBe('format')
  })
})
