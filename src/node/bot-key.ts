/**
 * The key for Web Bot Auth: `keys/web-bot-auth.key`, 64 hex digits, readable by its owner alone. It is made
 * when it is first needed, and says nothing about the agent: a new one costs no more than a new directory.
 */
import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromHex, toHex } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { writeDurably } from '../store/durable-file.ts'
import { NodeError } from './error.ts'
import { nativeSigner, randomSeed } from './native-crypto.ts'

const SEED = /^[0-9a-f]{64}\n?$/
const OTHERS_MASK = 0o077
const PRIVATE_DIRECTORY_MODE = 0o700

/** What signs as a bot. */
export class Bot {
  /** The origin whose directory lists the key. */
  readonly agent: string
  readonly #path: string
  #signer: Promise<Signer> | undefined

  constructor(agent: string, path: string) {
    this.agent = agent
    this.#path = path
  }

  /** @throws {NodeError} `node/key-file-mode`, `node/key-file-invalid`. */
  async signer(): Promise<Signer> {
    this.#signer ??= signerIn(this.#path)
    try {
      return await this.#signer
    } catch (error) {
      // Whoever mends the file need not start the node again.
      this.#signer = undefined
      throw error
    }
  }
}

async function signerIn(path: string): Promise<Signer> {
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new NodeError({ code: 'node/key-file-mode', path, mode: shown })
    }
    const text = await readFile(path, 'utf8')
    if (!SEED.test(text)) {
      throw new NodeError({ code: 'node/key-file-invalid', path, reason: 'it is no 64 hex digits' })
    }
    return nativeSigner(fromHex(text.trim()))
  } catch (error) {
    if (error instanceof NodeError) throw error
    if (!isMissing(error)) {
      const reason = asError(error).message
      throw new NodeError({ code: 'node/key-file-invalid', path, reason }, { cause: error })
    }
  }
  const seed = randomSeed()
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY_MODE })
  await writeDurably(path, `${toHex(seed)}\n`)
  return nativeSigner(seed)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
