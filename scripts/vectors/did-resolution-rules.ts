/**
 * The rules of W3C's did-test-suite for what a resolver says, as a function: the suites did-resolution,
 * did-production, did-consumption, did-metadata-structure and the parameters of did-identifier. The
 * rules for the document itself are `src/identity/did-core.ts`. docs/spec/resolution.md lists them.
 */
import { isDeepStrictEqual } from 'node:util'
import { isAnyDid } from '../../src/identity/did-url.ts'
import { brokenDocumentRules } from '../../src/identity/did-core.ts'

type Map = Readonly<Record<string, unknown>>

export interface Execution {
  readonly function: 'resolve' | 'resolveRepresentation'
  readonly input: { readonly did: string; readonly resolutionOptions: Map }
  readonly output: {
    readonly didResolutionMetadata: Map
    readonly didDocumentMetadata: Map
    readonly didDocument?: unknown
    readonly didDocumentStream?: string | undefined
  }
}

export type Outcome =
  | 'defaultOutcome'
  | 'deactivatedOutcome'
  | 'invalidDidErrorOutcome'
  | 'notFoundErrorOutcome'
  | 'representationNotSupportedErrorOutcome'

const JSON_TYPES = ['application/did+json', 'application/did+ld+json']
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+(?:;.*)?$/i
/** XML Schema dateTime in UTC, without fractions of a second other than zero. */
const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.0+)?Z$/
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/

/** The names of the rules that an execution breaks. */
export function brokenResolutionRules(execution: Execution, expected: Outcome): readonly string[] {
  const { input, output } = execution
  const { didResolutionMetadata: metadata, didDocumentMetadata, didDocument } = output
  const broken: string[] = []
  const ask = (rule: string, holds: boolean): void => {
    if (!holds) broken.push(rule)
  }
  const error = metadata['error']
  const isError = error !== undefined
  const isRepresentation = execution.function === 'resolveRepresentation'

  ask('7.1 did', error === 'invalidDid' || isAnyDid(input.did))
  ask('7.1 resolutionOptions', isMetadata(input.resolutionOptions))
  ask('7.1 didResolutionMetadata', isMetadata(metadata))
  ask('7.1 an error is told', isError === expected.endsWith('ErrorOutcome'))
  ask('7.1.2 error is one ASCII word', !isError || isWord(error))
  if (expected.endsWith('ErrorOutcome')) {
    ask('7.1.2 error', error === expected.replace('ErrorOutcome', ''))
    ask('7.1 no document with an error', !didDocument && !output.didDocumentStream)
    ask('7.1 no document metadata with an error', Object.keys(didDocumentMetadata).length === 0)
    ask('7.1.2 invalidDid', error !== 'invalidDid' || !isAnyDid(input.did))
    return broken
  }
  if (isRepresentation) {
    const type = metadata['contentType']
    ask('7.1.2 contentType', typeof type === 'string' && MEDIA_TYPE.test(type) && ASCII.test(type))
    const { accept } = input.resolutionOptions
    ask('7.1.1 accept', accept === undefined || (typeof accept === 'string' && ASCII.test(accept)))
    if (typeof type === 'string' && JSON_TYPES.includes(type)) {
      const document = parsed(output.didDocumentStream)
      broken.push(...representationRules(output.didDocumentStream, type))
      ask('7.1 id', isMap(document) && document['id'] === input.did)
    }
  } else {
    ask('7.1.2 no contentType from resolve', !('contentType' in metadata))
    ask('7.1.1 no accept to resolve', !('accept' in input.resolutionOptions))
    ask('7.1 didDocument', isMap(didDocument) && typeof didDocument['id'] === 'string')
    ask('7.1 id', isMap(didDocument) && didDocument['id'] === input.did.split('?')[0])
    broken.push(...brokenDocumentRules(didDocument))
  }
  broken.push(...metadataRules(didDocumentMetadata, input.did, expected))
  return broken
}

/** Production and consumption: the text of a document, in one of the JSON representations. */
export function representationRules(text: string | undefined, type: string): readonly string[] {
  const broken: string[] = []
  const ask = (rule: string, holds: boolean): void => {
    if (!holds) broken.push(rule)
  }
  const document = parsed(text)
  ask('6.2.2 root element', isMap(document))
  if (!isMap(document)) return broken
  ask('6.2.1 values', isDeepStrictEqual(JSON.parse(JSON.stringify(document)), document))
  ask('6.1 media type', JSON_TYPES.includes(type))
  if (type === 'application/did+ld+json') ask('6.3.1 @context', document['@context'] !== undefined)
  return [...broken, ...brokenDocumentRules(document)]
}

/** Metadata of a document: each value, and its structure. */
export function metadataRules(metadata: Map, did: string, expected: Outcome): readonly string[] {
  const broken: string[] = []
  const ask = (rule: string, holds: boolean): void => {
    if (!holds) broken.push(rule)
  }
  const { created, updated, nextUpdate, deactivated, versionId, nextVersionId } = metadata
  const { equivalentId, canonicalId } = metadata
  ask('7.3 structure', isMetadata(metadata))
  for (const [name, time] of Object.entries({ created, updated, nextUpdate })) {
    ask(`7.1.3 ${name}`, time === undefined || (typeof time === 'string' && DATE_TIME.test(time)))
  }
  ask('7.1.3 updated is not before created', !isBefore(updated, created))
  ask(
    '7.1.3 nextUpdate is after created',
    !isBefore(nextUpdate, created) && !isSame(nextUpdate, created),
  )
  ask(
    '7.1.3 nextUpdate is after updated',
    !isBefore(nextUpdate, updated) && !isSame(nextUpdate, updated),
  )
  const mustEnd = expected === 'deactivatedOutcome'
  ask('7.1.3 deactivated', mustEnd ? deactivated === true : deactivated !== true)
  ask('7.1.3 deactivated is boolean', deactivated === undefined || typeof deactivated === 'boolean')
  for (const [name, id] of Object.entries({ versionId, nextVersionId })) {
    ask(`7.1.3 ${name}`, id === undefined || (typeof id === 'string' && ASCII.test(id)))
  }
  ask('7.1.3 versions differ', versionId === undefined || versionId !== nextVersionId)
  if (equivalentId !== undefined) {
    ask(
      '7.1.3 equivalentId',
      Array.isArray(equivalentId) && equivalentId.every((one) => isSibling(one, did)),
    )
  }
  if (canonicalId !== undefined) ask('7.1.3 canonicalId', isSibling(canonicalId, did))
  return broken
}

/** 3.2.1: the values of a DID URL's parameters. */
export function brokenParameters(parameters: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(parameters).flatMap(([name, url]) => {
    const value = new URLSearchParams(url.split('?')[1]).get(name)
    const isSound =
      value !== null &&
      ASCII.test(value) &&
      (name !== 'relativeRef' || !value.includes('/') || url.includes('%2F')) &&
      (name !== 'versionTime' || DATE_TIME.test(value))
    return isSound ? [] : [`3.2.1 ${name}`]
  })
}

/** A DID of the same method. */
function isSibling(value: unknown, did: string): boolean {
  return typeof value === 'string' && isAnyDid(value) && value.split(':')[1] === did.split(':')[1]
}

/** 7.3: a map of strings, booleans, nulls, and maps and lists of these. */
function isMetadata(value: unknown): value is Map {
  return isMap(value) && Object.values(value).every(isMetadataValue)
}

function isMetadataValue(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (Array.isArray(value)) return value.every(isMetadataValue)
  return isMetadata(value)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && /^[!-~]+$/.test(value)
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBefore(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && Date.parse(a) < Date.parse(b)
}

function isSame(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && Date.parse(a) === Date.parse(b)
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
