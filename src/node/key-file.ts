/**
 * The operational key and its key log on disk: `keys/operational.key`, readable by its owner alone.
 *
 * One line of text: a label, the 32-byte seed and the log in lower-case hex, and eight hex digits of
 * a SHA-256 check over them, so that a damaged file is told from a foreign one. Seed and log are
 * one file, written beside, synced and renamed: a crash leaves the old pair or the new one, never
 * half an identity. The log cannot be made again: it commits to keys that only the recovery sheet
 * knows.
 */
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromHex, textBytes, toHex } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { sha256Hex } from '../crypto/hash.ts'
import { NodeError } from './error.ts'

const LABEL = 'aip-node-key-1'
const LINE = /^aip-node-key-1 ([0-9a-f]{64}) ([0-9a-f]{2,8000}) ([0-9a-f]{8})\n$/
const OTHERS_MASK = 0o077

export interface KeyFile {
  /** 32 secret bytes. */
  readonly seed: Uint8Array
  /** The key log, canonical bytes. */
  readonly log: Uint8Array
}

function checkOf(body: string): string {
  return sha256Hex(textBytes(body)).slice(0, 8)
}

function bodyOf({ seed, log }: KeyFile): string {
  return `${LABEL} ${toHex(seed)} ${toHex(log)}`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/**
 * What the file holds, or `undefined` when there is no file.
 *
 * @throws {NodeError} `node/key-file-mode` when others may read it, `node/key-file-invalid` when it
 *   is damaged or something else.
 */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  let mode: number
  try {
    mode = (await stat(path)).mode
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0')
    throw new NodeError({ code: 'node/key-file-mode', path, mode: shown })
  }
  const [, seedHex = '', logHex = '', check] = LINE.exec(await readFile(path, 'utf8')) ?? []
  if (seedHex === '' || check !== checkOf(`${LABEL} ${seedHex} ${logHex}`)) {
    throw new NodeError({ code: 'node/key-file-invalid', path })
  }
  return { seed: fromHex(seedHex), log: fromHex(logHex) }
}

/** Writes the file, mode 0600, durably. Never over another key. */
export async function writeKeyFile(path: string, content: KeyFile): Promise<void> {
  if (content.seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`)
  const directory = dirname(path)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    const body = bodyOf(content)
    const fresh = `${path}.new`
    const file = await open(fresh, 'w', 0o600)
    try {
      await file.writeFile(`${body} ${checkOf(body)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
    const folder = await open(directory, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (cause) {
    const reason = asError(cause).message
    throw new NodeError({ code: 'node/home-not-writable', path: directory, reason }, { cause })
  }
}
