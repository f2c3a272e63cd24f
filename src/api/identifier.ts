/**
 * The DID or DID URL in the path of a request, as the HTTP binding of DID Resolution writes it.
 *
 * Either it stands there as it is, with its own percent signs (`did:web:example.com%3A8443`), and a
 * query behind it is its own; or it is encoded as a whole (`did%3Aweb%3Aexample.com%253A8443`), and the
 * query holds options. A fragment never reaches a server unencoded, so `%23` begins one in both.
 */
import { DidError } from '../identity/did-error.ts'
import { parseDidUrl, type DidUrl } from '../identity/did-url.ts'

/** Parameters that DID URLs have and that this resolver does not follow. Source: DID Core 3.2.1. */
const DID_PARAMETERS = ['service', 'relativeRef', 'versionId', 'versionTime', 'hl'] as const

/**
 * @param target  Path and query of the request.
 * @param prefix  The path up to the identifier: `/1.0/identifiers/`.
 * @throws {DidError} `did/invalid`, `did/url-invalid`; `did/feature-unsupported` for a path or a
 *   parameter of a DID URL.
 */
export function identifierOf(target: string, prefix: string): DidUrl {
  const [path, query] = splitOnce(target, '?')
  const text = path.startsWith(prefix) ? path.slice(prefix.length) : ''
  const parsed = parseDidUrl(/^did%3a/i.test(text) ? decoded(text) : text.replace('%23', '#'))
  if (parsed.path !== '') throw unsupported('DID URLs with a path')
  if (parsed.query !== undefined) throw unsupported('DID URLs with a query')
  const names = new Set(new URLSearchParams(query).keys())
  const parameter = DID_PARAMETERS.find((name) => names.has(name))
  if (parameter !== undefined) throw unsupported(`the DID parameter "${parameter}"`)
  return parsed
}

/** Whether a request asks for something beyond a DID: then a failure is one of dereferencing. */
export function isDidUrlTarget(target: string): boolean {
  return /%23|#/.test(target)
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    const reason = 'it is not percent-encoded UTF-8'
    throw new DidError({ code: 'did/invalid', reason }, { cause })
  }
}

function unsupported(feature: string): DidError {
  return new DidError({ code: 'did/feature-unsupported', feature })
}
