import { describe, expect, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { DAY_MS } from '../../../src/base/units.ts'
import { Author, type Unnumbered } from '../../../src/node/author.ts'
import type { Verified } from '../../../src/records/verified.ts'
import { faultOf } from '../../node/fault.ts'
import { alice, bob, NETWORK, NOW_MS } from '../../support/records.ts'
import { idsIn, Parts, temporaryHome } from './parts.ts'

function claim(parts: Parts, scope = 'general'): Unnumbered {
  return {
    type: 'vouch',
    subject: bob.did,
    inception: bob.inception,
    scope,
    level: 500,
    expiresAtMs: parts.time.nowMs + 90 * DAY_MS,
  }
}

async function authorOn(parts: Parts) {
  const published: Verified[] = []
  const keyHex = toHex(alice.signer.publicKey)
  const author = new Author(
    {
      network: NETWORK,
      did: alice.did,
      signer: alice.signer,
      pipeline: parts.pipeline,
      clock: () => parts.time.nowMs,
      publish: (records) => published.push(...records),
      assertMaySign: () => {},
    },
    await parts.store.ownSequence(keyHex),
  )
  return { author, published, keyHex }
}

function sequences(records: readonly Verified[]): number[] {
  return records.map(({ record }) => record.sequence)
}

describe('the author', () => {
  test('numbers claims by the time, and by one more where the time stands still', async () => {
    const parts = await Parts.open()
    const { author } = await authorOn(parts)
    expect(author.hasSigned).toBe(false)
    const first = await author.issue([claim(parts), claim(parts, 'a'), claim(parts, 'b')])
    expect(author.hasSigned).toBe(true)
    expect((await authorOn(parts)).author.hasSigned).toBe(true)
    expect(sequences(first)).toEqual([NOW_MS, NOW_MS + 1, NOW_MS + 2])
    expect(sequences(await author.issue([claim(parts, 'c')]))).toEqual([NOW_MS + 3])
    parts.time.nowMs += 1_000
    expect(sequences(await author.issue([claim(parts)]))).toEqual([NOW_MS + 1_000])
  })

  test('gives no number twice to those who ask at once', async () => {
    const parts = await Parts.open()
    const { author } = await authorOn(parts)
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => author.issue([claim(parts, `s${at}`)])),
    )
    const given = sequences(all.flat())
    expect(new Set(given).size).toBe(20)
    expect(given).toEqual(given.toSorted((a, b) => a - b))
  })

  test('goes on after a restart, also when the clock was set back', async () => {
    const home = await temporaryHome()
    {
      await using parts = await Parts.open({ home })
      const { author } = await authorOn(parts)
      await author.issue([claim(parts), claim(parts, 'a')])
    }
    const again = await Parts.open({ home, nowMs: NOW_MS - 60_000 })
    const { author } = await authorOn(again)
    expect(sequences(await author.issue([claim(again, 'b')]))).toEqual([NOW_MS + 2])
  })

  test('answers when the record and its number are on disk, and passes it on then', async () => {
    const parts = await Parts.open()
    const { author, published, keyHex } = await authorOn(parts)
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    parts.disk.before = async () => {
      ask()
      await allowed
    }
    const issuing = author.issue([claim(parts)])
    await asked
    expect(published).toEqual([])
    allow()
    const [stored] = await issuing
    expect(published.map(({ id }) => id)).toEqual([stored?.id])
    expect(await parts.store.ownSequence(keyHex)).toBe(NOW_MS)
    expect(await idsIn(parts.store)).toEqual([stored?.id])
  })

  test('never signs a number twice, even for what was not stored', async () => {
    const parts = await Parts.open()
    const { author, published } = await authorOn(parts)
    parts.disk.refusals = 1
    expect(await faultOf(author.issue([claim(parts)]))).toEqual({ code: 'node/busy' })
    expect(published).toEqual([])
    expect(sequences(await author.issue([claim(parts)]))).toEqual([NOW_MS + 1])
  })

  test('stores nothing of a set of which one breaks a rule', async () => {
    const parts = await Parts.open()
    const { author, published } = await authorOn(parts)
    const expired = { ...claim(parts), expiresAtMs: parts.time.nowMs }
    expect(await faultOf(author.issue([claim(parts, 'a'), expired]))).toMatchObject({
      code: 'record/expired',
    })
    const ownself = { ...claim(parts), subject: alice.did }
    expect(await faultOf(author.issue([claim(parts, 'a'), ownself]))).toEqual({
      code: 'record/self-vouch',
    })
    expect(published).toEqual([])
    expect(await idsIn(parts.store)).toEqual([])
    // And the next one is not held up by it.
    expect(await author.issue([claim(parts)])).toHaveLength(1)
  })

  test('R10: says so when this hour is full, and stores nothing then', async () => {
    const parts = await Parts.open()
    const { author } = await authorOn(parts)
    let refusal: string | undefined
    for (let at = 0; at < 200 && refusal === undefined; at++) {
      const tried = await author.issue([claim(parts, `s${at}`)]).catch((error: unknown) => error)
      if (tried instanceof Error && 'fault' in tried) refusal = JSON.stringify(tried.fault)
    }
    expect(refusal).toBe('{"code":"record/quota"}')
    expect((await idsIn(parts.store)).length).toBe(32)
  })
})
