import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { concatBytes, textBytes } from '../../../src/base/bytes.ts'
import { assertWhole, openArchive, sealArchive } from '../../../src/node/backup/archive.ts'
import { decodePack, encodePack, type Pack } from '../../../src/node/backup/pack.ts'
import { deriveBoxKey } from '../../../src/node/passphrase-box.ts'
import { faultOf } from '../fault.ts'

const DID = 'did:aip:c196ab2f3d0e4b5a69788796a5b4c370'
const PASSPHRASE = 'correct horse'
const PACK: Pack = {
  did: DID,
  network: 'local',
  madeAtMs: 1_790_000_000_000,
  files: new Map([
    ['operational.key', textBytes('a key')],
    ['pins', new Uint8Array()],
    ['records.aip', Uint8Array.of(0, 255)],
  ]),
}

const sealed = deriveBoxKey(PASSPHRASE, new Uint8Array(16).fill(4)).then((boxKey) =>
  sealArchive(PACK, boxKey),
)

async function archive(): Promise<Uint8Array> {
  return sealed
}

function codeOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return (error as { fault?: { code?: unknown } }).fault?.code ?? error
  }
  return undefined
}

describe('a pack', () => {
  test('gives back its files by name, in order', () => {
    const names = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/)
    fc.assert(
      fc.property(fc.dictionary(names, fc.uint8Array({ maxLength: 300 })), (files) => {
        const pack = { ...PACK, files: new Map(Object.entries(files)) }
        expect(decodePack(encodePack(pack))).toEqual(pack)
      }),
    )
  })

  test('is refused when a byte of a file is another, or it is cut anywhere, or goes on', () => {
    const bytes = encodePack(PACK)
    const contents = 'a key'.length + 2
    for (let at = bytes.length - contents; at < bytes.length; at++) {
      expect(
        codeOf(() => decodePack(flipped(bytes, at))),
        `byte ${at}`,
      ).toBe('backup/damaged')
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => decodePack(bytes.slice(0, length)))).toBe('backup/damaged')
    }
    expect(codeOf(() => decodePack(concatBytes(bytes, Uint8Array.of(0))))).toBe('backup/damaged')
  })

  test.each([
    ['a name twice', { f: [entry('pins'), entry('pins')] }],
    ['a name that is a path', { f: [entry('../pins')] }],
    ['an empty name', { f: [entry('')] }],
    ['another field', { extra: 1 }],
    ['too many files', { f: Array.from({ length: 65 }, (_, at) => entry(`f${at}`)) }],
    ['version 0', { v: 0 }],
  ])('with %s is refused', (_, change) => {
    expect(codeOf(() => decodePack(withManifest(change)))).toBe('backup/damaged')
    expect(decodePack(withManifest({})).files.size).toBe(0)
  })

  test('of a newer version says so', () => {
    expect(codeOf(() => decodePack(withManifest({ v: 2, more: true })))).toBe('backup/newer')
  })
})

describe('an archive', () => {
  test('opens with its passphrase alone', async () => {
    const bytes = await archive()
    expect(await openArchive(bytes, PASSPHRASE)).toEqual(PACK)
    expect(await faultOf(openArchive(bytes, 'correct horsE'))).toEqual({
      code: 'backup/passphrase-wrong',
    })
    expect(Buffer.from(bytes).includes('a key')).toBe(false)
  })

  test('with any one byte flipped is refused, before the passphrase is tried', async () => {
    const bytes = await archive()
    for (let at = 0; at < bytes.length; at++) {
      expect(
        codeOf(() => assertWhole(flipped(bytes, at))),
        `byte ${at}`,
      ).toMatch(/^backup\/(?:damaged|newer|not-a-backup)$/)
    }
    expect(() => assertWhole(bytes)).not.toThrow()
  })

  test('cut short anywhere is refused', async () => {
    const bytes = await archive()
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => assertWhole(bytes.slice(0, length)))).toMatch(
        /^backup\/(?:damaged|not-a-backup)$/,
      )
    }
  })

  test('altered by one who mends the hash stays shut', async () => {
    const body = (await archive()).slice(0, -32)
    // In the salt, and in the tag; the box itself is tested byte by byte elsewhere.
    for (const at of [14, body.length - 1]) {
      const altered = flipped(body, at)
      expect(await faultOf(openArchive(concatBytes(altered, sha256(altered)), PASSPHRASE))).toEqual(
        {
          code: 'backup/passphrase-wrong',
        },
      )
    }
  })

  test('of a newer version says which, whatever follows', () => {
    const bytes = textBytes('aip-backup:v12\nof another kind')
    expect(() => assertWhole(bytes)).toThrow('format 12')
    expect(codeOf(() => assertWhole(bytes))).toBe('backup/newer')
  })

  test.each(['', 'aip-bundle:v1\n', 'aip-backup:vx\n', 'aip-backup:v1'])('is not %j', (text) => {
    expect(codeOf(() => assertWhole(textBytes(text)))).toBe('backup/not-a-backup')
  })
})

function entry(name: string): readonly [string, number, Uint8Array] {
  return [name, 0, sha256(new Uint8Array())]
}

function withManifest(change: object): Uint8Array {
  const manifest = encodeCbor({ v: 1, a: 0, d: new Uint8Array(16), n: 'local', f: [], ...change })
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, manifest.length)
  return concatBytes(length, manifest)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
