/**
 * The token of the TCP listener: 32 random bytes, in hex, in a file that only its owner can read.
 *
 * Only the token's hash is kept in memory, and hashes are compared in constant time.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { ApiError } from './error.ts'

const TOKEN_BYTES = 32
const TOKEN_TEXT = /^[0-9a-f]{64}$/

export class Token {
  readonly #hash: Buffer

  /** @throws {RangeError} for anything but 64 hex digits. */
  constructor(text: string) {
    if (!TOKEN_TEXT.test(text)) throw new RangeError('a token is 64 hex digits')
    this.#hash = hashOf(text)
  }

  matches(presented: string): boolean {
    return timingSafeEqual(this.#hash, hashOf(presented))
  }
}

/**
 * The token in `path`; a new one when there is no such file.
 *
 * @throws {ApiError} `api/token-file-invalid` when others may read it or it holds something else.
 */
export async function openToken(path: string): Promise<Token> {
  const created = randomBytes(TOKEN_BYTES).toString('hex')
  try {
    await writeFile(path, `${created}\n`, { flag: 'wx', mode: 0o600 })
    return new Token(created)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const mode = (await stat(path)).mode & 0o777
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new ApiError({
      code: 'api/token-file-invalid',
      path,
      reason: `others may read it; run: chmod 600 ${path}`,
    })
  }
  const text = (await readFile(path, 'utf8')).trim()
  if (!TOKEN_TEXT.test(text)) {
    throw new ApiError({
      code: 'api/token-file-invalid',
      path,
      reason: 'it holds no token; remove it and start again',
    })
  }
  return new Token(text)
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
