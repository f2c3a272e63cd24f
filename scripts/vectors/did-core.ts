/**
 * Inputs of W3C's did-test-suite: documents and resolutions of others, by which the ported rules are
 * held to what others understand them to be; and a did:key made elsewhere.
 */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { base58btc } from 'multiformats/bases/base58'
import { brokenDocumentRules } from '../../src/identity/did-core.ts'
import { DidError } from '../../src/identity/did-error.ts'
import { didKeyDocument } from '../../src/identity/did-key.ts'
import { isAnyDid } from '../../src/identity/did-url.ts'
import {
  brokenParameters,
  brokenResolutionRules,
  metadataRules,
  representationRules,
  type Outcome,
} from './did-resolution-rules.ts'
import { read } from './finding.ts'
import type { Finding } from './finding.ts'

const Fields = z.record(z.string(), z.unknown())

const Representation = z.object({
  didDocumentDataModel: z.object({ representationSpecificEntries: Fields }),
  representation: z.string(),
  didDocumentMetadata: Fields,
  didResolutionMetadata: z.looseObject({ contentType: z.string() }),
})

const Method = z.looseObject({
  dids: z.array(z.string()).min(1),
  supportedContentTypes: z.array(z.string()).min(1),
  didParameters: z.record(z.string(), z.string()).optional(),
})

const Resolver = z.object({
  expectedOutcomes: z.record(z.string(), z.array(z.int())),
  executions: z.array(
    z.object({
      function: z.enum(['resolve', 'resolveRepresentation']),
      input: z.object({ did: z.string(), resolutionOptions: Fields }),
      output: z.object({
        didResolutionMetadata: Fields,
        didDocumentMetadata: Fields,
        didDocument: z.unknown().optional(),
        didDocumentStream: z.string().optional(),
      }),
    }),
  ),
})

const OUTCOMES = [
  'defaultOutcome',
  'deactivatedOutcome',
  'invalidDidErrorOutcome',
  'notFoundErrorOutcome',
  'representationNotSupportedErrorOutcome',
] as const satisfies readonly Outcome[]

export async function checkDidCore(dir: string): Promise<Finding> {
  const findings = [
    ...['did-example-didwg.json', 'did-key-mattr.json'].flatMap((file) =>
      documents(join(dir, file)),
    ),
    ...resolutions(join(dir, 'resolver-example-didwg.json')),
    ...keys(join(dir, 'did-key-mattr.json')),
  ]
  return { asked: findings.length, wrong: findings.filter((found) => found !== '') }
}

/** For each document '', or what it breaks although it is a sound one. */
function documents(file: string): readonly string[] {
  const suite = read(file, Method)
  const parameters = brokenParameters(suite.didParameters ?? {})
  const found = suite.dids.flatMap((did) => {
    const { didDocumentDataModel } = z
      .object({ didDocumentDataModel: z.object({ properties: Fields }) })
      .parse(suite[did])
    const { properties } = didDocumentDataModel
    const forms = suite.supportedContentTypes.map((type) => {
      const form = Representation.parse(Fields.parse(suite[did])[type])
      const { representationSpecificEntries } = form.didDocumentDataModel
      const whole = { ...properties, ...representationSpecificEntries }
      // 7.1.3 equivalentId is judged where a resolver gave it: did-example states a text here.
      const { equivalentId: _equivalentId, ...metadata } = form.didDocumentMetadata
      const broken = [
        ...representationRules(form.representation, type),
        ...metadataRules(metadata, did, 'defaultOutcome'),
        ...(isDeepStrictEqual(JSON.parse(form.representation), whole) ? [] : ['6.3.2 consumption']),
        ...(form.didResolutionMetadata.contentType === type ? [] : ['6.2.1 media type']),
      ]
      return told(`${did} as ${type}`, broken)
    })
    const syntax = isAnyDid(did) ? [] : ['3.1 DID syntax']
    return [told(did, [...syntax, ...brokenDocumentRules(properties)]), ...forms]
  })
  return [...found, told(file, parameters)]
}

function resolutions(file: string): readonly string[] {
  const { expectedOutcomes, executions } = read(file, Resolver)
  return executions.map((execution, at) => {
    const expected =
      OUTCOMES.find((name) => expectedOutcomes[name]?.includes(at)) ?? 'defaultOutcome'
    return told(execution.input.did, brokenResolutionRules(execution, expected))
  })
}

/** Keys in other words: type, base58 without a prefix, key agreement spelled out in its place. */
function keys(file: string): readonly string[] {
  const suite = read(file, Method)
  return suite.dids.map((did) => {
    const { didDocumentDataModel } = z
      .object({ didDocumentDataModel: z.object({ properties: Fields }) })
      .parse(suite[did])
    try {
      const ours = didKeyDocument(did.slice('did:key:'.length))
      const asTheirs = {
        authentication: ours.authentication,
        assertionMethod: ours.assertionMethod,
        capabilityDelegation: ours.capabilityDelegation,
        capabilityInvocation: ours.capabilityInvocation,
        keys: ours.verificationMethod.map(({ id, controller, publicKeyMultibase }) => ({
          id,
          controller,
          publicKeyBase58: base58btc.encode(base58btc.decode(publicKeyMultibase).slice(2)).slice(1),
        })),
      }
      const isSame = isDeepStrictEqual(asTheirs, theirKeys(didDocumentDataModel.properties))
      return isSame ? '' : `${did}: another document`
    } catch (error) {
      const isExpected =
        did.startsWith('did:key:zUC7') &&
        error instanceof DidError &&
        error.fault.code === 'did/key-type-unsupported'
      return isExpected ? '' : `${did}: ${String(error)}`
    }
  })
}

function theirKeys(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const Key = z.object({ id: z.string(), controller: z.string(), publicKeyBase58: z.string() })
  const shape = z.object({
    publicKey: z.array(Key),
    authentication: z.unknown(),
    assertionMethod: z.unknown(),
    capabilityDelegation: z.unknown(),
    capabilityInvocation: z.unknown(),
    keyAgreement: z.array(Key).optional(),
  })
  const { publicKey, keyAgreement = [], ...relationships } = shape.parse(document)
  return { ...relationships, keys: [...publicKey, ...keyAgreement] }
}

function told(what: string, broken: readonly string[]): string {
  return broken.length === 0 ? '' : `${what} breaks ${broken.join(', ')}`
}
