/** Requests over HTTP: what this agent signs, and who signed what it is sent. */
import { parseDid, type Did } from '../../identity/did.ts'
import { keyIdOf } from '../../identity/present-key.ts'
import {
  DEFAULT_LIFE_S,
  LIFE_LIMIT_S,
  readRequest,
  SKEW_LIMIT_S,
  signRequest,
  type RequestProblem,
} from '../../signing/profile.ts'
import type { HttpRequest } from '../../signing/message.ts'
import {
  directoryOf,
  joined,
  signAsBot,
  type BotSigning,
  type Directory,
} from '../../signing/web-bot-auth.ts'
import type { Bot } from '../bot-key.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier, randomBytes } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { lookUp } from './resolving.ts'

/** Nonces remembered, some 200 bytes each; when there are more within their life, requests wait. */
export const REQUEST_NONCES_LIMIT = 65_536
const NONCE_BYTES = 18
/** As its verifiers ask for. */
const BOT_NONCE_BYTES = 64

export type RequestVerdict =
  | {
      readonly isSigned: true
      readonly did: Did
      readonly keyId: string
      readonly createdAtMs: number
    }
  | {
      readonly isSigned: false
      readonly problem:
        | RequestProblem
        | 'unresolved'
        | 'key-unknown'
        | 'key-retired'
        | 'invalid'
        | 'replayed'
        | 'busy'
    }

/**
 * The headers to send; with the second signature where this node signs for Web Bot Auth.
 *
 * @throws {NodeError} `node/no-current-key` when the identity is deactivated.
 */
export async function signHttpRequest(
  node: AipNode,
  request: HttpRequest,
  body: Uint8Array | undefined,
): Promise<Readonly<Record<string, string>>> {
  const { log, signer } = node.identity
  const { current } = log
  if (current === undefined) {
    const reason = 'its identity is deactivated'
    throw new NodeError({ code: 'node/no-current-key', did: node.did, reason })
  }
  const headers = signRequest(request, body, {
    signer,
    keyId: keyIdOf(node.did, current),
    nowMs: node.clock(),
    nonce: Buffer.from(randomBytes(NONCE_BYTES)).toString('base64url'),
  })
  if (node.bot === undefined) return headers
  return joined(headers, signAsBot(request, node.bot.agent, await botSigning(node, node.bot)))
}

/**
 * What the agent's site lists of its key, signed for the host that it is asked at.
 *
 * @throws {NodeError} `node/web-bot-auth-off`.
 */
export async function botDirectory(node: AipNode, authority?: string): Promise<Directory> {
  const { bot } = node
  if (bot === undefined) throw new NodeError({ code: 'node/web-bot-auth-off' })
  return directoryOf(authority ?? new URL(bot.agent).host, await botSigning(node, bot))
}

async function botSigning(node: AipNode, bot: Bot): Promise<BotSigning> {
  return {
    signer: await bot.signer(),
    nowMs: node.clock(),
    lifeS: DEFAULT_LIFE_S,
    nonce: Buffer.from(randomBytes(BOT_NONCE_BYTES)).toString('base64'),
  }
}

/** Remembers the nonces of requests for as long as their signatures could be shown again. */
export class RequestNonces {
  readonly #until = new Map<string, number>()
  readonly #limit: number

  constructor(limit = REQUEST_NONCES_LIMIT) {
    this.#limit = limit
  }

  /** @returns `replayed` for one that was seen, `busy` when no more can be remembered. */
  take(key: string, untilS: number, nowS: number): 'fresh' | 'replayed' | 'busy' {
    const known = this.#until.get(key)
    if (known !== undefined && known >= nowS) return 'replayed'
    if (this.#until.size >= this.#limit) this.#forget(nowS)
    if (this.#until.size >= this.#limit) return 'busy'
    this.#until.set(key, untilS)
    return 'fresh'
  }

  #forget(nowS: number): void {
    for (const [key, untilS] of this.#until) if (untilS < nowS) this.#until.delete(key)
  }
}

/** Whether the present key of an agent signed this request, for the first time. */
export async function judgeHttpRequest(
  node: AipNode,
  nonces: RequestNonces,
  request: HttpRequest,
  body: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<RequestVerdict> {
  const nowMs = node.clock()
  const signed = readRequest(request, body, nowMs)
  if (typeof signed === 'string') return { isSigned: false, problem: signed }
  const did = parseDid(signed.did)
  const found = await lookUp(node, did, signal).catch((error: unknown) => {
    if (error instanceof NodeError && error.fault.code === 'node/did-unresolved') return undefined
    throw error
  })
  if (found === undefined) return { isSigned: false, problem: 'unresolved' }
  const { branches, isForked } = found.state
  const epochs = branches.flatMap(({ epochs: all }) =>
    all.filter((epoch) => keyIdOf(did, epoch) === signed.keyId),
  )
  const [epoch] = epochs
  if (epoch === undefined) return { isSigned: false, problem: 'key-unknown' }
  if (!nativeVerifier.verifyNow({ ...signed.check, publicKey: epoch.key })) {
    return { isSigned: false, problem: 'invalid' }
  }
  // Whoever speaks now speaks with the key of now; a name that two logs claim speaks for nobody.
  if (isForked || epochs.some(({ retired }) => retired !== undefined)) {
    return { isSigned: false, problem: 'key-retired' }
  }
  const untilS = Math.min(signed.expiresS, signed.createdS + LIFE_LIMIT_S) + SKEW_LIMIT_S
  const taken = nonces.take(`${signed.keyId} ${signed.nonce}`, untilS, nowMs / 1_000)
  if (taken !== 'fresh') return { isSigned: false, problem: taken }
  return { isSigned: true, did, keyId: signed.keyId, createdAtMs: signed.createdS * 1_000 }
}
