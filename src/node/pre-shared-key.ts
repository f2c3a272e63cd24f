/**
 * The key of a private mesh: a file that all its nodes have, and nobody else.
 *
 * It is libp2p's own form of three lines, so that other libp2p programs can read it. Whoever has it
 * can connect; it says nothing about whom to trust. Specification: libp2p/specs, "Private Networks".
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { asError } from '../base/error.ts'
import { textBytes, toHex } from '../base/bytes.ts'
import { NodeError } from './error.ts'
import { randomSeed } from './native-crypto.ts'

const HEADER = '/key/swarm/psk/1.0.0/\n/base16/\n'
const KEY_FILE = /^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n[0-9a-f]{64}\r?\n?$/
const FILE_LIMIT_BYTES = 256

/**
 * The key in a file that only its owner may read.
 *
 * @throws {NodeError} `node/key-file-mode`, `node/pre-shared-key-invalid`.
 */
export function readPreSharedKey(path: string): Uint8Array {
  const invalid = (reason: string, cause?: Error): NodeError =>
    new NodeError({ code: 'node/pre-shared-key-invalid', path, reason }, { cause })
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (thrown) {
    const cause = asError(thrown)
    throw invalid(cause.message, cause)
  }
  try {
    const { mode, size } = fstatSync(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new NodeError({ code: 'node/key-file-mode', path, mode: shown })
    }
    if (size > FILE_LIMIT_BYTES) throw invalid('it is too long')
    const bytes = new Uint8Array(readFileSync(file))
    if (!KEY_FILE.test(Buffer.from(bytes).toString('latin1'))) {
      throw invalid('it is not one that "aip-node mesh-key" makes')
    }
    return bytes
  } finally {
    closeSync(file)
  }
}

/** Makes a key. @throws {NodeError} `node/pre-shared-key-invalid` when the file is there already. */
export async function makePreSharedKey(path: string): Promise<void> {
  const bytes = textBytes(`${HEADER}${toHex(randomSeed())}\n`)
  try {
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    const cause = asError(thrown)
    throw new NodeError(
      { code: 'node/pre-shared-key-invalid', path, reason: cause.message },
      { cause },
    )
  }
}
