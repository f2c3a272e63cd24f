/**
 * The operational key and its key log on disk: `keys/operational.key`, readable by its owner alone.
 *
 * One line of text: a label, the 32-byte seed (in the clear, or sealed by a passphrase) and the log
 * in lower-case hex, and eight hex digits of a SHA-256 check over them, so that a damaged file is
 * told from a foreign one and from a wrong passphrase. Seed and log are one file, written beside,
 * synced and then given its name: a crash leaves the whole pair or none, never half an identity. The
 * log cannot be made again: it commits to keys that only the recovery sheet knows.
 * Specification: docs/spec/identity-files.md, "The key file".
 */
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromHex, textBytes, toHex } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { sha256Hex } from '../crypto/hash.ts'
import { syncDirectory } from '../store/durable-file.ts'
import { NodeError } from './error.ts'
import { deriveBoxKey, seal, unseal, type BoxKey, type Sealed } from './passphrase-box.ts'

const LABEL = 'aip-node-key-1'
const SEALED_LABEL = 'aip-node-key-2'
const LINE = /^(aip-node-key-1 ([0-9a-f]{64}) ((?:[0-9a-f]{2}){1,4000})) ([0-9a-f]{8})\n$/
/** Salt, nonce, sealed seed with its tag, log. */
const SEALED_LINE =
  /^(aip-node-key-2 ([0-9a-f]{32}) ([0-9a-f]{24}) ([0-9a-f]{96}) ((?:[0-9a-f]{2}){1,4000})) ([0-9a-f]{8})\n$/
const NEWER = /^aip-node-key-(?:[3-9]|[1-9]\d+) /
/** The longest line, and one byte that says that a file is longer. */
const READ_LIMIT_BYTES = 8_192
const OTHERS_MASK = 0o077

/** Files of this process that were written beside, so that no two share a name. */
let writes = 0

export interface KeyFile {
  /** 32 secret bytes. */
  readonly seed: Uint8Array
  /** The key log, canonical bytes. */
  readonly log: Uint8Array
  /** Seals the seed; in the clear when left out. */
  readonly boxKey?: BoxKey
}

/** A key file whose seed only its passphrase shows. */
export interface SealedKeyFile {
  readonly path: string
  readonly log: Uint8Array
  readonly salt: Uint8Array
  readonly sealed: Sealed
}

function checkOf(body: string): string {
  return sha256Hex(textBytes(body)).slice(0, 8)
}

/** What a sealed seed is bound to: it opens beside no other log. */
function contextOf(salt: Uint8Array, log: Uint8Array): Uint8Array {
  return textBytes(`${SEALED_LABEL} ${toHex(salt)} ${toHex(log)}`)
}

/** The one line of a file. */
export function keyFileText(content: KeyFile): string {
  if (content.seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`)
  const body = bodyOf(content)
  return `${body} ${checkOf(body)}\n`
}

function bodyOf({ seed, log, boxKey }: KeyFile): string {
  if (boxKey === undefined) return `${LABEL} ${toHex(seed)} ${toHex(log)}`
  const { nonce, bytes } = seal(boxKey, seed, contextOf(boxKey.salt, log))
  return [SEALED_LABEL, ...[boxKey.salt, nonce, bytes, log].map((part) => toHex(part))].join(' ')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/**
 * What the file holds, or `undefined` when there is no file.
 *
 * @throws {NodeError} `node/key-file-mode` when others may read it, `node/key-file-invalid` when it
 *   cannot be read, is damaged, or is something else.
 */
export async function readKeyFile(path: string): Promise<KeyFile | SealedKeyFile | undefined> {
  let text: string
  try {
    const { mode, size } = await stat(path)
    if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new NodeError({ code: 'node/key-file-mode', path, mode: shown })
    }
    text = size > READ_LIMIT_BYTES ? '' : await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    if (error instanceof NodeError) throw error
    const reason = asError(error).message
    throw new NodeError({ code: 'node/key-file-invalid', path, reason }, { cause: error })
  }
  return parseKeyFile(text, path)
}

/** @throws {NodeError} `node/key-file-invalid`. */
export function parseKeyFile(text: string, path: string): KeyFile | SealedKeyFile {
  const [, body = '', seedHex = '', logHex = '', check] = LINE.exec(text) ?? []
  if (body !== '' && check === checkOf(body))
    return { seed: fromHex(seedHex), log: fromHex(logHex) }
  const [, whole = '', salt = '', nonce = '', sealed = '', log = '', ownCheck] =
    SEALED_LINE.exec(text) ?? []
  if (whole !== '' && ownCheck === checkOf(whole)) {
    return {
      path,
      log: fromHex(log),
      salt: fromHex(salt),
      sealed: { nonce: fromHex(nonce), bytes: fromHex(sealed) },
    }
  }
  const isOurs = text.startsWith(LABEL) || text.startsWith(SEALED_LABEL)
  const reason = isOurs
    ? 'it is damaged'
    : NEWER.test(text)
      ? 'a newer version of the node wrote it'
      : 'it is no key file of a node'
  throw new NodeError({ code: 'node/key-file-invalid', path, reason })
}

/** @throws {NodeError} `node/passphrase-wrong`. */
export async function openKeyFile(file: SealedKeyFile, passphrase: string): Promise<KeyFile> {
  const { path, log, salt, sealed } = file
  const boxKey = await deriveBoxKey(passphrase, salt)
  const seed = unseal(boxKey, sealed, contextOf(salt, log))
  if (seed === undefined) throw new NodeError({ code: 'node/passphrase-wrong', path })
  return { seed, log, boxKey }
}

/**
 * Writes the file, mode 0600, durably. Never over another key, whoever else writes one now.
 *
 * @returns whether it is written; false when there is a file of that name already.
 * @throws {NodeError} `node/home-not-writable`.
 */
export async function writeKeyFile(path: string, content: KeyFile): Promise<boolean> {
  return writeKeyText(path, keyFileText(content))
}

/** The same with the line as it was read elsewhere. @throws {NodeError} `node/home-not-writable`. */
export async function writeKeyText(path: string, text: string): Promise<boolean> {
  return written(path, text, moveInto)
}

/**
 * Writes the file, mode 0600, durably, in the place of whatever has that name: before or after a
 * crash it is the old one or the new one.
 *
 * @throws {NodeError} `node/home-not-writable`.
 */
export async function replaceKeyFile(path: string, content: KeyFile): Promise<void> {
  await written(path, keyFileText(content), async (fresh) => {
    await rename(fresh, path)
    return true
  })
}

async function written(
  path: string,
  text: string,
  name: (fresh: string, path: string) => Promise<boolean>,
): Promise<boolean> {
  const directory = dirname(path)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    const fresh = `${path}.${process.pid}-${++writes}.new`
    await rm(fresh, { force: true })
    {
      await using file = await open(fresh, 'wx', 0o600)
      await file.writeFile(text)
      await file.sync()
    }
    const isWritten = await name(fresh, path)
    await syncDirectory(directory)
    return isWritten
  } catch (cause) {
    const reason = asError(cause).message
    throw new NodeError({ code: 'node/home-not-writable', path: directory, reason }, { cause })
  }
}

/** Gives the file its name unless that is taken: a rename would replace what is there. */
async function moveInto(fresh: string, path: string): Promise<boolean> {
  try {
    await link(fresh, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      await rm(fresh)
      return false
    }
    // Some file systems have no links; on these two writers at one instant are not told apart.
    if (!hasCode(error, 'EPERM') && !hasCode(error, 'ENOTSUP')) throw error
    await rename(fresh, path)
    return true
  }
  await rm(fresh)
  return true
}
