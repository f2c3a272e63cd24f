import { describe, expect, test } from 'vitest'
import { BundleError, encodeBundle } from '../../src/records/bundle.ts'
import { BundleKnowledge, judgeBundle } from '../../src/records/bundle-check.ts'
import type { JudgedItem } from '../../src/records/bundle-check.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { ALICE_STATE, rotatedAlice } from '../support/credentials.ts'
import {
  alice,
  bob,
  carol,
  NETWORK,
  NOW_MS,
  observationClaim,
  promiseClaim,
  revocationClaim,
  signedBytes,
  verifiedOf,
  vouchClaim,
} from '../support/records.ts'

const record = signedBytes(vouchClaim())
const { id } = verifiedOf(record)
const identity = ALICE_STATE.bytes
/** The last two fields, by which a record's type is known before it is decoded. */
const VOUCH_TAIL = record.subarray(-11)

type Change = Partial<Parameters<typeof judgeBundle>[2]>

async function judged(file: Uint8Array, change: Change = {}): Promise<readonly JudgedItem[]> {
  const context = { network: NETWORK, verifier: nativeVerifier, nowMs: NOW_MS, ...change }
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100)
  }
  const knowledge = await BundleKnowledge.read(chunks(), context)
  const items: JudgedItem[] = []
  for await (const item of judgeBundle(chunks(), knowledge, context)) items.push(item)
  return items
}

/** The fault code of the first record, or what became of it. */
async function firstOf(
  records: readonly Uint8Array[],
  identities: readonly Uint8Array[] = [identity],
  change: Change = {},
): Promise<string | undefined> {
  const items = await judged(encodeBundle({ identities, records }), change)
  const first = items.find((item) => item.kind === 'record')
  return first?.fault?.fault.code ?? (first?.kind === 'record' ? first.state : undefined)
}

describe('a bundle that is judged without a node', () => {
  test('says of each item that it is sound', async () => {
    const bobLog = incept({ genesis: bob.signer, verifier: nativeVerifier }).log
    const records = [
      record,
      signedBytes(observationClaim()),
      signedBytes(promiseClaim(), bob),
      signedBytes(revocationClaim()),
    ]
    const file = encodeBundle({ identities: [identity, IdentityState.of(bobLog).bytes], records })
    const items = await judged(file)
    expect(items.map(({ kind, fault }) => [kind, fault])).toEqual([
      ...Array.from({ length: 2 }, () => ['identity', undefined]),
      ...Array.from({ length: 4 }, () => ['record', undefined]),
    ])
  })

  test.each<[string, () => Promise<string | undefined>]>([
    ['record/malformed', () => firstOf([Uint8Array.of(0xff)])],
    ['record/too-large', () => firstOf([Buffer.concat([new Uint8Array(1_024), VOUCH_TAIL])])],
    [
      'record/from-future',
      () => firstOf([record], undefined, { nowMs: NOW_MS - 2 * MINUTE_MS - 1 }),
    ],
    ['record/signature-invalid', () => firstOf([withTurnedSignature(record)])],
    ['record/signature-invalid', () => firstOf([record], undefined, { network: 'other' })],
    ['record/key-unknown', () => firstOf([record], [])],
    ['record/key-unknown', () => firstOf([signedBytes(vouchClaim(), carol)])],
    ['record/key-unknown', () => firstOf([signedBytes(vouchClaim(), { ...bob, did: alice.did })])],
    [
      'bundle/key-retired',
      () => firstOf([record], [rotatedAlice({ compromised: true }).state.bytes]),
    ],
    [
      'bundle/key-retired',
      () => firstOf([record], [rotatedAlice({ reach: NOW_MS - 1 }).state.bytes]),
    ],
  ])('finds %s', async (code, first) => {
    expect(await first()).toBe(code)
  })

  test('takes a record two minutes ahead, and one of a retired key within its reach', async () => {
    expect(await firstOf([record], undefined, { nowMs: NOW_MS - 2 * MINUTE_MS })).toBe('live')
    expect(await firstOf([record], [rotatedAlice({ reach: NOW_MS }).state.bytes])).toBe('live')
  })

  test('tells what has expired, and takes nothing old for unsound', async () => {
    expect(await firstOf([record], undefined, { nowMs: NOW_MS + 90 * DAY_MS - 1 })).toBe('live')
    expect(await firstOf([record], undefined, { nowMs: NOW_MS + 90 * DAY_MS })).toBe('expired')
    expect(await firstOf([record], undefined, { nowMs: NOW_MS + 4_000 * DAY_MS })).toBe('expired')
  })

  test('tells what was revoked, by the issuer alone, of that very vouch', async () => {
    expect(await firstOf([record, signedBytes(revocationClaim({ vouch: id }))])).toBe('revoked')
    expect(await firstOf([signedBytes(revocationClaim({ vouch: id })), record])).toBe('live')
    const others = [
      signedBytes(revocationClaim({ vouch: 'a'.repeat(64) })),
      signedBytes(revocationClaim({ vouch: id, subject: carol.did })),
      signedBytes(revocationClaim({ vouch: id }), bob),
      signedBytes(revocationClaim({ vouch: id }), alice, 'other'),
    ]
    const bobLog = incept({ genesis: bob.signer, verifier: nativeVerifier }).log
    for (const other of others) {
      expect(await firstOf([record, other], [identity, IdentityState.of(bobLog).bytes])).toBe(
        'live',
      )
    }
  })

  test('finds key logs that stand behind the records', async () => {
    const [head, tail] = [
      encodeBundle({ identities: [], records: [record] }),
      encodeBundle({ identities: [identity], records: [] }),
    ]
    const header = 14
    const end = 10
    const file = Buffer.concat([
      head.subarray(0, head.length - end),
      tail.subarray(header, tail.length - 1),
      Uint8Array.of(2),
    ])
    expect((await judged(file)).map(({ fault }) => fault)).toEqual([undefined, undefined])
  })

  test('judges what comes before a damage, and then says where it is', async () => {
    const file = encodeBundle({ identities: [identity], records: [record] })
    await expect(judged(file.subarray(0, file.length - 1))).rejects.toThrow(BundleError)
    await expect(judged(Buffer.concat([file, Uint8Array.of(0)]))).rejects.toThrow('damaged')
  })

  test('no flipped bit goes unnoticed, one in each byte', async () => {
    const file = encodeBundle({ identities: [identity], records: [record] })
    // Another of the eight in each byte: all of them take a minute, and find no more.
    for (let bit = 0; bit < 8 * file.length; bit += 9) {
      const changed = Uint8Array.from(file)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let isNoticed: boolean
      try {
        isNoticed = (await judged(changed)).some(({ fault }) => fault !== undefined)
      } catch (error) {
        if (!(error instanceof BundleError)) throw error
        isNoticed = true
      }
      expect(isNoticed, `bit ${bit}`).toBe(true)
    }
  })
})

/** The same record with another byte in its signature. */
function withTurnedSignature(bytes: Uint8Array): Uint8Array {
  const turned = Buffer.from(bytes)
  const at = turned.indexOf(Buffer.from([0x61, 0x73, 0x58, 0x40])) + 5
  turned[at] = (turned[at] ?? 0) ^ 1
  return turned
}
