/** Requests over HTTP: what this agent signs, and who signed what it is sent. */
import { parseDid, type Did } from '../../identity/did.ts'
import { keyIdOf } from '../../identity/present-key.ts'
import {
  LIFE_LIMIT_S,
  readRequest,
  SKEW_LIMIT_S,
  signRequest,
  type RequestProblem,
} from '../../signing/profile.ts'
import type { HttpRequest } from '../../signing/message.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier, randomBytes } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { lookUp } from './resolving.ts'

/** Nonces remembered, some 200 bytes each; when there are more within their life, requests wait. */
export const REQUEST_NONCES_LIMIT = 65_536
const NONCE_BYTES = 18

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

/** @throws {NodeError} `node/no-current-key` when the identity is deactivated. */
export function signHttpRequest(
  node: AipNode,
  request: HttpRequest,
  body: Uint8Array | undefined,
): Readonly<Record<string, string>> {
  const { log, signer } = node.identity
  const { current } = log
  if (current === undefined) {
    const reason = 'its identity is deactivated'
    throw new NodeError({ code: 'node/no-current-key', did: node.did, reason })
  }
  return signRequest(request, body, {
    signer,
    keyId: keyIdOf(node.did, current),
    nowMs: node.clock(),
    nonce: Buffer.from(randomBytes(NONCE_BYTES)).toString('base64url'),
  })
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
