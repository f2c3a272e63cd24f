import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import * as fc from 'fast-check'
import { parseDictionary, type InnerList } from 'structured-headers'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { RequestNonces } from '../../src/node/use/http-signing.ts'
import { signatureBase } from '../../src/signing/base.ts'
import { contentDigest, fitsDigest } from '../../src/signing/content-digest.ts'
import type { HttpRequest } from '../../src/signing/message.ts'
import { readRequest, signRequest } from '../../src/signing/profile.ts'

/** RFC 9421, appendix B.2: the request of its examples. */
const EXAMPLE: HttpRequest = {
  method: 'POST',
  url: 'https://example.com/foo?param=Value&Pet=dog',
  headers: [
    ['Host', 'example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
    ['Content-Type', 'application/json'],
    [
      'Content-Digest',
      'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
    ],
    ['Content-Length', '18'],
  ],
}

function inputOf(text: string): InnerList {
  return parseDictionary(`sig=${text}`).get('sig') as InnerList
}

function authorityOf(url: string): string | undefined {
  const request = { method: 'GET', url, headers: [] }
  return signatureBase(request, inputOf('("@authority")')).split('\n')[0]
}

describe('RFC 9421, appendix B.2', () => {
  test('B.2.6: the base, and the signature of the key in B.1.4', () => {
    const input =
      '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
    const base = signatureBase(EXAMPLE, inputOf(input))
    expect(base).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        `"@signature-params": ${input}`,
      ].join('\n'),
    )
    const key = createPrivateKey({
      key: 'MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF',
      format: 'der',
      type: 'pkcs8',
      encoding: 'base64',
    })
    const signature =
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=='
    expect(sign(null, Buffer.from(base), key).toString('base64')).toBe(signature)
    expect(
      verify(null, Buffer.from(base), createPublicKey(key), Buffer.from(signature, 'base64')),
    ).toBe(true)
  })

  test.each([
    [
      'B.2.1, nothing covered',
      '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
      [],
    ],
    [
      'B.2.3, everything that can be',
      '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@query": ?param=Value&Pet=dog',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
        '"content-length": 18',
      ],
    ],
    [
      'B.2.5, by a shared secret',
      '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@authority": example.com',
        '"content-type": application/json',
      ],
    ],
  ])('%s: the base', (_what, input, lines) => {
    const expected = [...lines, `"@signature-params": ${input}`].join('\n')
    expect(signatureBase(EXAMPLE, inputOf(input))).toBe(expected)
  })

  test.each([
    ['section 2.2.1', '@method', 'POST'],
    ['section 2.2.2', '@target-uri', 'https://www.example.com/path?param=value'],
    ['section 2.2.3', '@authority', 'www.example.com'],
    ['section 2.2.4', '@scheme', 'https'],
    ['section 2.2.5', '@request-target', '/path?param=value'],
    ['section 2.2.6', '@path', '/path'],
    ['section 2.2.7', '@query', '?param=value'],
  ])('%s: %s', (_what, name, value) => {
    const request = { method: 'POST', url: 'https://www.example.com/path?param=value', headers: [] }
    const [line] = signatureBase(request, inputOf(`("${name}")`)).split('\n')
    expect(line).toBe(`"${name}": ${value}`)
  })

  test('an authority is lower case and without the port that goes without saying', () => {
    expect(authorityOf('https://WWW.Example.com:443/')).toBe('"@authority": www.example.com')
    expect(authorityOf('http://example.com:8080/')).toBe('"@authority": example.com:8080')
    expect(authorityOf('https://example.com')).toBe('"@authority": example.com')
  })

  test.each([
    '("@status")',
    '("no-such-header")',
    '("@method" "@method")',
    '("date";sf)',
    '("@query-param";name="a")',
  ])('a component that is not known, not there or twice there is refused: %s', (input) => {
    expect(() => signatureBase(EXAMPLE, inputOf(input))).toThrow(RangeError)
  })
})

describe('RFC 9530', () => {
  test('the digest of its example', () => {
    const body = textBytes('{"hello": "world"}')
    const digest = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
    expect(contentDigest(body)).toBe(digest)
    expect(fitsDigest(digest, body)).toBe(true)
    expect(fitsDigest(`sha-512=:AAAA:, ${digest}`, body)).toBe(true)
    for (const other of ['', 'sha-256', 'sha-256=x', 'sha-512=:AAAA:', 'sha-256=:AAAA:', '=:']) {
      expect(fitsDigest(other, body)).toBe(false)
    }
  })
})

const NOW_MS = 1_795_000_000_000
const NOW_S = NOW_MS / 1_000
const DID = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'
const signer = portableSigner(new Uint8Array(32).fill(7))
const body = textBytes('{"task":"review"}')
const POST: HttpRequest = {
  method: 'post',
  url: 'https://peer.example/a2a?task=1',
  headers: [['content-type', 'application/json']],
}
const OPTIONS = { signer, keyId: `${DID}#k0.0`, nowMs: NOW_MS, nonce: 'n'.repeat(24) }

/** A request with the headers that sign it, some of them changed. */
function signed(
  changes: {
    readonly request?: Partial<HttpRequest>
    readonly input?: (text: string) => string
  } = {},
  options: Partial<typeof OPTIONS & { lifeS: number }> = {},
  content: Uint8Array | null = body,
): HttpRequest {
  const made = signRequest(POST, content ?? undefined, { ...OPTIONS, ...options })
  const { input = (text: string) => text } = changes
  const headers = Object.entries({
    ...made,
    'signature-input': input(made['signature-input'] ?? ''),
  })
  return { ...POST, headers: [...POST.headers, ...headers], ...changes.request }
}

/** Signed anew after its parameters were changed, so that only the rule is broken. */
function resigned(input: (text: string) => string): HttpRequest {
  const request = signed({ input })
  const list = parseDictionary(
    request.headers.find(([name]) => name === 'signature-input')?.[1] ?? '',
  ).get('aip') as InnerList
  const signature = signer.sign(textBytes(signatureBase(request, list)))
  const text = `aip=:${Buffer.from(signature).toString('base64')}:`
  return {
    ...request,
    headers: request.headers.map(([name, value]) => [name, name === 'signature' ? text : value]),
  }
}

function relabelled(): HttpRequest {
  const headers = signed().headers.map(
    ([name, value]) => [name, value.replace(/^aip=/, 'sig1=')] as const,
  )
  return { ...POST, headers }
}

describe('the profile', () => {
  test('reads what it signs, and the signature is by the key', () => {
    const read = readRequest(signed(), body, NOW_MS)
    expect(read).toMatchObject({ did: DID, keyId: `${DID}#k0.0`, nonce: OPTIONS.nonce })
    if (typeof read === 'string') throw new Error(read)
    expect(portableVerifier.verifyNow({ ...read.check, publicKey: signer.publicKey })).toBe(true)
    expect(signed().headers.find(([name]) => name === 'signature-input')?.[1]).toBe(
      `aip=("@method" "@authority" "@path" "@query" "content-digest");created=${NOW_S};expires=${NOW_S + 60};nonce="${OPTIONS.nonce}";keyid="${DID}#k0.0";alg="ed25519";tag="aip-node"`,
    )
  })

  test.each<[string, HttpRequest, Uint8Array | undefined, string]>([
    ['no signature', POST, body, 'missing'],
    ['a signature of another label', relabelled(), body, 'missing'],
    ['an input that is none', signed({ input: () => 'aip=(' }), body, 'malformed'],
    ['an input that is no list', signed({ input: () => 'aip=1' }), body, 'malformed'],
    ['no query covered', resigned((text) => text.replace(' "@query"', '')), body, 'not-covered'],
    ['no method covered', resigned((text) => text.replace('"@method" ', '')), body, 'not-covered'],
    [
      'no authority covered',
      resigned((text) => text.replace(' "@authority"', '')),
      body,
      'not-covered',
    ],
    ['no path covered', resigned((text) => text.replace(' "@path"', '')), body, 'not-covered'],
    [
      'no digest covered',
      resigned((text) => text.replace(' "content-digest"', '')),
      body,
      'no-digest',
    ],
    ['a body without a digest', signed({}, {}, null), body, 'no-digest'],
    ['another body', signed(), textBytes('{"task":"pay"}'), 'other-body'],
    ['a digest and no body', signed(), undefined, 'other-body'],
    [
      'another algorithm',
      resigned((text) => text.replace('"ed25519"', '"hmac-sha256"')),
      body,
      'wrong-profile',
    ],
    [
      'another tag',
      resigned((text) => text.replace('"aip-node"', '"web-bot-auth"')),
      body,
      'wrong-profile',
    ],
    ['no tag', resigned((text) => text.replace(';tag="aip-node"', '')), body, 'wrong-profile'],
    ['a parameter more', resigned((text) => `${text};x=1`), body, 'wrong-profile'],
    [
      'a key that is none of an agent',
      resigned((text) => text.replace(`${DID}#k0.0`, 'https://evil.example')),
      body,
      'malformed',
    ],
    [
      'a time that is none',
      resigned((text) => text.replace(`created=${NOW_S}`, 'created="now"')),
      body,
      'malformed',
    ],
    ['a short nonce', signed({}, { nonce: 'n'.repeat(15) }), body, 'nonce'],
    ['a long nonce', signed({}, { nonce: 'n'.repeat(65) }), body, 'nonce'],
    [
      'a clock that is ahead by more than a minute',
      signed({}, { nowMs: NOW_MS + 61_000 }),
      body,
      'not-yet',
    ],
    ['an end more than a minute ago', signed({}, { nowMs: NOW_MS - 121_000 }), body, 'expired'],
    ['a long life', signed({}, { lifeS: 301 }), body, 'too-long'],
    ['an end before the beginning', signed({}, { lifeS: -1 }), body, 'too-long'],
    ['nothing wrong', signed(), body, 'ok'],
    [
      'a component twice',
      signed({ input: (text) => text.replace('"@path"', '"@path" "@path"') }),
      body,
      'malformed',
    ],
  ])('%s', (_what, request, content, problem) => {
    const read = readRequest(request, content, NOW_MS)
    expect(typeof read === 'string' ? read : 'ok').toBe(problem)
  })

  test.each<[string, Partial<typeof OPTIONS & { lifeS: number }>]>([
    ['a clock that is ahead by a minute', { nowMs: NOW_MS + 60_000 }],
    ['an end a minute ago', { nowMs: NOW_MS - 120_000 }],
    ['a life of five minutes', { lifeS: 300 }],
    ['the shortest nonce', { nonce: 'n'.repeat(16) }],
    ['the longest nonce', { nonce: 'n'.repeat(64) }],
  ])('%s is taken', (_what, options) => {
    expect(typeof readRequest(signed({}, options), body, NOW_MS)).toBe('object')
  })

  test.each<[string, Partial<HttpRequest>]>([
    ['method', { method: 'PUT' }],
    ['host', { url: 'https://evil.example/a2a?task=1' }],
    ['port', { url: 'https://peer.example:8443/a2a?task=1' }],
    ['path', { url: 'https://peer.example/a2b?task=1' }],
    ['query', { url: 'https://peer.example/a2a?task=2' }],
  ])('another %s is not what was signed', (_what, request) => {
    const read = readRequest(signed({ request }), body, NOW_MS)
    if (typeof read === 'string') throw new Error(read)
    expect(portableVerifier.verifyNow({ ...read.check, publicKey: signer.publicKey })).toBe(false)
  })

  test('takes any headers without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.option(fc.uint8Array()), (input, value, content) => {
        const headers: [string, string][] = [
          ['signature-input', input],
          ['signature', value],
        ]
        const read = readRequest({ ...POST, headers }, content ?? undefined, NOW_MS)
        expect(['string', 'object']).toContain(typeof read)
      }),
    )
  })
})

describe('nonces', () => {
  test('are good once, until their signature has ended, and bounded', () => {
    const nonces = new RequestNonces(2)
    expect(nonces.take('a', 100, 10)).toBe('fresh')
    expect(nonces.take('a', 100, 100)).toBe('replayed')
    expect(nonces.take('b', 200, 10)).toBe('fresh')
    expect(nonces.take('c', 200, 100)).toBe('busy')
    expect(nonces.take('c', 200, 101)).toBe('fresh')
    expect(nonces.take('b', 200, 150)).toBe('replayed')
  })
})
