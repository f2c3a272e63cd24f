/**
 * The signature base: the text that is signed, one line a component. Source: RFC 9421, sections 2.2 to
 * 2.5. Derived components of requests and plain fields are known here, and no parameters of components;
 * whoever names another component is refused.
 */
import { serializeInnerList, serializeItem, type InnerList } from 'structured-headers'
import { headerOf, type HttpRequest } from './message.ts'

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** @throws {RangeError} for a component that is not known, is not there, or stands there twice. */
export function signatureBase(request: HttpRequest, input: InnerList): string {
  const [items] = input
  const seen = new Set<string>()
  const lines = items.map((item) => {
    const [name, parameters] = item
    if (typeof name !== 'string' || parameters.size > 0) {
      throw new RangeError('a component with parameters')
    }
    if (seen.has(name)) throw new RangeError(`${name} stands there twice`)
    seen.add(name)
    return `${serializeItem(item)}: ${valueOf(request, name)}`
  })
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join('\n')
}

function valueOf(request: HttpRequest, name: string): string {
  if (!name.startsWith('@')) {
    const value = FIELD_NAME.test(name) ? headerOf(request, name) : undefined
    if (value === undefined) throw new RangeError(`there is no header ${name}`)
    return value
  }
  const url = new URL(request.url)
  switch (name) {
    case '@method':
      return request.method.toUpperCase()
    case '@target-uri':
      return request.url
    case '@authority':
      // The parser has made it lower case and dropped the port that goes without saying.
      return url.port === DEFAULT_PORTS[url.protocol] ? url.hostname : url.host
    case '@scheme':
      return url.protocol.slice(0, -1)
    case '@path':
      return url.pathname === '' ? '/' : url.pathname
    case '@query':
      return url.search === '' ? '?' : url.search
    case '@request-target':
      return `${url.pathname}${url.search}`
    default:
      throw new RangeError(`${name} is no component of a request that is known here`)
  }
}
