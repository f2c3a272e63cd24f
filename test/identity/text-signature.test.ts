import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { decodeCbor } from '../../src/crypto/cbor.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, rotate } from '../../src/identity/log-change.ts'
import { SignatureError } from '../../src/identity/signature-error.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  bundledLog,
  CONTENT_KINDS,
  contentMessage,
  parseSignature,
  SIGNED_AHEAD_LIMIT_MS,
  signatureFields,
  signContent,
  textContent,
  verifyContent,
  type ContentHash,
  type ContentSignature,
} from '../../src/identity/text-signature.ts'
import { alice, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

const SIGNED_AT_MS = Date.UTC(2026, 10, 25, 12)
const log = alice()
const content = textContent('hello')
const signed = signBy('alice', log, content)

function signBy(key: string, by: KeyLog, what: ContentHash): ContentSignature {
  return signContent(what, { log: by, signer: keyNamed(key), signedAtMs: SIGNED_AT_MS })
}

function verify(
  signature: ContentSignature,
  changes: { state?: IdentityState; nowMs?: number; content?: ContentHash } = {},
): string {
  try {
    return verifyContent(signature, {
      state: IdentityState.of(log),
      verifier,
      nowMs: SIGNED_AT_MS,
      ...changes,
    })
  } catch (error) {
    if (error instanceof SignatureError) return error.fault.code
    throw error
  }
}

describe('a signature of content', () => {
  test('holds for the text in UTF-8, by the current key', () => {
    expect(signed.hash).toEqual(sha256(textBytes('hello')))
    expect(signed.keyId).toBe(`${log.did}#k0.0`)
    expect(verify(signed, { content })).toBe('current')
    expect(verify(signed)).toBe('current')
  })

  test('X2 may be dated two minutes ahead, to the millisecond', () => {
    const edgeMs = SIGNED_AT_MS - SIGNED_AHEAD_LIMIT_MS
    expect(verify(signed, { nowMs: edgeMs })).toBe('current')
    expect(verify(signed, { nowMs: edgeMs - 1 })).toBe('signature/from-future')
  })

  test('X3 is for this content and this kind', () => {
    expect(verify(signed, { content: textContent('hello ') })).toBe('signature/other-content')
    expect(verify(signed, { content: textContent('') })).toBe('signature/other-content')
    const file: ContentHash = { ...content, kind: 'file' }
    expect(verify(signed, { content: file })).toBe('signature/other-content')
  })

  test('X3, X5 of one kind is not one of another', () => {
    for (const kind of CONTENT_KINDS) {
      for (const other of CONTENT_KINDS) {
        const one = signBy('alice', log, { ...content, kind })
        const expected = kind === other ? 'current' : 'signature/invalid'
        expect(verify({ ...one, kind: other })).toBe(expected)
      }
    }
  })

  test('X4 is by a key of the log, at its place', () => {
    const mallory = incept({ genesis: keyNamed('mallory'), verifier }).log
    const theirs = signBy('mallory', mallory, content)
    expect(verify(theirs)).toBe('signature/key-unknown')
    expect(verify({ ...theirs, did: log.did, keyId: signed.keyId })).toBe('signature/key-unknown')
    expect(verify({ ...signed, keyId: `${log.did}#k0.1` })).toBe('signature/key-unknown')
    expect(verify(signed, { state: IdentityState.of(mallory) })).toBe('signature/key-unknown')
  })

  test('X4 is never by the genesis key of a cold root', () => {
    const cold = incept({
      genesis: keyNamed('root'),
      operationalKey: publicKeyOf('alice'),
      verifier,
    }).log
    const sound = signBy('alice', cold, content)
    const state = IdentityState.of(cold)
    expect(verify(sound, { state })).toBe('current')
    expect(verify({ ...sound, key: publicKeyOf('root') }, { state })).toBe('signature/key-unknown')
  })

  test.each<Partial<ContentSignature>>([
    { hash: sha256(textBytes('other')) },
    { kind: 'file' },
    { signedAtMs: SIGNED_AT_MS - 1 },
    { signature: new Uint8Array(64) },
  ])('X5 with another %o does not hold', (change) => {
    expect(verify({ ...signed, ...change })).toBe('signature/invalid')
  })

  test('X5 tells how the key stands', () => {
    const next = { log, authority: keyNamed('r0.1'), operationalKey: publicKeyOf('k0.1'), verifier }
    const rotated = rotate(next).log
    const leaked = rotate({ ...next, compromised: true }).log
    const other = rotate({ ...next, operationalKey: publicKeyOf('other') }).log
    const ended = deactivate({ log, authority: keyNamed('c1'), verifier }).log
    const of = (one: KeyLog): string => verify(signed, { state: IdentityState.of(one) })
    expect(of(rotated)).toBe('retired')
    expect(of(leaked)).toBe('compromised')
    expect(of(ended)).toBe('retired')
    expect(verify(signBy('k0.1', rotated, content), { state: IdentityState.of(rotated) })).toBe(
      'current',
    )
    const forked = IdentityState.ofLogs([rotated, other])
    expect(verify(signed, { state: forked })).toBe('disputed')
    expect(verify(signed, { state: IdentityState.ofLogs([leaked, other]) })).toBe('compromised')
    // The log that came along, joined with what is known: an old log hides nothing.
    const joined = IdentityState.of(bundledLog(signed, verifier)).join(IdentityState.of(leaked))
    expect(verify(signed, { state: joined })).toBe('compromised')
  })

  test('is not made by a key that is not the current one', () => {
    expect(() => signBy('mallory', log, content)).toThrow(RangeError)
  })

  test('is over the tag, a zero byte and six fields', () => {
    const message = contentMessage(signed)
    expect(Buffer.from(message.subarray(0, 12)).toString()).toBe('aip:text:v1\0')
    expect(Object.keys(decodeCbor(message.subarray(12), 1_024) as object)).toEqual([
      'a',
      'h',
      'i',
      'k',
      't',
      'v',
    ])
  })

  test('no flipped bit of what is signed leaves it sound', () => {
    const message = contentMessage(signed)
    fc.assert(
      fc.property(fc.nat(message.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(message)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const check = { message: changed, signature: signed.signature, publicKey: signed.key }
        expect(verifier.verifyNow(check)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('X1 the signature in JSON', () => {
  const fields: Readonly<Record<string, unknown>> = { ...signatureFields(signed) }

  test('comes back as it was', () => {
    expect(parseSignature(JSON.parse(JSON.stringify(fields)) as typeof fields)).toEqual(signed)
  })

  test.each(Object.keys(fields))('is refused without %s', (name) => {
    const { [name]: _, ...rest } = fields
    expect(() => parseSignature(rest)).toThrow(
      expect.objectContaining({ fault: { code: 'signature/malformed', field: name } }),
    )
  })

  test.each<[string, unknown]>([
    ['v', 2],
    ['v', '1'],
    ['type', 'other'],
    ['kind', 'record'],
    ['kind', 0],
    ['did', 'did:aip:C196ab2f3d0e4b5a69788796a5b4c370'],
    ['keyId', 'did:aip:00000000000000000000000000000000#k0.0'],
    ['keyId', `${log.did}#k0`],
    ['keyId', `${log.did}#k0.0 `],
    ['signedAt', '2026-11-25'],
    ['signedAt', '2026-11-25T12:00:00Z'],
    ['signedAt', '2026-13-25T12:00:00.000Z'],
    ['sha256', 'ab'.repeat(31)],
    ['sha256', 'AB'.repeat(32)],
    ['key', 'ab'.repeat(33)],
    ['signature', 'ab'.repeat(65)],
    ['log', ''],
    ['log', 'abc'],
    ['log', 'ab'.repeat(4_001)],
    ['log', 7],
  ])('is refused with %s %j', (name, value) => {
    expect(() => parseSignature({ ...fields, [name]: value })).toThrow(
      expect.objectContaining({ fault: { code: 'signature/malformed', field: name } }),
    )
  })
})
