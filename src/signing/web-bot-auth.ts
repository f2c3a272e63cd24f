/**
 * A second signature beside ours, for sites that know bots by Web Bot Auth: who sends this request is told
 * by a key that the agent's own site lists. Source: draft-ietf-webbotauth-httpsig-protocol-01.
 *
 * Pure. The key is another than the agent's: a site that trusts it learns nothing of the DID, and a
 * verifier of the mesh takes no signature of it.
 */
import {
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  type BareItem,
  type InnerList,
  type Item,
} from 'structured-headers'
import { textBytes } from '../base/bytes.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { sha256 } from '../crypto/hash.ts'
import { signatureBase } from './base.ts'
import type { HttpRequest } from './message.ts'

export const BOT_LABEL = 'wba'
export const BOT_TAG = 'web-bot-auth'
export const DIRECTORY_TAG = 'http-message-signatures-directory'
export const DIRECTORY_TYPE = 'application/http-message-signatures-directory+json'
const AGENT_HEADER = 'signature-agent'

/** A public key as RFC 8037 writes it. */
export interface BotKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  /** Its thumbprint. */
  readonly kid: string
  readonly use: 'sig'
}

export interface BotSigning {
  readonly signer: Signer
  readonly nowMs: number
  readonly lifeS: number
  readonly nonce: string
}

/** The headers of the second signature. @param agent  the origin whose directory lists the key */
export function signAsBot(
  request: HttpRequest,
  agent: string,
  signing: BotSigning,
): Readonly<Record<string, string>> {
  const member: Item = [AGENT_HEADER, new Map([['key', BOT_LABEL]])]
  const input: InnerList = [[['@authority', new Map()], member], parametersOf(signing, BOT_TAG)]
  const authority = signatureBase(request, [[['@authority', new Map()]], new Map()]).split('\n', 1)
  const base = [
    ...authority,
    `${serializeItem(member)}: ${serializeItem([agent, new Map()])}`,
    `"@signature-params": ${serializeInnerList(input)}`,
  ].join('\n')
  return {
    [AGENT_HEADER]: serializeDictionary(new Map([[BOT_LABEL, [agent, new Map()]]])),
    ...headersOf(input, signing.signer.sign(textBytes(base))),
  }
}

export interface Directory {
  readonly body: { readonly keys: readonly BotKey[] }
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What the agent's site answers at `/.well-known/http-message-signatures-directory`, signed for the host it is asked at, so that
 * nobody lists the keys of another.
 *
 * @param authority  as the verifier asks for it: `agent.example`
 */
export function directoryOf(authority: string, signing: BotSigning): Directory {
  const item: Item = ['@authority', new Map([['req', true]])]
  const input: InnerList = [[item], parametersOf(signing, DIRECTORY_TAG)]
  const base = [
    `${serializeItem(item)}: ${authority.toLowerCase()}`,
    `"@signature-params": ${serializeInnerList(input)}`,
  ].join('\n')
  return {
    body: { keys: [botKeyOf(signing.signer.publicKey)] },
    headers: {
      'content-type': DIRECTORY_TYPE,
      ...headersOf(input, signing.signer.sign(textBytes(base))),
    },
  }
}

export function botKeyOf(publicKey: Uint8Array): BotKey {
  const x = base64url(publicKey)
  return { kty: 'OKP', crv: 'Ed25519', x, kid: thumbprintOf(x), use: 'sig' }
}

/** RFC 7638: the required members in order, without space. */
function thumbprintOf(x: string): string {
  return base64url(sha256(textBytes(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)))
}

function parametersOf({ signer, nowMs, lifeS, nonce }: BotSigning, tag: string) {
  const created = Math.floor(nowMs / 1_000)
  return new Map<string, BareItem>([
    ['created', created],
    ['expires', created + lifeS],
    ['keyid', thumbprintOf(base64url(signer.publicKey))],
    ['alg', 'ed25519'],
    ['nonce', nonce],
    ['tag', tag],
  ])
}

function headersOf(input: InnerList, signature: Uint8Array): Readonly<Record<string, string>> {
  return {
    'signature-input': serializeDictionary(new Map([[BOT_LABEL, input]])),
    signature: serializeDictionary(new Map([[BOT_LABEL, [signature, new Map()]]])),
  }
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Two sets of headers as one: what both have is one list. */
export function joined(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const both = Object.entries(other).map(([name, value]) => {
    const before = one[name]
    return [name, before === undefined ? value : `${before}, ${value}`] as const
  })
  return { ...one, ...Object.fromEntries(both) }
}
