import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../../src/base/units.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import {
  ANCHORS_LIMIT,
  areSameAnchors,
  chooseAnchors,
  decodeAnchors,
  encodeAnchors,
} from '../../../src/p2p/peers/anchors.ts'

const T = 1_800_000_000_000
const peer = (n: number): string => peerIdOfKey(new Uint8Array(32).fill(n))
const out = (n: number, ageMs: number, net = `1.${n}`) => ({
  peerId: peer(n),
  address: `/ip4/${net}.0.1/tcp/1`,
  sinceMs: T - ageMs,
})
const rules = { nowMs: T, leastMs: 100, onePerProvider: true }
const ids = (anchors: readonly { readonly peerId: string }[]): string[] =>
  anchors.map(({ peerId }) => peerId)

describe('anchors', () => {
  test('are those connected longest, long enough, and no more than the limit', () => {
    const outbound = [out(1, 99), out(2, 100), out(3, 300), out(4, 200)]
    expect(ids(chooseAnchors(outbound, [], rules))).toEqual([peer(3), peer(4), peer(2)])
    const many = Array.from({ length: 9 }, (_, n) => out(n + 1, 1_000 - n))
    expect(ids(chooseAnchors(many, [], rules))).toEqual(ids(many.slice(0, ANCHORS_LIMIT)))
  })

  test('are one of each provider on a public network, and any on one machine', () => {
    const outbound = [out(1, 300, '8.8'), out(2, 200, '8.8'), out(3, 200)]
    expect(ids(chooseAnchors(outbound, [], rules))).toEqual([peer(1), peer(3)])
    const local = { ...rules, onePerProvider: false }
    expect(chooseAnchors(outbound, [], local)).toHaveLength(3)
  })

  test('stay while no better ones are there, so that an outage does not lose them', () => {
    const before = chooseAnchors([out(1, 300), out(2, 200)], [], rules)
    expect(ids(chooseAnchors([], before, rules))).toEqual([peer(1), peer(2)])
    expect(ids(chooseAnchors([out(2, 500)], before, rules))).toEqual([peer(2), peer(1)])
    const five = [3, 4, 5, 6, 7].map((n) => out(n, 900))
    expect(ids(chooseAnchors(five, before, rules))).toEqual([3, 4, 5, 6].map(peer))
  })

  test('are written again when they differ or are an hour older', () => {
    const anchors = chooseAnchors([out(1, 300)], [], rules)
    const later = (ms: number) => anchors.map((one) => ({ ...one, goodMs: one.goodMs + ms }))
    expect(areSameAnchors(anchors, later(HOUR_MS - 1))).toBe(true)
    expect(areSameAnchors(anchors, later(HOUR_MS))).toBe(false)
    expect(areSameAnchors(anchors, [])).toBe(false)
  })

  test('read back as they were written, and anything else is none', () => {
    const anchors = chooseAnchors([out(1, 300), out(2, 200)], [], rules)
    expect(decodeAnchors(encodeAnchors(anchors))).toEqual(anchors)
    for (const bad of [
      new Uint8Array([0xff]),
      encodeCbor({}),
      encodeCbor([{ p: 'nobody', a: '/a', g: 1 }]),
      encodeCbor([{ p: peer(1), a: '', g: 1 }]),
      encodeCbor([{ p: peer(1), a: '/a', g: -1 }]),
      encodeCbor(Array.from({ length: 5 }, () => ({ p: peer(1), a: '/a', g: 1 }))),
      new Uint8Array(10_000),
    ]) {
      expect(decodeAnchors(bad)).toEqual([])
    }
  })
})
