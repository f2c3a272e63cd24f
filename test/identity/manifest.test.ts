import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  compareManifests,
  encodeManifest,
  FILES_LIMIT,
  MANIFEST_LIMIT_BYTES,
  parseManifest,
  PATH_LIMIT_BYTES,
  type ManifestEntry,
} from '../../src/identity/manifest.ts'
import { SignatureError } from '../../src/identity/signature-error.ts'

function entry(path: string, content = path): ManifestEntry {
  return { path, hash: sha256(textBytes(content)) }
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof SignatureError) return error.fault.code
    throw error
  }
  return 'nothing'
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((text) => !/[\p{Cc}\\/\u2028\u2029]/u.test(text))
  .filter((text) => text !== '.' && text !== '..' && text.isWellFormed())
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))

describe('a manifest', () => {
  test('is what sha256sum prints, sorted by the bytes of the paths', () => {
    const hello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
    const entries = ['b', 'a/c', 'a-', 'a', 'é', 'Z', '\u{1f600}', '\uffee'].map((one) =>
      entry(one, 'hello'),
    )
    // A surrogate pair is above U+FFEE in UTF-8 and below it in UTF-16.
    const order = ['Z', 'a', 'a-', 'a/c', 'b', 'é', '\uffee', '\u{1f600}']
    expect(encodeManifest(entries)).toBe(order.map((one) => `${hello}  ${one}\n`).join(''))
    expect(encodeManifest([])).toBe('')
  })

  test('does not depend on the order of its files, and reads back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 12 }), fc.nat(), (paths, turn) => {
        const entries = paths.map((one) => entry(one))
        const text = encodeManifest(entries)
        const at = paths.length === 0 ? 0 : turn % paths.length
        expect(encodeManifest([...entries.slice(at), ...entries.slice(0, at)])).toBe(text)
        expect(new Map(parseManifest(text).map((one) => [one.path, one.hash]))).toEqual(
          new Map(entries.map((one) => [one.path, one.hash])),
        )
      }),
    )
  })

  test.each([
    '/etc/passwd',
    '../up',
    'a/../b',
    './a',
    'a//b',
    'a/',
    '',
    'a\nb',
    'a\\b',
    'a\u0000b',
    'a\u007fb',
    'a\u2028b',
    'a\ud800b',
  ])('X7 has no path %j', (one) => {
    expect(codeOf(() => encodeManifest([entry('fine'), entry(one, 'x')]))).toBe(
      'signature/path-unsupported',
    )
  })

  test('X7 has no path twice', () => {
    expect(codeOf(() => encodeManifest([entry('a'), entry('a', 'b')]))).toBe(
      'signature/path-unsupported',
    )
  })

  test('X7 has paths of 1,024 bytes and 10,000 files, and no more', () => {
    const long = `é${'x'.repeat(PATH_LIMIT_BYTES - 2)}`
    expect(codeOf(() => encodeManifest([entry(long)]))).toBe('nothing')
    expect(codeOf(() => encodeManifest([entry(`${long}x`)]))).toBe('signature/path-unsupported')
    const { hash } = entry('x')
    const many = Array.from({ length: FILES_LIMIT }, (_, at) => ({ path: String(at), hash }))
    expect(parseManifest(encodeManifest(many))).toHaveLength(FILES_LIMIT)
    expect(codeOf(() => encodeManifest([...many, { path: 'x', hash }]))).toBe(
      'signature/too-many-files',
    )
    const wide = many.map(({ path: one }) => ({ path: `${one}-${'x'.repeat(400)}`, hash }))
    expect(wide.length * 467).toBeGreaterThan(MANIFEST_LIMIT_BYTES)
    expect(codeOf(() => encodeManifest(wide))).toBe('signature/path-unsupported')
  })

  const line = encodeManifest([entry('a')])
  test.each([
    line.slice(0, -1),
    `${line}\n`,
    `\n${line}`,
    line.toUpperCase(),
    line.replace('  ', ' '),
    line.replace('  ', '   '),
    line.replace('  ', ' *'),
    line.replace('\n', '\r\n'),
    `${line}${line}`,
    encodeManifest([entry('a'), entry('b')])
      .split('\n')
      .toReversed()
      .join('\n'),
    `\ufeff${line}`,
  ])('has one spelling, so not %j', (text) => {
    // Three spaces are a path that begins with one.
    if (text === line.replace('  ', '   ')) return expect(parseManifest(text)[0]?.path).toBe(' a')
    return expect(codeOf(() => parseManifest(text))).toMatch(/^signature\//)
  })

  test('tells what was changed, lost and added', () => {
    const before = [entry('same'), entry('changed'), entry('lost')]
    const after = [entry('same'), entry('changed', 'anew'), entry('added')]
    expect(compareManifests(before, after)).toEqual({
      changed: ['changed'],
      missing: ['lost'],
      added: ['added'],
    })
  })
})
