import { describe, expect, test } from 'vitest'
import { RIGHTS } from '../../src/api/contract.ts'
import { judgeHead, SOCKET_HOST, type Door } from '../../src/api/gate.ts'
import { Token } from '../../src/api/token.ts'

const TOKEN = 'ab'.repeat(32)
const PORT = 7470
const HOST = `127.0.0.1:${PORT}`

const tcp: Door = {
  via: 'tcp',
  authorities: new Set([HOST, `localhost:${PORT}`, `[::1]:${PORT}`]),
  token: new Token(TOKEN),
  rights: new Set(['read']),
}
const socket: Door = {
  via: 'socket',
  authorities: new Set([SOCKET_HOST, 'localhost']),
  token: undefined,
  rights: new Set(RIGHTS),
}

type Header = readonly [string, string]
const bearer: Header = ['Authorization', `Bearer ${TOKEN}`]
const host: Header = ['Host', HOST]

function codeOf(door: Door, headers: readonly Header[], target = '/v1/status'): string {
  const passage = judgeHead({ target, rawHeaders: headers.flat() }, door)
  return passage.pass ? 'passes' : passage.fault.code
}

describe('the TCP door', () => {
  test.each<[string, readonly Header[]]>([
    ['its address', [host, bearer]],
    ['localhost', [['host', `LOCALHOST:${PORT}`], bearer]],
    ['the loopback of IPv6', [['Host', `[::1]:${PORT}`], bearer]],
    ['its own origin', [host, bearer, ['Origin', `http://${HOST}`]]],
    ['a typed address', [host, bearer, ['Sec-Fetch-Site', 'none']]],
    ['its own page', [host, bearer, ['Sec-Fetch-Site', 'same-origin']]],
  ])('lets in a request that shows %s and the token', (_what, headers) => {
    expect(codeOf(tcp, headers)).toBe('passes')
  })

  test.each<[string, readonly Header[]]>([
    ['no Host', [bearer]],
    ['a rebound name', [['Host', `evil.example:${PORT}`], bearer]],
    ['a name that resolves to us', [['Host', `127.0.0.1.nip.io:${PORT}`], bearer]],
    ['no port', [['Host', '127.0.0.1'], bearer]],
    ['another port', [['Host', '127.0.0.1:80'], bearer]],
    ['the wildcard address', [['Host', `0.0.0.0:${PORT}`], bearer]],
    ['another spelling of the address', [['Host', `127.1:${PORT}`], bearer]],
    ['a trailing dot', [['Host', `localhost.:${PORT}`], bearer]],
    ['credentials before the name', [['Host', `x@127.0.0.1:${PORT}`], bearer]],
    ['two Hosts, ours first', [host, ['Host', 'evil.example'], bearer]],
    ['two Hosts, ours last', [['Host', 'evil.example'], host, bearer]],
    ['the same Host twice', [host, ['HOST', HOST], bearer]],
    ['the name of the socket', [['Host', SOCKET_HOST], bearer]],
    ['an empty Host', [['Host', ''], bearer]],
  ])('refuses %s', (_what, headers) => {
    expect(codeOf(tcp, headers)).toBe('api/host-refused')
  })

  test.each(['http://127.0.0.1:7470/v1/status', 'http://evil.example/v1/status', '*', '', 'v1'])(
    'refuses the target "%s"',
    (target) => {
      expect(codeOf(tcp, [host, bearer], target)).toBe('api/target-invalid')
    },
  )

  test.each([
    'https://evil.example',
    'null',
    `http://evil.example:${PORT}`,
    `https://${HOST}`,
    `http://localhost:${PORT}`,
    'http://127.0.0.1',
    '',
    `http://${HOST}, https://evil.example`,
  ])('refuses the origin "%s"', (origin) => {
    expect(codeOf(tcp, [host, bearer, ['Origin', origin]])).toBe('api/origin-refused')
  })

  test('refuses two origins, even two of its own', () => {
    const own: Header = ['Origin', `http://${HOST}`]
    expect(codeOf(tcp, [host, bearer, own, own])).toBe('api/origin-refused')
  })

  test.each(['cross-site', 'same-site', '', 'none, cross-site'])(
    'refuses Sec-Fetch-Site "%s"',
    (site) => {
      expect(codeOf(tcp, [host, bearer, ['Sec-Fetch-Site', site]])).toBe('api/cross-site')
    },
  )

  test.each<[string, readonly Header[]]>([
    ['no token', [host]],
    ['another token', [host, ['Authorization', `Bearer ${'cd'.repeat(32)}`]]],
    ['a token that is cut', [host, ['Authorization', `Bearer ${TOKEN.slice(0, -1)}`]]],
    ['a token that goes on', [host, ['Authorization', `Bearer ${TOKEN}0`]]],
    ['another scheme', [host, ['Authorization', `Basic ${TOKEN}`]]],
    ['the bare token', [host, ['Authorization', TOKEN]]],
    ['two tokens', [host, bearer, bearer]],
    ['the token in a cookie', [host, ['Cookie', `token=${TOKEN}`]]],
  ])('refuses %s', (_what, headers) => {
    expect(codeOf(tcp, headers)).toBe('api/token-needed')
  })

  test('asks for the token only after Host and Origin, so a page learns nothing from the answer', () => {
    expect(codeOf(tcp, [['Host', 'evil.example']])).toBe('api/host-refused')
    expect(codeOf(tcp, [host, ['Origin', 'null']])).toBe('api/origin-refused')
    expect(codeOf(tcp, [host, ['Sec-Fetch-Site', 'cross-site']])).toBe('api/cross-site')
  })

  test('answers probes without a token, and gives no right with it', () => {
    for (const target of ['/livez', '/readyz', '/healthz', '/livez?x=1']) {
      const passage = judgeHead({ target, rawHeaders: [...host] }, tcp)
      expect(passage).toEqual({ pass: true, rights: new Set(), bearer: 'nobody' })
    }
    expect(codeOf(tcp, [host], '/livez/../v1/status')).toBe('api/token-needed')
    expect(codeOf(tcp, [['Host', 'evil.example']], '/livez')).toBe('api/host-refused')
  })
})

describe('the socket door', () => {
  test('asks for no token and gives every right', () => {
    const passage = judgeHead({ target: '/v1/status', rawHeaders: ['Host', SOCKET_HOST] }, socket)
    expect(passage).toEqual({ pass: true, rights: new Set(RIGHTS), bearer: 'socket' })
  })

  test.each<[string, Header]>([
    ['any Origin', ['Origin', `http://${SOCKET_HOST}`]],
    ['any Referer', ['Referer', 'http://localhost/']],
    ['what only browsers send', ['Sec-Fetch-Site', 'same-origin']],
  ])('refuses %s', (_what, header) => {
    expect(codeOf(socket, [['Host', SOCKET_HOST], header])).toBe('api/origin-refused')
  })

  test('refuses other names', () => {
    expect(codeOf(socket, [['Host', 'evil.example']])).toBe('api/host-refused')
  })
})
