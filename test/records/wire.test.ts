import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/base/units.ts'
import { findEquivocations } from '../../src/records/equivocation.ts'
import { revocationOf, revokes } from '../../src/records/revoke.ts'
import { recordView } from '../../src/records/view.ts'
import { decodeRecord, encodeWork, parseRecordId, recordIdText } from '../../src/records/wire.ts'
import {
  NOW_MS,
  alice,
  bob,
  carol,
  observationClaim,
  outcome,
  promiseClaim,
  recordFault,
  revocationClaim,
  signedBytes,
  verified,
  vouchClaim,
} from '../support/records.ts'

describe('record ids', () => {
  test('are shown as CIDs and read in both forms', () => {
    const { id } = verified(vouchClaim())
    const text = recordIdText(id)
    expect(text).toMatch(/^bafyrei[a-z2-7]{52}$/)
    expect(parseRecordId(text)).toBe(id)
    expect(parseRecordId(id)).toBe(id)
  })

  test.for([
    '',
    'bafy',
    'A'.repeat(64),
    'g'.repeat(64),
    '0'.repeat(63),
    `bafyrei${'1'.repeat(52)}`,
  ])('are not read from %j', (text) => {
    expect(parseRecordId(text)).toBeUndefined()
  })
})

describe('a record that cannot be read, or spelled', () => {
  test('keeps what the encoding has against it as the cause', () => {
    expect(() => decodeRecord(Uint8Array.of(0xff))).toThrow(
      expect.objectContaining({
        fault: { code: 'record/malformed', path: '' },
        cause: expect.objectContaining({ fault: { code: 'cbor/not-canonical' } }),
      }),
    )
    expect(() => verified(vouchClaim({ level: Number.NaN }))).toThrow(
      expect.objectContaining({
        fault: { code: 'record/malformed', path: 'b' },
        cause: expect.any(Error),
      }),
    )
  })

  test('names the part of a work that has no spelling', () => {
    const work = { kind: 'items', items: ['x', '\ud83e'] } as const
    const fault = recordFault(() => encodeWork(work))
    expect(fault).toEqual({ code: 'record/malformed', path: 'w.v[1]' })
  })

  test('R1 is held to the limit of a type by its whole tail alone', () => {
    const bytes = new Uint8Array(2_000)
    const tail = signedBytes(vouchClaim()).subarray(-11)
    bytes.set(tail, bytes.length - tail.length)
    const faultOf = () => recordFault(() => decodeRecord(bytes))
    expect(faultOf()).toEqual({ code: 'record/too-large', bytes: 2_000, limitBytes: 1_024 })
    for (let at = bytes.length - tail.length; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      bytes[at] = byte ^ 1
      expect(faultOf(), `${at}`).toEqual({ code: 'record/malformed', path: '' })
      bytes[at] = byte
    }
  })
})

function numbered(sequence: number, level: number, issuer = alice) {
  return verified(vouchClaim({ sequence, level, subject: carol.did }), issuer)
}

describe('equivocation', () => {
  test('R9 two records of one key with one number are named, by their smallest ids', () => {
    const three = [numbered(7, 1), numbered(7, 2), numbered(7, 3)]
    const [first, second] = three.map(({ id }) => id).toSorted()
    const expected = [
      {
        issuer: alice.did,
        keyHex: Buffer.from(alice.signer.publicKey).toString('hex'),
        sequence: 7,
        proof: [first, second],
      },
    ]
    expect(findEquivocations([numbered(6, 1), ...three, numbered(8, 1)])).toEqual(expected)
    expect(findEquivocations(three.toReversed())).toEqual(expected)
  })

  test('R9 one record twice, or one number of two keys, is none', () => {
    const one = numbered(7, 1)
    expect(findEquivocations([one, one, numbered(7, 1, bob), numbered(9, 1)])).toEqual([])
  })
})

describe('revocations', () => {
  const vouch = verified(vouchClaim({ issuedAtMs: NOW_MS + 5 }))
  if (vouch.record.type !== 'vouch') throw new Error('a vouch is a vouch')
  const given = { id: vouch.id, record: vouch.record }

  test('are dated no earlier than the vouch, and last for 366 days', () => {
    const early = revocationOf(given, { sequence: 1, nowMs: NOW_MS })
    expect(early.issuedAtMs).toBe(NOW_MS + 5)
    expect(early.expiresAtMs).toBe(NOW_MS + 5 + 366 * DAY_MS)
    const later = revocationOf(given, { sequence: 1, nowMs: NOW_MS + 9, reason: 'Stolen.' })
    expect(later).toMatchObject({ issuedAtMs: NOW_MS + 9, reason: 'Stolen.' })
    expect(verified(early).record.type).toBe('revocation')
  })

  test('R3 count for a vouch by the same issuer about that subject alone', () => {
    const by = (claim: ReturnType<typeof revocationClaim>, issuer = alice) => {
      const { record } = verified(claim, issuer)
      return record.type === 'revocation' && revokes(record, given)
    }
    const claim = revocationOf(given, { sequence: 1, nowMs: NOW_MS }) as ReturnType<
      typeof revocationClaim
    >
    expect(by(claim)).toBe(true)
    expect(by(claim, bob)).toBe(false)
    expect(by({ ...claim, subject: carol.did })).toBe(false)
    expect(by({ ...claim, vouch: '0'.repeat(64) })).toBe(false)
  })
})

describe('the view of a record', () => {
  test('has DIDs as text, times as RFC 3339 and levels as fractions', () => {
    const { record, id } = verified(vouchClaim({ level: 805, statement: 'Careful.' }))
    expect(recordView(record, id)).toEqual({
      id: recordIdText(id),
      type: 'vouch',
      issuer: alice.did,
      key: expect.stringMatching(/^z6Mk/),
      sequence: NOW_MS,
      issuedAt: '2026-09-21T14:13:20.000Z',
      expiresAt: '2026-12-20T14:13:20.000Z',
      subject: bob.did,
      inception: Buffer.from(bob.inception).toString('hex'),
      scope: 'general',
      level: 0.805,
      statement: 'Careful.',
    })
  })

  test('says every type in words that JSON can carry', () => {
    const vouchId = verified(vouchClaim()).id
    const revocation = verified(revocationClaim({ vouch: vouchId, reason: 'Stolen.' })).record
    expect(recordView(revocation)).toMatchObject({
      vouch: recordIdText(vouchId),
      reason: 'Stolen.',
    })
    const promise = verified(promiseClaim({ specification: new Uint8Array(32) })).record
    expect(recordView(promise)).toMatchObject({
      delegator: alice.did,
      work: { kind: 'count', count: 10 },
      deadline: '2026-09-22T14:13:20.000Z',
      specification: '0'.repeat(64),
    })
    const whole = outcome({ promise: vouchId, conditions: { a: 1 }, evidence: new Uint8Array(32) })
    const observation = verified(observationClaim({ outcomes: [whole] })).record
    const view = recordView(observation)
    expect(JSON.parse(JSON.stringify(view))).toEqual(view)
    expect(view.outcomes?.[0]).toMatchObject({
      promise: recordIdText(vouchId),
      clarity: 'unambiguous',
      observedAt: '2026-09-21T14:13:20.000Z',
      evidence: '0'.repeat(64),
      conditions: { a: 1 },
    })
  })
})
