/**
 * The part of a document that its owner fills in.
 *
 * What is known is checked to the letter, because resolvers hand it on to programs that trust DID
 * documents; fields of later versions are left alone, and stay in the bytes that were signed.
 * Specification: docs/spec/identity.md, I11.
 */
import {
  DOCUMENT_AGREEMENT_KEYS_LIMIT,
  DOCUMENT_ALIASES_LIMIT,
  DOCUMENT_SERVICES_LIMIT,
} from './limits.ts'
import { malformed, parseArray, parseFields, parseMap, parseText } from './schema.ts'

export interface Service {
  /** The fragment alone: `agent-card` for `did:aip:…#agent-card`. Unique in the document. */
  readonly id: string
  readonly type: string
  /** An absolute URI. A libp2p address is written `multiaddr:/ip4/…`. */
  readonly endpoint: string
}

export interface DocumentContent {
  readonly services?: readonly Service[]
  /** Other names that the agent claims, as URIs. The claim is its own: nothing here proves it. */
  readonly alsoKnownAs?: readonly string[]
  /** X25519 public keys, as Multikeys. */
  readonly keyAgreement?: readonly string[]
}

/** Not `k0.0` or `x0`: those fragments belong to keys. */
const SERVICE_ID = /^(?!k\d+\.\d+$|x\d+$)[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/
const SERVICE_TYPE = /^[A-Za-z][A-Za-z0-9.-]{0,63}$/
/** An absolute URI in printable ASCII without what RFC 3986 excludes. */
const URI =
  /^(?=.{3,512}$)[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/
/** Multicodec x25519-pub in base58btc. Source: W3C Controlled Identifiers, Multikey. */
const X25519_MULTIKEY = /^z6LS[1-9A-HJ-NP-Za-km-z]{44}$/

const SERVICE_SHAPE = { required: ['id', 'type', 'endpoint'], optional: [] } as const

/** @throws {IdentityError} `identity/malformed`. */
export function parseContent(value: unknown, path: string): DocumentContent {
  const fields = parseMap(value, path)
  const { services, alsoKnownAs, keyAgreement } = fields
  return {
    ...(services !== undefined && { services: parseServices(services, `${path}.services`) }),
    ...(alsoKnownAs !== undefined && {
      alsoKnownAs: parseTexts(alsoKnownAs, `${path}.alsoKnownAs`, URI, DOCUMENT_ALIASES_LIMIT),
    }),
    ...(keyAgreement !== undefined && {
      keyAgreement: parseTexts(
        keyAgreement,
        `${path}.keyAgreement`,
        X25519_MULTIKEY,
        DOCUMENT_AGREEMENT_KEYS_LIMIT,
      ),
    }),
  }
}

/** The map that is encoded. */
export function wireContent(content: DocumentContent): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined))
}

function parseServices(value: unknown, path: string): readonly Service[] {
  const items = parseBounded(value, path, DOCUMENT_SERVICES_LIMIT)
  const ids = new Set<string>()
  return items.map((item, at) => {
    const here = `${path}.${at}`
    const fields = parseFields(item, here, SERVICE_SHAPE)
    const id = parseText(fields['id'], `${here}.id`, SERVICE_ID)
    if (ids.has(id)) throw malformed(`${here}.id`)
    ids.add(id)
    return {
      id,
      type: parseText(fields['type'], `${here}.type`, SERVICE_TYPE),
      endpoint: parseText(fields['endpoint'], `${here}.endpoint`, URI),
    }
  })
}

function parseTexts(
  value: unknown,
  path: string,
  pattern: RegExp,
  countLimit: number,
): readonly string[] {
  const items = parseBounded(value, path, countLimit)
  return items.map((item, at) => parseText(item, `${path}.${at}`, pattern))
}

function parseBounded(value: unknown, path: string, countLimit: number): readonly unknown[] {
  const items = parseArray(value, path)
  if (items.length > countLimit) throw malformed(path)
  return items
}
