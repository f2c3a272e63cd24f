/**
 * Tokens: that of the run directory, those made for programs, and those of visits of the pages.
 *
 * Only hashes are kept, in memory and on disk; they are compared in constant time. Codes and visits
 * live in memory alone and end with the node.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { HOUR_MS, MINUTE_MS } from '../base/units.ts'
import { ApiError } from './error.ts'
import { RIGHTS, type Right } from './operation.ts'
import type { TokenView } from './operations/access.ts'

export const TOKEN_LIMIT_COUNT = 64
export const SESSION_LIMIT_COUNT = 16
export const CODE_LIFE_MS = MINUTE_MS
export const SESSION_LIFE_MS = 12 * HOUR_MS

const Kept = z.strictObject({
  v: z.literal(1),
  tokens: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[0-9a-f]{12}$/),
        name: z.string(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        rights: z.array(z.enum(RIGHTS)),
        createdAtMs: z.int(),
        expiresAtMs: z.int().nullable(),
      }),
    )
    .max(TOKEN_LIMIT_COUNT),
})
type KeptToken = z.infer<typeof Kept>['tokens'][number]

interface Temporary {
  readonly hash: Buffer
  readonly expiresAtMs: number
}

/** A token or a visit, without its secret. */
export type TokenBearer = `token:${string}` | `visit:${string}`

export interface KnownBearer {
  readonly rights: ReadonlySet<Right>
  readonly bearer: TokenBearer
}

/** What a request's token entitles its bearer to. */
export interface TokenCheck {
  /** `undefined` for what is no token of this node. */
  readonly bearerOf: (token: string) => KnownBearer | undefined
}

export class TokenBook implements TokenCheck {
  readonly #path: string | undefined
  readonly #clock: Clock
  readonly #usedAtMs = new Map<string, number>()
  #tokens: readonly KeptToken[]
  #codes: readonly Temporary[] = []
  #sessions: readonly Temporary[] = []
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string | undefined, clock: Clock, tokens: readonly KeptToken[]) {
    this.#path = path
    this.#clock = clock
    this.#tokens = tokens
  }

  /** One that ends with the process. */
  static inMemory(clock: Clock): TokenBook {
    return new TokenBook(undefined, clock, [])
  }

  /** @throws {ApiError} `api/token-file-invalid` for a file that holds something else. */
  static async open(path: string, clock: Clock): Promise<TokenBook> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        return new TokenBook(path, clock, [])
      }
      throw error
    }
    try {
      return new TokenBook(path, clock, Kept.parse(JSON.parse(text)).tokens)
    } catch (cause) {
      const reason = 'it holds no list of tokens; remove it, and make the tokens again'
      throw new ApiError({ code: 'api/token-file-invalid', path, reason }, { cause })
    }
  }

  bearerOf(token: string): KnownBearer | undefined {
    const hash = hashOf(token)
    const nowMs = this.#clock()
    let found: KnownBearer | undefined
    // All are looked at, whatever is found: how long it takes tells nothing.
    for (const one of this.#tokens) {
      if (!timingSafeEqual(Buffer.from(one.sha256, 'hex'), hash)) continue
      if (one.expiresAtMs !== null && one.expiresAtMs <= nowMs) continue
      this.#usedAtMs.set(one.id, nowMs)
      found = { rights: new Set(one.rights), bearer: `token:${one.id}` }
    }
    for (const one of this.#sessions) {
      if (!timingSafeEqual(one.hash, hash) || one.expiresAtMs <= nowMs) continue
      found = { rights: new Set(RIGHTS), bearer: `visit:${hash.toString('hex', 0, 6)}` }
    }
    return found
  }

  list(): readonly TokenView[] {
    return this.#tokens.map((token) => this.#shown(token))
  }

  /** On disk when it is told. @throws {ApiError} `api/tokens-full`. */
  async create(
    name: string,
    rights: readonly Right[],
    expiresAtMs: number | null,
  ): Promise<TokenView & { readonly token: string }> {
    const nowMs = this.#clock()
    const living = this.#tokens.filter((one) => one.expiresAtMs === null || one.expiresAtMs > nowMs)
    if (living.length >= TOKEN_LIMIT_COUNT) {
      throw new ApiError({ code: 'api/tokens-full', limit: TOKEN_LIMIT_COUNT })
    }
    const token = randomBytes(32).toString('hex')
    const made: KeptToken = {
      id: randomBytes(6).toString('hex'),
      name,
      sha256: hashOf(token).toString('hex'),
      rights: RIGHTS.filter((right) => rights.includes(right)),
      createdAtMs: nowMs,
      expiresAtMs,
    }
    await this.#keep([...living, made])
    return { ...this.#shown(made), token }
  }

  async revoke(id: string): Promise<boolean> {
    const left = this.#tokens.filter((one) => one.id !== id)
    if (left.length === this.#tokens.length) return false
    await this.#keep(left)
    return true
  }

  /** A code that opens one visit. */
  createCode(): { readonly code: string; readonly expiresAtMs: number } {
    const nowMs = this.#clock()
    const code = randomBytes(32).toString('base64url')
    const expiresAtMs = nowMs + CODE_LIFE_MS
    this.#codes = [...newest(this.#codes, nowMs), { hash: hashOf(code), expiresAtMs }]
    return { code, expiresAtMs }
  }

  /** @throws {ApiError} `api/code-refused` for a code that was used, has ended or never was one. */
  openSession(code: string): { readonly token: string; readonly expiresAtMs: number } {
    const nowMs = this.#clock()
    const hash = hashOf(code)
    const isKnown = this.#codes.some(
      (one) => timingSafeEqual(one.hash, hash) && one.expiresAtMs > nowMs,
    )
    this.#codes = this.#codes.filter((one) => !timingSafeEqual(one.hash, hash))
    if (!isKnown) throw new ApiError({ code: 'api/code-refused' })
    const token = randomBytes(32).toString('hex')
    const expiresAtMs = nowMs + SESSION_LIFE_MS
    this.#sessions = [...newest(this.#sessions, nowMs), { hash: hashOf(token), expiresAtMs }]
    return { token, expiresAtMs }
  }

  #shown({ id, name, rights, createdAtMs, expiresAtMs }: KeptToken): TokenView {
    const usedAtMs = this.#usedAtMs.get(id)
    return {
      id,
      name,
      rights,
      createdAt: new Date(createdAtMs).toISOString(),
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
      lastUsedAt: usedAtMs === undefined ? null : new Date(usedAtMs).toISOString(),
    }
  }

  async #keep(tokens: readonly KeptToken[]): Promise<void> {
    this.#tokens = tokens
    const path = this.#path
    if (path === undefined) return
    const before = this.#writing
    this.#writing = this.#write(path, before)
    await this.#writing
  }

  /** One after another; what is written is what holds then. */
  async #write(path: string, before: Promise<void>): Promise<void> {
    await before.catch(() => undefined)
    const text = `${JSON.stringify({ v: 1, tokens: this.#tokens })}\n`
    await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
  }
}

/** Those that live, and room for one more. */
function newest(all: readonly Temporary[], nowMs: number): readonly Temporary[] {
  return all.filter(({ expiresAtMs }) => expiresAtMs > nowMs).slice(1 - SESSION_LIMIT_COUNT)
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
