import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import { CryptoError } from '../../src/crypto/error.ts'
import { IdentityError } from '../../src/identity/error.ts'
import type { DocumentContent } from '../../src/identity/document.ts'
import { KeyLog } from '../../src/identity/key-log.ts'
import { recover, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  context,
  documentOf,
  keyNamed,
  logOfBytes,
  publicKeyOf,
  verifier,
} from '../support/identity.ts'

const key = keyNamed('alice')
const log = alice()
const rotateTo = (name: string): KeyLog =>
  rotate({ log, authority: keyNamed('r0.1'), operationalKey: publicKeyOf(name), verifier }).log
const recovered = recover({
  log,
  authority: keyNamed('c1'),
  operationalKey: publicKeyOf('k1.0'),
  verifier,
}).log

function value(of: KeyLog): unknown {
  return decodeCbor(of.bytes, 4_000)
}

/** Plain bytes, whatever kind of array the encoder returns. */
function bytesOf(given: unknown): Uint8Array {
  return Uint8Array.from(encodeCbor(given))
}

function faultOf(bytes: Uint8Array): object {
  try {
    IdentityState.parse(bytes, context)
  } catch (error) {
    if (error instanceof IdentityError || error instanceof CryptoError) return error.fault
    throw error
  }
  throw new Error('nothing was refused')
}

function flawOf(a: KeyLog, b: KeyLog): object {
  return faultOf(encodeCbor({ f: [value(a), value(b)] }))
}

function padded(length: number): DocumentContent {
  return { pad: 'a'.repeat(length) } as DocumentContent
}

describe('a value', () => {
  test('of a log is the map {l}, with a document {d, l}, in canonical bytes', () => {
    expect(IdentityState.of(log).bytes).toEqual(bytesOf({ l: value(log) }))
    const document = documentOf(log, key)
    expect(IdentityState.of(log, document).bytes).toEqual(
      bytesOf({ l: value(log), d: decodeCbor(document.bytes, 4_000) }),
    )
  })

  test('of a fork is the map {f}, the lower conflicting hash first', () => {
    const [a, b] = [rotateTo('k0.1'), rotateTo('mallory')]
    const fork = IdentityState.of(a).join(IdentityState.of(b))
    const [first, second] = toHex(a.head) < toHex(b.head) ? [a, b] : [b, a]
    expect(fork.bytes).toEqual(bytesOf({ f: [value(first), value(second)] }))
    expect(fork.document).toBeUndefined()
    expect(fork.isForked).toBe(true)
  })

  test('reads as it was written', () => {
    const state = IdentityState.of(log, documentOf(log, key, { sequence: 3 }))
    const back = IdentityState.parse(state.bytes, context)
    expect(back.bytes).toEqual(state.bytes)
    expect(back.did).toBe(log.did)
    expect(back.isForked).toBe(false)
    expect(back.branches).toHaveLength(1)
    expect(back.document?.sequence).toBe(3)
  })

  test('does not change when the buffer that it came in does', () => {
    const bytes = Buffer.from(IdentityState.of(log).bytes)
    const state = IdentityState.parse(bytes, context)
    bytes.fill(0)
    expect(state.bytes).toEqual(IdentityState.of(log).bytes)
    expect(state.branches[0].genesisKey).toEqual(publicKeyOf('alice'))
  })

  test('does not take the document of another log', () => {
    const document = documentOf(log, key)
    expect(() => IdentityState.of(rotateTo('k0.1'), document)).toThrow(RangeError)
  })
})

describe('I2: the cap of a value', () => {
  test('8,193 bytes are refused for their size, 8,192 for what they are', () => {
    expect(faultOf(new Uint8Array(8_193))).toEqual({
      code: 'identity/too-large',
      bytes: 8_193,
      limitBytes: 8_192,
    })
    expect(faultOf(new Uint8Array(8_192))).toEqual({ code: 'cbor/not-canonical' })
  })

  test('the largest log and the largest document fit together', () => {
    const largest = KeyLog.parse(logOfBytes(4_000), verifier)
    const empty = documentOf(largest, keyNamed('k1.0'), { content: padded(1_000) }).bytes.length
    const document = documentOf(largest, keyNamed('k1.0'), { content: padded(5_000 - empty) })
    const state = IdentityState.of(largest, document)
    expect(document.bytes).toHaveLength(4_000)
    expect(IdentityState.parse(state.bytes, context).bytes).toEqual(state.bytes)
  })

  test('a fork of the two largest logs fits', () => {
    const [a, b] = ['k1.0', 'mallory'].map((name) =>
      IdentityState.of(KeyLog.parse(logOfBytes(4_000, name), verifier)),
    )
    if (a === undefined || b === undefined) throw new RangeError('two logs')
    const fork = a.join(b)
    expect(fork.bytes.length).toBeGreaterThan(8_000)
    expect(IdentityState.parse(fork.bytes, context).conflict?.stretch).toBe('recoveries')
  })

  test('a log beyond its own cap is refused within the cap of the value', () => {
    expect(faultOf(encodeCbor({ l: logOfBytes(4_001) }))).toMatchObject({
      code: 'identity/too-large',
      limitBytes: 4_000,
    })
  })
})

describe('I3, I4: a value has one spelling and one of two shapes', () => {
  const bytes = IdentityState.of(log, documentOf(log, key)).bytes

  test('bytes behind the end are refused', () => {
    expect(faultOf(concatBytes(bytes, Uint8Array.of(0)))).toEqual({ code: 'cbor/not-canonical' })
  })

  test('fields in another order are refused', () => {
    const document = documentOf(log, key).bytes
    const swapped = concatBytes(
      Uint8Array.of(0xa2, 0x61, 0x6c),
      log.bytes,
      Uint8Array.of(0x61, 0x64),
      document,
    )
    expect(swapped).toHaveLength(bytes.length)
    expect(faultOf(swapped)).toEqual({ code: 'cbor/not-canonical' })
  })

  test.each<[string, string, unknown]>([
    ['nothing', '.l', {}],
    ['a document alone', '.l', { d: decodeCbor(documentOf(log, key).bytes, 4_000) }],
    ['a field more', '.z', { l: value(log), z: 0 }],
    ['a log and a fork', '.l', { l: value(log), f: [value(rotateTo('k0.1')), value(log)] }],
    ['a fork with a document', '.d', { f: [], d: {} }],
    ['a list', '', [value(log)]],
    ['null', '', null],
    ['a fork of one log', 'f', { f: [value(log)] }],
    ['a fork of three logs', 'f', { f: [value(log), value(log), value(log)] }],
    ['a fork that is no list', 'f', { f: value(log) === null ? [] : {} }],
  ])('%s is refused at "%s"', (_, path, given) => {
    expect(faultOf(encodeCbor(given))).toEqual({ code: 'identity/malformed', path })
  })
})

describe('I12, I13: a fork is proved by two logs that conflict', () => {
  const noConflict = { code: 'identity/fork-invalid', reason: 'its logs do not conflict' }

  test('one log twice proves nothing', () => {
    expect(flawOf(log, log)).toEqual(noConflict)
  })

  test('a log and what grew from it prove nothing', () => {
    expect(flawOf(log, rotateTo('k0.1'))).toEqual(noConflict)
    expect(flawOf(recovered, log)).toEqual(noConflict)
  })

  test('a recovery beside a rotation proves nothing', () => {
    expect(flawOf(recovered, rotateTo('k0.1'))).toEqual(noConflict)
  })

  test('logs of two DIDs prove nothing', () => {
    const reason = 'its logs belong to two DIDs'
    expect(flawOf(log, alice({ genesis: keyNamed('carol') }))).toEqual({
      code: 'identity/fork-invalid',
      reason,
    })
  })

  test('the lower conflicting hash stands first, or the proof is refused', () => {
    const [a, b] = [rotateTo('k0.1'), rotateTo('mallory')]
    const [first, second] = toHex(a.head) < toHex(b.head) ? [a, b] : [b, a]
    expect(flawOf(second, first)).toEqual({
      code: 'identity/fork-invalid',
      reason: 'its logs stand in the wrong order',
    })
    const sound = encodeCbor({ f: [value(first), value(second)] })
    expect(() => IdentityState.parse(sound, context)).not.toThrow()
  })

  test('a branch with an invalid log proves nothing', () => {
    const [a, b] = [rotateTo('k0.1'), rotateTo('mallory')]
    const [first, second] = toHex(a.head) < toHex(b.head) ? [a, b] : [b, a]
    const broken = Uint8Array.from(second.bytes)
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
    const bytes = encodeCbor({ f: [value(first), decodeCbor(broken, 4_000)] })
    expect(faultOf(bytes)).toMatchObject({ code: 'identity/log-invalid' })
  })

  test('two inceptions of one genesis key are a fork', () => {
    const fork = IdentityState.of(log).join(IdentityState.of(alice({ nonce: 1 })))
    expect(fork.conflict).toEqual({ stretch: 'inceptions', depth: 0 })
  })
})
