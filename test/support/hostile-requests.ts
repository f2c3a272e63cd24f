/** Requests that the local interface must refuse over TCP, as bytes, with the status of the refusal. */
import { BOB } from '../api/memory-node.ts'

export interface HostileRequest {
  readonly status: number
  /** What is wrong with it. */
  readonly what: string
  /** Its bytes, given the node's own Host header and a header with a token of the default rights. */
  readonly text: (host: string, bearer: string) => string
}

export function head(line: string, ...headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, ...headers, '', ''].join('\r\n')
}

/** `:port` of a Host header. */
function portOf(host: string): string {
  return /:\d+$/.exec(host)?.[0] ?? ''
}

const vouchBody = JSON.stringify({ subject: BOB, level: 1 })
const sized = `Content-Length: ${vouchBody.length}`
export const json = 'Content-Type: application/json'

const cases: readonly (readonly [number, string, HostileRequest['text']])[] = [
  [421, 'a rebound name', (_h, b) => head('GET /v1/status', 'Host: evil.example', b)],
  [421, 'no Host', (_h, b) => head('GET /v1/status', b)],
  [421, 'two Hosts', (h, b) => head('GET /v1/status', h, 'Host: evil.example', b)],
  [
    421,
    'a name that resolves here',
    (_h, b) => head('GET /v1/status', `Host: 127.0.0.1.nip.io${portOf(_h)}`, b),
  ],
  [
    421,
    'the address of all interfaces',
    (h, b) => head('GET /v1/status', `Host: 0.0.0.0${portOf(h)}`, b),
  ],
  [421, 'the name of the socket', (_h, b) => head('GET /v1/status', 'Host: aip-node.sock', b)],
  [
    421,
    'a longer name',
    (h, b) => head('GET /v1/status', `Host: localhost.evil.example${portOf(h)}`, b),
  ],
  [
    421,
    'an address in other digits',
    (h, b) => head('GET /v1/status', `Host: 0x7f.1${portOf(h)}`, b),
  ],
  [421, 'another port', (_h, b) => head('GET /v1/status', 'Host: 127.0.0.1:1', b)],
  [
    421,
    'a Host with a user',
    (h, b) => head('GET /v1/status', `Host: me@127.0.0.1${portOf(h)}`, b),
  ],
  [421, 'the same Host twice', (h, b) => head('GET /v1/status', h, h, b)],
  [421, 'an empty Host', (_h, b) => head('GET /v1/status', 'Host:', b)],
  [421, 'a probe by a rebound name', () => head('GET /livez', 'Host: evil.example')],
  [421, 'a page by a rebound name', () => head('GET /ui/', 'Host: evil.example')],
  [
    421,
    'a visit by a rebound name',
    () => head('POST /v1/sessions', 'Host: evil.example', json, 'Content-Length: 2') + '{}',
  ],
  [421, 'HTTP/1.0 without Host', () => 'GET /v1/status HTTP/1.0\r\n\r\n'],
  [421, 'a Host without port', (_h, b) => head('GET /v1/status', 'Host: 127.0.0.1', b)],
  [400, 'an absolute target', (h, b) => head('GET http://127.0.0.1/v1/status', h, b)],
  [400, 'an asterisk', (h, b) => head('OPTIONS *', h, b)],
  [403, 'a foreign origin', (h, b) => head('GET /v1/status', h, b, 'Origin: https://evil.example')],
  [
    403,
    'its own origin over TLS',
    (h, b) => head('GET /v1/status', h, b, `Origin: https://${h.slice(6)}`),
  ],
  [
    403,
    'its own origin by another name',
    (h, b) => head('GET /v1/status', h, b, `Origin: http://localhost${portOf(h)}`),
  ],
  [
    403,
    'its own origin without the port',
    (h, b) => head('GET /v1/status', h, b, 'Origin: http://127.0.0.1'),
  ],
  [
    403,
    'two origins',
    (h, b) =>
      head('GET /v1/status', h, b, `Origin: http://${h.slice(6)}`, `Origin: http://${h.slice(6)}`),
  ],
  [403, 'an empty origin', (h, b) => head('GET /v1/status', h, b, 'Origin:')],
  [
    403,
    'a probe from a foreign page',
    (h) => head('GET /healthz', h, 'Origin: https://evil.example'),
  ],
  [
    403,
    'a visit from a foreign page',
    (h) =>
      head('POST /v1/sessions', h, json, 'Origin: https://evil.example', 'Content-Length: 2') +
      '{}',
  ],
  [403, 'the null origin', (h, b) => head('GET /v1/status', h, b, 'Origin: null')],
  [403, 'a preflight', (h) => head('OPTIONS /v1/vouches', h, 'Origin: https://evil.example')],
  [
    403,
    'a cross-site request',
    (h, b) => head('GET /v1/status', h, b, 'Sec-Fetch-Site: cross-site'),
  ],
  [
    403,
    'a request from a sibling site',
    (h, b) => head('GET /v1/status', h, b, 'Sec-Fetch-Site: same-site'),
  ],
  [
    403,
    'two words about the site',
    (h, b) => head('GET /v1/status', h, b, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: none'),
  ],
  [401, 'no token', (h) => head('GET /v1/status', h)],
  [401, 'the token twice', (h, b) => head('GET /v1/status', h, b, b)],
  [
    401,
    'the token in a cookie',
    (h, b) => head('GET /v1/status', h, `Cookie: token=${b.slice(-64)}`),
  ],
  [
    401,
    'the token by another scheme',
    (h, b) => head('GET /v1/status', h, `Authorization: Basic ${b.slice(-64)}`),
  ],
  [401, 'half the token', (h, b) => head('GET /v1/status', h, b.slice(0, -32))],
  [401, 'figures without token', (h) => head('GET /metrics', h)],
  [401, 'events without token', (h) => head('GET /v1/events', h)],
  [401, 'a probe that climbs', (h) => head('GET /livez/../v1/status', h)],
  [401, 'a probe in disguise', (h) => head('GET //livez/v1/status', h)],
  [
    401,
    'a wrong token',
    (h) => head('GET /v1/status', h, `Authorization: Bearer ${'0'.repeat(64)}`),
  ],
  [401, 'the token in the query', (h, b) => head(`GET /v1/status?token=${b.slice(-64)}`, h)],
  [401, 'an unknown path without token', (h) => head('GET /nothing', h)],
  [
    403,
    'vouching with the default token',
    (h, b) => head('POST /v1/vouches', h, b, json, sized) + vouchBody,
  ],
  [
    403,
    'administration with it',
    (h, b) => head('POST /v1/peers', h, b, json, 'Content-Length: 2') + '{}',
  ],
  [403, 'an import with it', (h, b) => head('POST /v1/records/import', h, b, 'Content-Length: 0')],
  [
    415,
    'a form',
    (h, b) => head('POST /v1/observations', h, b, 'Content-Type: text/plain', sized) + vouchBody,
  ],
  [
    415,
    'an encoded form',
    (h, b) =>
      head(
        'POST /v1/observations',
        h,
        b,
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 3',
      ) + 'a=b',
  ],
  [415, 'no type', (h, b) => head('POST /v1/observations', h, b, sized) + vouchBody],
  [
    415,
    'a type that starts like JSON',
    (h, b) =>
      head('POST /v1/observations', h, b, 'Content-Type: application/jsonx', sized) + vouchBody,
  ],
  [
    413,
    'a body that is declared too large',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 262145'),
  ],
  [
    400,
    'a body that is no JSON',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 1') + '{',
  ],
  [
    400,
    'a list for a body',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 2') + '[]',
  ],
  [
    400,
    'a prototype in the body',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 16') + '{"__proto__":{}}',
  ],
  [
    400,
    'an unknown field',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 7') + '{"a":1}',
  ],
  [400, 'a field twice in the query', (h, b) => head(`GET /v1/agents?limit=1&limit=2`, h, b)],
  [
    400,
    'the path said again in the query',
    (h, b) => head(`GET /v1/agents/${BOB}/score?did=${BOB}`, h, b),
  ],
  [400, 'a DID that is none', (h, b) => head('GET /v1/agents/did:web:a/score', h, b)],
  [
    400,
    'two lengths of one body',
    (h, b) =>
      head('POST /v1/observations', h, b, json, 'Content-Length: 1', 'Transfer-Encoding: chunked') +
      '0\r\n\r\n',
  ],
  [
    400,
    'two different lengths',
    (h, b) => head('POST /v1/observations', h, b, json, 'Content-Length: 1', 'Content-Length: 2'),
  ],
  [400, 'a bare line feed', (h, b) => `GET /v1/status HTTP/1.1\n${h}\n${b}\nX: y\n z\n\n`],
  [400, 'a header with a zero byte', (h, b) => head('GET /v1/status', h, b, 'X: a\u0000b')],
  [431, 'a head without end', (h, b) => head('GET /v1/status', h, b, `X: ${'a'.repeat(20_000)}`)],
  [413, 'a GET with a body', (h, b) => head('GET /v1/status', h, b, 'Content-Length: 2') + '{}'],
  [
    413,
    'a GET that says it has a body',
    (h, b) => head('GET /v1/status', h, b, 'Content-Length: 9'),
  ],
  [
    413,
    'a GET with chunks without end',
    (h, b) => head('GET /v1/events', h, b, 'Transfer-Encoding: chunked'),
  ],
  [413, 'a probe with a body', (h) => head('GET /livez', h, 'Content-Length: 9')],
  [413, 'a page with a body', (h) => head('GET /ui/', h, 'Content-Length: 9')],
  [413, 'an unknown path with a body', (h, b) => head('GET /nothing', h, b, 'Content-Length: 9')],
  [
    404,
    'a body to an unknown path',
    (h, b) => head('POST /nothing', h, b, json, 'Content-Length: 9'),
  ],
  [404, 'a path that climbs', (h, b) => head('GET /v1/../../etc/passwd', h, b)],
  [404, 'a path that climbs in disguise', (h, b) => head('GET /v1/%2e%2e/%2e%2e/etc/passwd', h, b)],
  [404, 'HEAD', (h, b) => head('HEAD /v1/status', h, b)],
  [
    404,
    'a method named in a header',
    (h, b) => head('GET /v1/pins/x', h, b, 'X-HTTP-Method-Override: DELETE'),
  ],
  [404, 'another method', (h, b) => head('GET /v1/vouches/x/revoke', h, b)],
  [404, 'a method of the past', (h, b) => head('TRACE /v1/status', h, b)],
]

export const HOSTILE_REQUESTS: readonly HostileRequest[] = cases.map(([status, what, text]) => ({
  status,
  what,
  text,
}))
