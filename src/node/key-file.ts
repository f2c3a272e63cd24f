/**
 * The operational key and its key log on disk: `keys/operational.key`, readable by its owner alone.
 *
 * One line of text: a label, the 32-byte seed and the log in lower-case hex, and eight hex digits of
 * a SHA-256 check over them, so that a damaged file is told from a foreign one. Seed and log are
 * one file, written beside, synced and then given its name: a crash leaves the whole pair or none,
 * never half an identity. The log cannot be made again: it commits to keys that only the recovery sheet
 * knows.
 */
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromHex, textBytes, toHex } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { sha256Hex } from '../crypto/hash.ts'
import { syncDirectory } from '../store/durable-file.ts'
import { NodeError } from './error.ts'

const LABEL = 'aip-node-key-1'
const LINE = /^aip-node-key-1 ([0-9a-f]{64}) ((?:[0-9a-f]{2}){1,4000}) ([0-9a-f]{8})\n$/
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
 *   cannot be read, is damaged, or is something else.
 */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
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
  const [, seedHex = '', logHex = '', check] = LINE.exec(text) ?? []
  if (seedHex === '' || check !== checkOf(`${LABEL} ${seedHex} ${logHex}`)) {
    const reason = text.startsWith(LABEL) ? 'it is damaged' : 'it is no key file of a node'
    throw new NodeError({ code: 'node/key-file-invalid', path, reason })
  }
  return { seed: fromHex(seedHex), log: fromHex(logHex) }
}

/**
 * Writes the file, mode 0600, durably. Never over another key, whoever else writes one now.
 *
 * @returns whether it is written; false when there is a file of that name already.
 * @throws {NodeError} `node/home-not-writable`.
 */
export async function writeKeyFile(path: string, content: KeyFile): Promise<boolean> {
  if (content.seed.length !== SEED_BYTES) throw new RangeError(`a seed is ${SEED_BYTES} bytes`)
  const directory = dirname(path)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    const body = bodyOf(content)
    const fresh = `${path}.${process.pid}-${++writes}.new`
    await rm(fresh, { force: true })
    {
      await using file = await open(fresh, 'wx', 0o600)
      await file.writeFile(`${body} ${checkOf(body)}\n`)
      await file.sync()
    }
    const isWritten = await moveInto(fresh, path)
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
