/**
 * Answers `GET /1.0/identifiers/…` as DIF's Universal Resolver does: the form by the Accept header, the
 * status by the outcome, 410 with the document of a deactivated DID. Specification:
 * docs/spec/resolution.md, "Over HTTP".
 */
import { AipError } from '../base/error.ts'
import { DidError } from '../identity/did-error.ts'
import { selectFragment, type DidUrl } from '../identity/did-url.ts'
import type { Output, Parsed } from './contract.ts'
import { identifierOf, isDidUrlTarget } from './identifier.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'
import { resolutionErrorType, resolutionWord } from './resolution-error.ts'
import { chooseRepresentation, DEFAULT_OF_DID, type Representation } from './resolution-media.ts'

export interface ResolutionAnswer {
  readonly status: number
  readonly mediaType: string
  readonly body: unknown
}

export interface ResolutionRequest {
  /** Path and query. */
  readonly target: string
  readonly accept: string | undefined
  /** `/1.0/identifiers/`. */
  readonly prefix: string
  /** Reads the options beside the DID. @throws {ApiError} */
  readonly parse: (did: string) => Parsed<'resolve'>
  readonly resolve: (input: Parsed<'resolve'>) => Promise<Output<'resolve'>>
}

/** Never throws for what a caller or the network can cause. */
export async function answerResolution(request: ResolutionRequest): Promise<ResolutionAnswer> {
  const { target, accept, prefix } = request
  const chosen = chooseRepresentation(accept, isDidUrlTarget(target))
  try {
    const url = identifierOf(target, prefix)
    if (chosen === undefined) throw new DidError({ code: 'did/representation-unsupported' })
    const resolved = await request.resolve(request.parse(url.did))
    const isDeactivated = resolved.didDocumentMetadata['deactivated'] === true
    return {
      status: isDeactivated ? 410 : 200,
      mediaType: chosen.mediaType,
      body: bodyOf(resolved, url, chosen),
    }
  } catch (error) {
    if (!(error instanceof AipError)) throw error
    return refusalOf(error, chosen ?? DEFAULT_OF_DID)
  }
}

function bodyOf(
  resolved: Output<'resolve'>,
  url: DidUrl,
  { form, documentType }: Representation,
): unknown {
  const { didDocument, didDocumentMetadata } = resolved
  const didResolutionMetadata = { ...resolved.didResolutionMetadata, contentType: documentType }
  if (form === 'result') return { ...resolved, didResolutionMetadata }
  const content =
    url.fragment === undefined || didDocument === null
      ? didDocument
      : selectFragment(didDocument, url.did, url.fragment)
  if (form === 'bare') return content
  const dereferencingMetadata = didResolutionMetadata
  return { content, dereferencingMetadata, contentMetadata: didDocumentMetadata }
}

/** An error in the form that was asked for; as problem details where that form has no place for it. */
function refusalOf(error: AipError, { form, mediaType, errors }: Representation): ResolutionAnswer {
  const problem = problemOf(error)
  const { status, code, title, detail, help } = problem
  const keyword = { error: resolutionWord(code), code, message: detail, help }
  const object = { error: { type: resolutionErrorType(code), title, status, detail, code, help } }
  const metadata = errors === 'object' ? object : keyword
  const body =
    form === 'content'
      ? { content: null, dereferencingMetadata: metadata, contentMetadata: {} }
      : { didDocument: null, didResolutionMetadata: metadata, didDocumentMetadata: {} }
  if (form === 'bare' || mediaType === 'application/json') {
    return { status, mediaType: PROBLEM_TYPE, body: { ...problem, ...body } }
  }
  return { status, mediaType, body }
}
