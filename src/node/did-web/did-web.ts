/**
 * Obtains the document of a `did:web` from its host.
 *
 * A DID comes from anybody, so a request that it causes must not reach what only this machine can
 * reach. The name is resolved once, every address that it has is judged, and the connection goes to
 * the judged address itself, so a name server cannot answer otherwise the second time. HTTPS with a
 * verified certificate; no redirects, no proxy, no kept connection, no cookies, no credentials. Time,
 * bytes, depth and the number of requests at once are bounded. Specification:
 * docs/spec/resolution.md, "did:web".
 */
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { asError } from '../../base/error.ts'
import { KIB_BYTES, SECOND_MS } from '../../base/units.ts'
import { brokenDocumentRules } from '../../identity/did-core.ts'
import { DidError } from '../../identity/did-error.ts'
import { didWebPlace, type DidWebPlace } from '../../identity/did-web.ts'
import { NodeError } from '../error.ts'
import { isPublicAddress } from './address-policy.ts'
import { addressesOf, type ResolvedName } from './name-look-up.ts'

export const DID_WEB_LIMIT_MS = 5 * SECOND_MS
export const DID_WEB_LIMIT_BYTES = 64 * KIB_BYTES
export const DID_WEB_DEPTH_LIMIT = 16
export const DID_WEB_AT_ONCE_LIMIT = 8
const HEAD_LIMIT_BYTES = 16 * KIB_BYTES

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/did',
  'application/did+json',
  'application/did+ld+json',
  'application/ld+json',
  'application/json',
])
const ACCEPTED = [...MEDIA_TYPES].join(', ')

const FAMILIES = [4, 6] as const
/** Node's codes for an address to which no connection came about. */
const NO_WAY: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'ECONNREFUSED',
])

export interface DidWebOptions {
  readonly mayReach?: (address: string) => boolean
  readonly resolveName?: (host: string, signal: AbortSignal) => ReturnType<typeof addressesOf>
  /** Certificates to trust instead of the system's, in PEM. */
  readonly authority?: string
  readonly limitMs?: number
}

export type WebDocument = Readonly<Record<string, unknown>> & { readonly id: string }

export interface DidWebFound {
  readonly document: WebDocument
  readonly url: string
}

export class DidWeb {
  readonly #options: Required<Omit<DidWebOptions, 'authority'>>
  readonly #authority: string | undefined
  #underWay = 0

  constructor({ authority, ...options }: DidWebOptions = {}) {
    this.#authority = authority
    this.#options = {
      mayReach: isPublicAddress,
      resolveName: addressesOf,
      limitMs: DID_WEB_LIMIT_MS,
      ...options,
    }
  }

  /**
   * @param id  What follows `did:web:`.
   * @throws {DidError} `did/invalid`, `did/web-refused`, `did/web-unreachable`,
   *   `did/document-invalid`; {NodeError} `node/busy`.
   */
  async resolve(id: string, signal?: AbortSignal): Promise<DidWebFound> {
    const place = didWebPlace(id)
    if (this.#underWay >= DID_WEB_AT_ONCE_LIMIT) throw new NodeError({ code: 'node/busy' })
    this.#underWay++
    try {
      const limit = AbortSignal.timeout(this.#options.limitMs)
      const bytes = await this.#fetch(
        place,
        signal === undefined ? limit : AbortSignal.any([limit, signal]),
      )
      return { document: parseDocument(bytes, `did:web:${id}`), url: place.url }
    } finally {
      this.#underWay--
    }
  }

  async #fetch(place: DidWebPlace, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const addresses = await this.#addressesOf(place.host, signal)
      return await readBody(await this.#getFromFirst(place, addresses, signal), place.host)
    } catch (error) {
      if (error instanceof DidError) throw error
      const reason = signal.aborted
        ? `it did not answer within ${this.#options.limitMs} ms`
        : reasonOf(asError(error))
      throw unreachable(place.host, reason, error)
    }
  }

  /** One address of each family, when this node may reach all that the host has. */
  async #addressesOf(host: string, signal: AbortSignal): Promise<readonly ResolvedName[]> {
    const found = await this.#options.resolveName(host, signal)
    if (found.length === 0) throw unreachable(host, 'its name has no address')
    if (!found.every(({ address }) => this.#options.mayReach(address))) {
      throw new DidError({ code: 'did/web-refused', host })
    }
    return FAMILIES.flatMap((family) => found.find((one) => one.family === family) ?? [])
  }

  /** The second address is for a machine that has no way to the first. */
  async #getFromFirst(
    place: DidWebPlace,
    [first, second]: readonly ResolvedName[],
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    if (first === undefined) throw new RangeError('a host without addresses was refused before')
    try {
      return await this.#get(place, first, signal)
    } catch (error) {
      if (second === undefined || !NO_WAY.has(codeOf(asError(error)))) throw error
      return this.#get(place, second, signal)
    }
  }

  async #get(
    { host, port, path }: DidWebPlace,
    pinned: ResolvedName,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { address, family } = pinned
    const pin: LookupFunction = (_host, options, done) => {
      if (options.all === true) done(null, [{ address, family }])
      else done(null, address, family)
    }
    const outgoing = request({
      host,
      port,
      path,
      method: 'GET',
      lookup: pin,
      servername: host,
      headers: { accept: ACCEPTED, 'accept-encoding': 'identity', 'user-agent': 'aip-node' },
      agent: new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      maxHeaderSize: HEAD_LIMIT_BYTES,
      signal,
      ...(this.#authority === undefined ? {} : { ca: this.#authority }),
    })
    return new Promise((resolve, reject) => {
      outgoing.once('response', resolve)
      outgoing.on('error', reject)
      outgoing.end()
    })
  }
}

async function readBody(incoming: IncomingMessage, host: string): Promise<Uint8Array> {
  try {
    const { statusCode = 0, headers } = incoming
    if (statusCode >= 300 && statusCode < 400) throw unreachable(host, 'it redirects elsewhere')
    if (statusCode !== 200) throw unreachable(host, `it answered with status ${statusCode}`)
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (!MEDIA_TYPES.has(type)) throw unreachable(host, 'its answer is of another media type')
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw unreachable(host, 'its answer is compressed')
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    const stream: AsyncIterable<Uint8Array> = incoming
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > DID_WEB_LIMIT_BYTES) {
        throw unreachable(host, `its answer is larger than ${DID_WEB_LIMIT_BYTES} bytes`)
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    incoming.destroy()
  }
}

function parseDocument(bytes: Uint8Array, did: string): WebDocument {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new DidError({ code: 'did/document-invalid', reason: 'it is no JSON' }, { cause })
  }
  if (!isShallow(document, DID_WEB_DEPTH_LIMIT)) {
    const reason = `it nests deeper than ${DID_WEB_DEPTH_LIMIT} levels`
    throw new DidError({ code: 'did/document-invalid', reason })
  }
  if (!isNamed(document, did)) {
    throw new DidError({
      code: 'did/document-invalid',
      reason: 'it is not the document of that DID',
    })
  }
  const [broken] = brokenDocumentRules(document)
  if (broken !== undefined) {
    throw new DidError({ code: 'did/document-invalid', reason: `it breaks DID Core ${broken}` })
  }
  return document
}

function isNamed(document: unknown, did: string): document is WebDocument {
  const isMap = typeof document === 'object' && document !== null && !Array.isArray(document)
  return isMap && Reflect.get(document, 'id') === did
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

function unreachable(host: string, reason: string, cause?: unknown): DidError {
  return new DidError({ code: 'did/web-unreachable', host, reason }, { cause })
}

/** Node's code for what went wrong, which is short and says nothing of this machine. */
function reasonOf(error: Error): string {
  const code = codeOf(error)
  return code === '' ? 'the connection failed' : `the connection failed (${code})`
}

function codeOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : ''
}
