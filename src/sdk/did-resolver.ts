/**
 * `aip-node/did-resolver`: the local node as a plug-in of the npm package `did-resolver`.
 *
 *     import { Resolver } from 'did-resolver'
 *     import { getResolver } from 'aip-node/did-resolver'
 *     const resolver = new Resolver(getResolver())
 *     const { didDocument } = await resolver.resolve('did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2')
 *
 * The node does the work and the checking; nothing is asked of any other server. Resolving never
 * throws: what goes wrong is told in `didResolutionMetadata`. Specification: docs/spec/resolution.md.
 */
import type { DIDResolutionResult, DIDResolver, ResolverRegistry } from 'did-resolver'
import { resolutionWord } from '../api/resolution-error.ts'
import { chooseRepresentation, DOCUMENT_TYPES } from '../api/resolution-media.ts'
import { AipError, asError } from '../base/error.ts'
import { connect, type ConnectOptions } from './client.ts'
import { ClientError } from './error.ts'

/** The methods that a node resolves; `web` only where its operator has switched it on. */
const METHODS = ['aip', 'key', 'web'] as const

/**
 * Resolvers for `did:aip`, `did:key` and `did:web`, by method, as `new Resolver(…)` takes them.
 *
 * @param options  Where the node is; left out, what the environment says. The node is looked for at
 *   each call, so it may be started later.
 */
export function getResolver(options: ConnectOptions = {}): ResolverRegistry {
  const resolver: DIDResolver = async (did, _parsed, _resolver, { accept, cache }) => {
    const contentType = accept === undefined ? DOCUMENT_TYPES[0] : documentType(accept)
    if (contentType === undefined) return failed('representationNotSupported', `no ${accept ?? ''}`)
    try {
      using client = await connect(options)
      const found = await client.resolve({ did, noCache: cache === false })
      return {
        didDocument: documentOf(found.didDocument),
        didDocumentMetadata: found.didDocumentMetadata,
        didResolutionMetadata: { ...found.didResolutionMetadata, contentType },
      }
    } catch (thrown) {
      const error = asError(thrown)
      return failed(wordOf(error), error.message)
    }
  }
  return Object.fromEntries(METHODS.map((method) => [method, resolver]))
}

function documentType(accept: string): string | undefined {
  const chosen = chooseRepresentation(accept, false)
  return chosen?.documentType
}

/** A document that the node has checked against DID Core has the shape that this type describes. */
function documentOf(document: Record<string, unknown> | null): DIDResolutionResult['didDocument'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return document as DIDResolutionResult['didDocument']
}

function wordOf(error: Error): string {
  if (error instanceof ClientError && error.fault.code === 'client/refused') {
    return resolutionWord(error.fault.problem)
  }
  return resolutionWord(error instanceof AipError ? error.fault.code : '')
}

function failed(error: string, message: string): DIDResolutionResult {
  return {
    didDocument: null,
    didDocumentMetadata: {},
    didResolutionMetadata: { error, message },
  }
}
