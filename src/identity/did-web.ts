/**
 * `did:web`: where the document of such a name lies. Whether anybody may go there is decided
 * elsewhere; nothing here knows the network.
 *
 * The host is a domain name of two labels or more whose last begins with a letter, so no spelling of
 * an IP address is one: not 127.0.0.1, 0x7f.1, 0177.0.0.1, 2130706433 or [::1]. Source: W3C CCG,
 * "did:web Method Specification", section 2.
 */
import { DidError } from './did-error.ts'

export interface DidWebPlace {
  /** A domain name in lower case. */
  readonly host: string
  readonly port: number
  /** With its leading slash, as it stands in the request. */
  readonly path: string
  readonly url: string
}

const HTTPS_PORT = 443
const HOST_LIMIT_CHARS = 253
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const HOST = new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`)
const HOST_AND_PORT = /^([^%]+)(?:%3a([1-9][0-9]{0,4}))?$/i

/**
 * @param id  What follows `did:web:`.
 * @throws {DidError} `did/invalid`.
 */
export function didWebPlace(id: string): DidWebPlace {
  const [first = '', ...segments] = id.split(':')
  const [, name, portText] = HOST_AND_PORT.exec(first) ?? []
  const host = name?.toLowerCase() ?? ''
  if (host.length > HOST_LIMIT_CHARS || !HOST.test(host)) {
    throw invalid('a did:web begins with a domain name, and perhaps %3A and a port')
  }
  const port = portText === undefined ? HTTPS_PORT : Number(portText)
  if (port > 65_535) throw invalid('the port is larger than 65535')
  if (!segments.every(isPlainSegment)) {
    throw invalid('a part of its path is empty, or would lead elsewhere')
  }
  const path = segments.length === 0 ? '/.well-known/did.json' : `/${segments.join('/')}/did.json`
  const authority = port === HTTPS_PORT ? host : `${host}:${port}`
  return { host, port, path, url: `https://${authority}${path}` }
}

/** Not empty, `.` or `..`, and without what a server may read as the end of a segment. */
function isPlainSegment(segment: string): boolean {
  let decoded: string
  try {
    decoded = decodeURIComponent(segment)
  } catch {
    return false // no UTF-8
  }
  // oxlint-disable-next-line no-control-regex
  return !/^\.{0,2}$/.test(decoded) && !/[\u0000-\u001f\u007f/\\?#]/.test(decoded)
}

function invalid(reason: string): DidError {
  return new DidError({ code: 'did/invalid', reason })
}
