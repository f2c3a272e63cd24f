/**
 * What a directory is signed by: its files, each with its hash, in one order and one spelling.
 *
 * The text is what `sha256sum` prints and `sha256sum --check` reads: 64 hex digits, two spaces, the
 * path, a line feed. Paths are relative, with `/`; names that could be read in two ways are refused.
 * Knows no disk. Specification: docs/spec/text-signatures.md.
 */
import { compareBytes, fromHex, textBytes, toHex } from '../base/bytes.ts'
import { MIB_BYTES } from '../base/units.ts'
import { sha256 } from '../crypto/hash.ts'
import { SignatureError } from './signature-error.ts'
import type { ContentHash } from './text-signature.ts'

export const FILES_LIMIT = 10_000
export const PATH_LIMIT_BYTES = 1_024
export const MANIFEST_LIMIT_BYTES = 4 * MIB_BYTES

export interface ManifestEntry {
  readonly path: string
  /** SHA-256 of the file's bytes. */
  readonly hash: Uint8Array
}

/**
 * The manifest of these files, in whatever order they come.
 *
 * @throws {SignatureError} `signature/path-unsupported`, `signature/too-many-files`.
 */
export function encodeManifest(entries: readonly ManifestEntry[]): string {
  if (entries.length > FILES_LIMIT) {
    throw new SignatureError({ code: 'signature/too-many-files', filesLimit: FILES_LIMIT })
  }
  const sorted = entries
    .map(({ path, hash }) => ({ path, hash, order: textBytes(path) }))
    .toSorted((a, b) => compareBytes(a.order, b.order))
  sorted.forEach(({ path }, at) => {
    assertPath(path)
    if (sorted[at - 1]?.path === path) throw unsupported(path, 'it is there twice')
  })
  const text = sorted.map(({ path, hash }) => `${toHex(hash)}  ${path}\n`).join('')
  if (textBytes(text).length > MANIFEST_LIMIT_BYTES) {
    throw unsupported('.', `its list of files is longer than ${MANIFEST_LIMIT_BYTES} bytes`)
  }
  return text
}

export function manifestContent(manifest: string): ContentHash {
  return { kind: 'directory', hash: sha256(textBytes(manifest)) }
}

const LINE = /^([0-9a-f]{64}) {2}(.+)$/

/**
 * The files of a manifest: exactly what `encodeManifest` writes.
 *
 * @throws {SignatureError} `signature/malformed` for any other spelling, or as `encodeManifest`.
 */
export function parseManifest(text: string): readonly ManifestEntry[] {
  if (text.length > MANIFEST_LIMIT_BYTES) throw malformed()
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length > FILES_LIMIT) throw malformed()
  const entries = lines.map((line) => {
    const [, hex, path] = LINE.exec(line) ?? []
    if (hex === undefined || path === undefined) throw malformed()
    return { path, hash: fromHex(hex) }
  })
  if (encodeManifest(entries) !== text) throw malformed()
  return entries
}

export interface ManifestDifference {
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  readonly added: readonly string[]
}

/** What became of the files that were signed. Empty lists: nothing. */
export function compareManifests(
  signed: readonly ManifestEntry[],
  found: readonly ManifestEntry[],
): ManifestDifference {
  const before = new Map(signed.map(({ path, hash }) => [path, toHex(hash)]))
  const now = new Map(found.map(({ path, hash }) => [path, toHex(hash)]))
  return {
    changed: [...before].flatMap(([path, hash]) =>
      now.has(path) && now.get(path) !== hash ? [path] : [],
    ),
    missing: [...before.keys()].filter((path) => !now.has(path)),
    added: [...now.keys()].filter((path) => !before.has(path)),
  }
}

/**
 * X7: a path that has one meaning everywhere.
 *
 * @throws {SignatureError} `signature/path-unsupported`.
 */
export function assertPath(path: string): void {
  if (!path.isWellFormed()) throw unsupported(path.toWellFormed(), 'its name is not Unicode')
  if (textBytes(path).length > PATH_LIMIT_BYTES) {
    throw unsupported(`${path.slice(0, 64)}…`, `its path is longer than ${PATH_LIMIT_BYTES} bytes`)
  }
  // Line breaks would forge lines; sha256sum escapes a backslash.
  if (/[\p{Cc}\\\u2028\u2029]/u.test(path)) {
    throw unsupported(path, 'its name has a control character or a backslash')
  }
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw unsupported(path, 'it is no plain relative path')
  }
}

function unsupported(path: string, reason: string): SignatureError {
  return new SignatureError({ code: 'signature/path-unsupported', path, reason })
}

function malformed(): SignatureError {
  return new SignatureError({ code: 'signature/malformed', field: 'manifest' })
}
