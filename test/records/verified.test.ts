import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import { networkMessage } from '../../src/crypto/domain.ts'
import { SignatureProof } from '../../src/crypto/ed25519.ts'
import { sha256Hex } from '../../src/crypto/hash.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import type { AipRecord, Claim } from '../../src/records/record.ts'
import { FLOOR_STEP_MS, LANE_DAYS, laneFloorMs, laneOf } from '../../src/records/replica/lanes.ts'
import {
  Candidate,
  CLOCK_SKEW_LIMIT_MS,
  Verified,
  judgeTime,
  nextSequence,
} from '../../src/records/verified.ts'
import { RECORD_LIMIT_BYTES } from '../../src/records/wire.ts'
import {
  NETWORK,
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
  verifiedOf,
  vouchClaim,
} from '../support/records.ts'

const context = { network: NETWORK }

type Fields = Record<string, unknown>

/** The wire fields of a sound record, one thing changed, signed by nobody anew. */
function changed(claim: Claim, change: (fields: Fields, body: Fields) => void): Uint8Array {
  const fields = decodeCbor(signedBytes(claim), 16_384) as Fields
  change(fields, fields['b'] as Fields)
  return encodeCbor(fields)
}

function parseFault(bytes: Uint8Array) {
  return recordFault(() => Candidate.parse(bytes, context))
}

/** A record of exactly so many bytes, with a filling that no schema knows. */
function ofSize(type: string, sizeBytes: number): Uint8Array {
  const empty = encodeCbor({ v: 1, t: type, b: new Uint8Array(0x1000), s: new Uint8Array(64) })
  const filling = 0x1000 + sizeBytes - empty.length
  return encodeCbor({ v: 1, t: type, b: new Uint8Array(filling), s: new Uint8Array(64) })
}

const filled = (itemCount: number, chars: number) => {
  const items = Array.from({ length: itemCount }, () => 'x'.repeat(chars))
  const work = { kind: 'items', items } as const
  return observationClaim({ outcomes: [outcome({ promised: work, delivered: work })] })
}

describe('R1', () => {
  test.for(Object.entries(RECORD_LIMIT_BYTES))(
    'R1 refuses a %s above its limit before it is decoded, and looks at one that fits',
    ([type, limitBytes]) => {
      const above = ofSize(type, limitBytes + 1)
      expect(above.length).toBe(limitBytes + 1)
      const tooLarge = { code: 'record/too-large', bytes: limitBytes + 1, limitBytes }
      expect(parseFault(above)).toEqual(tooLarge)
      expect(parseFault(above.fill(0xff, 0, 9))).toEqual(tooLarge)

      const fits = ofSize(type, limitBytes)
      expect(fits.length).toBe(limitBytes)
      expect(parseFault(fits)?.code).toBe('record/malformed')
    },
  )

  test('R1 holds what is no record at all to the largest limit', () => {
    expect(parseFault(new Uint8Array(16_385))?.code).toBe('record/too-large')
    expect(parseFault(new Uint8Array(16_384))?.code).toBe('record/malformed')
    expect(parseFault(new Uint8Array(0))?.code).toBe('record/malformed')
  })

  test('R1 admits an observation at its limit, and refuses to sign one above it', () => {
    expect(signedBytes(filled(62, 127)).length).toBeLessThanOrEqual(16_384)
    expect(recordFault(() => signedBytes(filled(64, 128)))?.code).toBe('record/too-large')
  })
})

describe('R1a', () => {
  test('R1a tells a later version and a later type from garbage', () => {
    const later = changed(vouchClaim(), (fields) => {
      fields['v'] = 2
    })
    expect(parseFault(later)).toEqual({ code: 'record/unsupported', version: '2', type: 'vouch' })
    const other = changed(vouchClaim(), (fields) => {
      fields['t'] = 'endorsement'
    })
    const unsupported = { code: 'record/unsupported', version: '1', type: 'endorsement' }
    expect(parseFault(other)).toEqual(unsupported)
  })

  test('R1a does not repeat what a stranger wrote as a type', () => {
    const strange = changed(vouchClaim(), (fields) => {
      fields['t'] = '\u001b[2J'
    })
    const unnamed = { code: 'record/unsupported', type: '?' }
    expect(parseFault(strange)).toEqual({ ...unnamed, version: '1' })
    expect(parseFault(encodeCbor({ v: 2, t: 5 }))).toEqual({ ...unnamed, version: '2' })
  })

  test('R1a holds a later version to canonical bytes, and asks for a number as version', () => {
    const later = encodeCbor({ v: 2, whatever: 1.5 })
    expect(parseFault(later)?.code).toBe('record/unsupported')
    const withTail = Uint8Array.from([...later, 0])
    expect(parseFault(withTail)).toEqual({ code: 'record/malformed', path: '' })
    expect(parseFault(encodeCbor({ t: 'vouch' }))).toEqual({ code: 'record/malformed', path: 'v' })
    for (const v of ['2', 1.5, -1, 2n ** 53n]) {
      const bytes = encodeCbor({ t: 'vouch', v })
      expect(parseFault(bytes), String(v)).toEqual({ code: 'record/malformed', path: 'v' })
    }
    const zeroth = { code: 'record/unsupported', version: '0', type: 'vouch' }
    expect(parseFault(encodeCbor({ t: 'vouch', v: 0 }))).toEqual(zeroth)
    expect(parseFault(encodeCbor({ v: 1 }))).toEqual({ code: 'record/malformed', path: 't' })
    expect(parseFault(encodeCbor([2]))).toEqual({ code: 'record/malformed', path: '' })
  })
})

describe('R2', () => {
  test('R2 refuses bytes that are not canonical', () => {
    const sound = signedBytes(vouchClaim())
    // 0xb8 0x09: the same map of nine fields, spelled longer.
    const longer = Uint8Array.from([0xb8, 0x09, ...sound.subarray(1)])
    expect(parseFault(longer)).toEqual({ code: 'record/malformed', path: '' })
    expect(parseFault(sound.subarray(0, -1))).toEqual({ code: 'record/malformed', path: '' })
  })
})

describe('R3', () => {
  test('R3 refuses a vouch of an agent for itself', () => {
    const self = changed(vouchClaim(), (fields, body) => {
      body['d'] = fields['i']
    })
    expect(parseFault(self)).toEqual({ code: 'record/self-vouch' })
    expect(recordFault(() => signedBytes(vouchClaim({ subject: alice.did })))?.code).toBe(
      'record/self-vouch',
    )
    const observed = signedBytes(observationClaim({ subject: alice.did }))
    expect(parseFault(observed)).toBeUndefined()
  })
})

describe('R4', () => {
  const record: AipRecord = verified(vouchClaim()).record

  test('R4 allows for the skew of an honest clock, to the millisecond', () => {
    expect(judgeTime(record, NOW_MS - CLOCK_SKEW_LIMIT_MS)).toBeUndefined()
    const aheadMs = CLOCK_SKEW_LIMIT_MS + 1
    expect(judgeTime(record, NOW_MS - aheadMs)).toEqual({ code: 'record/from-future', aheadMs })
    expect(CLOCK_SKEW_LIMIT_MS).toBe(2 * MINUTE_MS)
  })
})

const ofLifetime = (lifetimeMs: number) =>
  laneOf(verified(vouchClaim({ expiresAtMs: NOW_MS + lifetimeMs })).record)

const withExpiry = (expiresAtMs: number) => {
  const bytes = changed(vouchClaim(), (fields) => {
    fields['e'] = expiresAtMs
  })
  return judgeTime(Candidate.parse(bytes, context).record, NOW_MS)
}

const sign = (expiresAtMs: number) => () => signedBytes(vouchClaim({ expiresAtMs }))

describe('R5', () => {
  const lifetimes = [
    { lane: 1, days: 30 },
    { lane: 2, days: 90 },
    { lane: 3, days: 366 },
  ] as const

  test.for(lifetimes)('R5 puts a lifetime of up to $days days in lane $lane', ({ lane, days }) => {
    expect(ofLifetime(days * DAY_MS)).toBe(lane)
    if (lane < 3) expect(ofLifetime(days * DAY_MS + 1)).toBe(lane + 1)
  })

  test.for([0, 1, 2, 3] as const)('R5 keeps lane %d to its floor, and no longer', (lane) => {
    const floorMs = laneFloorMs(lane, NOW_MS)
    expect(floorMs % FLOOR_STEP_MS).toBe(0)
    const ageMs = NOW_MS - floorMs - LANE_DAYS[lane] * DAY_MS
    expect(ageMs >= 0 && ageMs < FLOOR_STEP_MS).toBe(true)
    const issued = (issuedAtMs: number) => {
      const times = { issuedAtMs, expiresAtMs: issuedAtMs + LANE_DAYS[lane] * DAY_MS }
      const claim = lane === 0 ? revocationClaim(times) : vouchClaim(times)
      return judgeTime(verified(claim).record, NOW_MS)
    }
    expect(issued(floorMs)).toBeUndefined()
    expect(issued(floorMs - 1)).toEqual({ code: 'record/expired', agoMs: 1 })
  })

  test('R5 keeps an expired record for as long as its lane', () => {
    const record = verified(vouchClaim({ expiresAtMs: NOW_MS + 1 })).record
    expect(judgeTime(record, NOW_MS + 29 * DAY_MS)).toBeUndefined()
    expect(judgeTime(record, NOW_MS + 31 * DAY_MS)?.code).toBe('record/expired')
  })

  test('R5 refuses a lifetime that no lane covers', () => {
    expect(withExpiry(NOW_MS + 366 * DAY_MS)).toBeUndefined()
    const lifetimeMs = 366 * DAY_MS + 1
    expect(withExpiry(NOW_MS + lifetimeMs)).toEqual({ code: 'record/expired', lifetimeMs })
    expect(withExpiry(NOW_MS + 1)).toBeUndefined()
    expect(withExpiry(NOW_MS)).toEqual({ code: 'record/expired', lifetimeMs: 0 })
    expect(withExpiry(NOW_MS - 1)).toEqual({ code: 'record/expired', lifetimeMs: -1 })
  })

  test('R5 refuses to sign a lifetime that no lane covers', () => {
    expect(recordFault(sign(NOW_MS + 366 * DAY_MS))).toBeUndefined()
    expect(recordFault(sign(NOW_MS + 366 * DAY_MS + 1))?.code).toBe('record/expired')
    expect(recordFault(sign(NOW_MS))?.code).toBe('record/expired')
  })
})

describe('R6', () => {
  test('R6 gives another signature of one body the same id', () => {
    const one = verified(vouchClaim())
    const other = changed(vouchClaim(), (fields) => {
      fields['s'] = new Uint8Array(64).fill(7)
    })
    expect(Candidate.parse(other, context).id).toBe(one.id)
    expect(other).not.toEqual(one.bytes)
  })

  test('R6 gives every other body another id', () => {
    const { id } = verified(vouchClaim())
    expect(verified(vouchClaim({ level: 801 })).id).not.toBe(id)
    expect(verified(vouchClaim({ sequence: NOW_MS + 1 })).id).not.toBe(id)
    expect(verified(vouchClaim({ subject: alice.did }), carol).id).not.toBe(id)
  })
})

const keep = (one: Verified) => one.id

describe('R7', () => {
  const claims: readonly (readonly [string, Claim])[] = [
    ['vouch', vouchClaim({ statement: 'Careful, and always on time.' })],
    ['revocation', revocationClaim({ reason: 'Her key was stolen.' })],
    ['promise', promiseClaim()],
    ['observation', observationClaim()],
  ]

  test.for(claims)('R7 accepts a signed %s', ([, claim]) => {
    const bytes = signedBytes(claim)
    const { id, record } = verifiedOf(bytes)
    expect(record).toEqual({ ...claim, issuer: alice.did, key: alice.signer.publicKey })
    const fields = decodeCbor(bytes, 16_384) as Fields
    delete fields['s']
    expect(id).toBe(sha256Hex(encodeCbor(fields)))
  })

  test.for(claims)('R7 covers the %s without its signature, and the network', ([, claim]) => {
    const candidate = Candidate.parse(signedBytes(claim), context)
    const fields = decodeCbor(candidate.bytes, 16_384) as Fields
    delete fields['s']
    const message = networkMessage('aip:record:v1', NETWORK, encodeCbor(fields))
    expect(candidate.check.message).toEqual(message)
    expect(candidate.check.publicKey).toEqual(alice.signer.publicKey)
  })

  test.for(claims)('R7 accepts no %s with a single flipped bit', ([, claim]) => {
    const sound = signedBytes(claim)
    expect(recordFault(() => verifiedOf(sound))).toBeUndefined()
    for (let bit = 0; bit < sound.length * 8; bit++) {
      const bytes = Uint8Array.from(sound)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (recordFault(() => verifiedOf(bytes)) === undefined) expect.fail(`bit ${bit} was accepted`)
    }
  })

  test('R7 accepts no bytes that differ in a few places', () => {
    const sound = signedBytes(vouchClaim({ statement: 'Careful.' }))
    const change = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(sound)
        for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask
        fc.pre(Buffer.compare(bytes, sound) !== 0)
        expect(recordFault(() => verifiedOf(bytes))).toBeDefined()
      }),
      { numRuns: 2_000 },
    )
  })

  test('R7 refuses what was signed for another network', () => {
    const bytes = signedBytes(vouchClaim(), alice, 'elsewhere')
    expect(parseFault(bytes)).toBeUndefined()
    expect(recordFault(() => verifiedOf(bytes))?.code).toBe('record/signature-invalid')
    const there = Candidate.parse(bytes, { network: 'elsewhere' })
    expect(SignatureProof.now(there.check, nativeVerifier)).toBeDefined()
    expect(there.id).toBe(verified(vouchClaim()).id)
  })

  test('R7 refuses the signature of anybody but the key in the record', () => {
    const bytes = changed(vouchClaim(), (fields) => {
      fields['k'] = carol.signer.publicKey
    })
    expect(recordFault(() => verifiedOf(bytes))?.code).toBe('record/signature-invalid')
  })

  test('R7 makes nothing verified from the proof of another record', () => {
    const one = Candidate.parse(signedBytes(vouchClaim()), context)
    const other = Candidate.parse(signedBytes(vouchClaim({ level: 1 })), context)
    const proof = SignatureProof.now(other.check, nativeVerifier)
    if (proof === undefined) expect.fail('a sound signature has a proof')
    expect(() => Verified.of(one, proof)).toThrow(TypeError)
    expect(Verified.of(other, proof).id).toBe(other.id)
  })

  test('a copy of a verified record does not pass for one', () => {
    const sound = verified(vouchClaim())
    expect(keep(sound)).toBe(sound.id)
    // @ts-expect-error -- a spread copy lacks the private part
    expect(keep({ ...sound })).toBe(sound.id)
    // @ts-expect-error -- a candidate is not verified
    expect(keep(Candidate.parse(sound.bytes, context))).toBe(sound.id)
  })

  test('a candidate does not change with the buffer that it came in', () => {
    const buffer = signedBytes(vouchClaim())
    const { bytes, record, check } = Candidate.parse(buffer, context)
    const before = [bytes, check.message, check.signature, record.key].map((each) => each.slice())
    buffer.fill(0)
    expect([bytes, check.message, check.signature, record.key]).toEqual(before)
  })
})

describe('restored', () => {
  test('bytes from the store are the record that was stored, or an error', () => {
    const sound = verified(observationClaim())
    const again = Verified.restored(sound.bytes, sound.id, context)
    expect(again.record).toEqual(sound.record)
    expect(again.id).toBe(sound.id)
    const other = verified(vouchClaim())
    const restore = () => Verified.restored(other.bytes, sound.id, context)
    expect(recordFault(restore)).toEqual({ code: 'record/malformed', path: 's' })
  })
})

describe('nextSequence', () => {
  test('the author sequence grows even when the clock does not', () => {
    expect(nextSequence(undefined, NOW_MS)).toBe(NOW_MS)
    expect(nextSequence(NOW_MS - 5, NOW_MS)).toBe(NOW_MS)
    expect(nextSequence(NOW_MS, NOW_MS)).toBe(NOW_MS + 1)
    expect(nextSequence(NOW_MS + 9, NOW_MS)).toBe(NOW_MS + 10)
  })
})

test('the subjects of the examples are other agents than their issuer', () => {
  expect(new Set([alice.did, bob.did, carol.did]).size).toBe(3)
})
