/**
 * Whether a DID document is one: the rules of W3C's did-test-suite for documents, as a function.
 *
 * They are asked of documents that come from elsewhere (`did:web`) before these are handed on, and in
 * tests of our own. Each rule is named by its section in DID Core 1.0. Ported are the suites
 * did-core-properties and the syntax part of did-identifier; docs/spec/resolution.md lists them. Where
 * the suite asks less than the text that it quotes, the text is followed.
 */
import { isAnyDid, isDidUrl } from './did-url.ts'

type Map = Readonly<Record<string, unknown>>

/** The rules, by the names that flaws begin with. */
export const DOCUMENT_RULES = [
  '5.1.1 id',
  '5.1.2 controller',
  '5.1.3 alsoKnownAs',
  '5.2 verificationMethod',
  '5.2 properties',
  '5.2 id',
  '5.2 type',
  '5.2 controller',
  '5.2 publicKeyBase58',
  '5.2 publicKeyMultibase',
  '5.2 publicKeyJwk',
  '5.2 private members',
  '5.2.1 one material',
  '5.3 relationship',
  '5.4 service',
  '5.4 properties',
  '5.4 id',
  '5.4 unique ids',
  '5.4 type',
  '5.4 serviceEndpoint',
  '5.4 endpoint URI',
  '6.3 @context',
] as const
export type DocumentRule = (typeof DOCUMENT_RULES)[number]

const RELATIONSHIPS = [
  'authentication',
  'assertionMethod',
  'keyAgreement',
  'capabilityInvocation',
  'capabilityDelegation',
] as const

/** Members of a JSON Web Key that are secret. Source: RFC 7518, section 6; RFC 8037. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const BASE58_TEXT = /^[1-9A-HJ-NP-Za-km-z]+$/
/** Base58btc or base64url, the two bases that Multikey knows. */
const MULTIBASE_TEXT = /^(?:z[1-9A-HJ-NP-Za-km-z]+|u[A-Za-z0-9_-]+)$/
const URI_TEXT = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]*$/
const DID_CONTEXT = /^https:\/\/www\.w3\.org\/ns\/did\/v1(?:\.1)?$/

/** The rules that a document breaks, each once; none: it conforms. */
export function brokenDocumentRules(document: unknown): readonly DocumentRule[] {
  if (!isMap(document)) return ['5.1.1 id']
  const broken = new Set<DocumentRule>()
  const ask = (rule: DocumentRule, holds: boolean): void => {
    if (!holds) broken.add(rule)
  }
  const { id, controller, alsoKnownAs, verificationMethod, service } = document
  ask('5.1.1 id', isDidText(id))
  if (controller !== undefined) {
    const controllers: unknown[] = Array.isArray(controller) ? controller : [controller]
    ask('5.1.2 controller', controllers.length > 0 && controllers.every(isDidText))
  }
  if (alsoKnownAs !== undefined) {
    ask('5.1.3 alsoKnownAs', isSet(alsoKnownAs) && alsoKnownAs.every(isUri))
  }
  if (verificationMethod !== undefined) {
    const isList = isSet(verificationMethod) && verificationMethod.every(isMap)
    ask('5.2 verificationMethod', isList)
  }
  for (const name of RELATIONSHIPS) {
    const value = document[name]
    if (value === undefined) continue
    const isList = isSet(value) && value.every((item) => isMap(item) || isMethodReference(item))
    ask('5.3 relationship', isList)
  }
  for (const method of methodsOf(document)) askMethod(method, ask)
  if (service !== undefined) {
    ask('5.4 service', isSet(service) && service.every(isMap))
    if (Array.isArray(service)) askServices(service.filter(isMap), ask)
  }
  const context = document['@context']
  if (context !== undefined) {
    const first: unknown = Array.isArray(context) ? context[0] : context
    ask('6.3 @context', typeof first === 'string' && DID_CONTEXT.test(first))
  }
  return [...broken]
}

type Ask = (rule: DocumentRule, holds: boolean) => void

function askMethod(method: Map, ask: Ask): void {
  const { id, type, controller, publicKeyBase58, publicKeyMultibase, publicKeyJwk } = method
  const named = [id, type, controller]
  ask(
    '5.2 properties',
    named.every((value) => value !== undefined),
  )
  if (id !== undefined) ask('5.2 id', isMethodReference(id))
  if (type !== undefined) ask('5.2 type', typeof type === 'string' && type !== '')
  if (controller !== undefined) ask('5.2 controller', isDidText(controller))
  if (publicKeyBase58 !== undefined) {
    ask(
      '5.2 publicKeyBase58',
      typeof publicKeyBase58 === 'string' && BASE58_TEXT.test(publicKeyBase58),
    )
  }
  if (publicKeyMultibase !== undefined) {
    const isText = typeof publicKeyMultibase === 'string' && MULTIBASE_TEXT.test(publicKeyMultibase)
    ask('5.2 publicKeyMultibase', isText)
  }
  if (publicKeyJwk !== undefined) {
    ask('5.2 publicKeyJwk', isMap(publicKeyJwk) && typeof publicKeyJwk['kty'] === 'string')
    const isPublic =
      !isMap(publicKeyJwk) || !PRIVATE_MEMBERS.some((member) => Object.hasOwn(publicKeyJwk, member))
    ask('5.2 private members', isPublic)
  }
  const materials = [publicKeyBase58, publicKeyMultibase, publicKeyJwk]
  ask('5.2.1 one material', materials.filter((value) => value !== undefined).length <= 1)
}

function askServices(services: readonly Map[], ask: Ask): void {
  for (const { id, type, serviceEndpoint } of services) {
    const named = [id, type, serviceEndpoint]
    ask(
      '5.4 properties',
      named.every((value) => value !== undefined),
    )
    if (id !== undefined) ask('5.4 id', isUri(id) || (typeof id === 'string' && /^#./.test(id)))
    if (type !== undefined) {
      const types: unknown[] = Array.isArray(type) ? type : [type]
      const areTexts = types.every((one) => typeof one === 'string' && one !== '')
      ask('5.4 type', types.length > 0 && areTexts)
    }
    if (serviceEndpoint === undefined) continue
    const endpoints: unknown[] = Array.isArray(serviceEndpoint)
      ? serviceEndpoint
      : [serviceEndpoint]
    const areEndpoints = endpoints.every(
      (one) =>
        (typeof one === 'string' && one !== '') || (isMap(one) && Object.keys(one).length > 0),
    )
    ask('5.4 serviceEndpoint', endpoints.length > 0 && areEndpoints)
    ask(
      '5.4 endpoint URI',
      endpoints.every((one) => typeof one !== 'string' || one === '' || isUri(one)),
    )
  }
  const ids = services.map(({ id }) => id)
  ask('5.4 unique ids', new Set(ids).size === ids.length)
}

/** Every verification method that the document spells out, wherever it stands. */
function methodsOf(document: Map): readonly Map[] {
  return ['verificationMethod', ...RELATIONSHIPS].flatMap((name) => {
    const value = document[name]
    return Array.isArray(value) ? value.filter(isMap) : []
  })
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An ordered set in JSON: a list without the same text twice. */
function isSet(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false
  const texts = value.filter((item) => typeof item === 'string')
  return new Set(texts).size === texts.length
}

function isDidText(value: unknown): value is string {
  return typeof value === 'string' && isAnyDid(value)
}

/** A DID URL, absolute or relative to the document's own DID. */
function isMethodReference(value: unknown): value is string {
  if (typeof value !== 'string') return false
  return isDidUrl(/^[/?#]/.test(value) ? `did:example:relative${value}` : value)
}

function isUri(value: unknown): value is string {
  return typeof value === 'string' && URI_TEXT.test(value)
}
