import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, equalBytes, textBytes } from '../../src/base/bytes.ts'
import { globalMessage, NETWORK_NAME, networkMessage } from '../../src/crypto/domain.ts'
import type { GlobalDomain, NetworkDomain } from '../../src/crypto/domain.ts'

/** Every tag, so that a new one does not compile until it is in the pairwise test. */
const GLOBAL: Record<GlobalDomain, true> = {
  'aip:key-log:v1': true,
  'aip:text:v1': true,
  'aip:key-commitment:v1': true,
}
const NETWORK: Record<NetworkDomain, true> = {
  'aip:record:v1': true,
  'aip:document:v1': true,
  'aip:challenge:v1': true,
}

const HOSTILE_NETWORKS = [
  'a',
  'ab',
  'local',
  'local-',
  'main',
  'v1',
  '0',
  '-',
  'record',
  'x'.repeat(32),
]

type Message = (payload: Uint8Array) => Uint8Array

const MESSAGES: readonly (readonly [string, Message])[] = [
  ...(Object.keys(GLOBAL) as GlobalDomain[]).map(
    (domain) => [domain, (payload: Uint8Array) => globalMessage(domain, payload)] as const,
  ),
  ...(Object.keys(NETWORK) as NetworkDomain[]).flatMap((domain) =>
    HOSTILE_NETWORKS.map(
      (network) =>
        [
          `${domain} on ${network}`,
          (payload: Uint8Array) => networkMessage(domain, network, payload),
        ] as const,
    ),
  ),
]

function beginsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, beginning.length), beginning)
}

describe('domain separation', () => {
  test('no tag is the beginning of another, with its zero byte', () => {
    for (const [name, message] of MESSAGES) {
      for (const [otherName, other] of MESSAGES) {
        if (name === otherName) continue
        expect(beginsWith(message(new Uint8Array()), other(new Uint8Array())), name).toBe(false)
      }
    }
  })

  test('no payload makes a message of one domain a message of another', () => {
    const tails = MESSAGES.map(([, message]) => message(new Uint8Array()))
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom(...tails), fc.nat(60), fc.uint8Array({ maxLength: 20 }))
        .map(([tail, from, more]) => concatBytes(tail.subarray(from), more)),
    )
    const pick = fc.constantFrom(...MESSAGES)
    fc.assert(
      fc.property(pick, pick, payload, payload, ([name, one], [otherName, other], a, b) => {
        const isSame = name === otherName && equalBytes(a, b)
        expect(equalBytes(one(a), other(b))).toBe(isSame)
        if (name !== otherName) expect(beginsWith(one(a), other(new Uint8Array()))).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })

  test('a message is the tag, a zero byte and the payload', () => {
    const payload = Uint8Array.of(1, 2)
    expect(globalMessage('aip:text:v1', payload)).toEqual(
      concatBytes(textBytes('aip:text:v1\0'), payload),
    )
    expect(networkMessage('aip:record:v1', 'local', payload)).toEqual(
      concatBytes(textBytes('aip:record:v1:local\0'), payload),
    )
  })

  test.each(['', 'x'.repeat(33), 'Local', 'a\0b', 'a:b', 'a b', 'a_b', 'ä', 'a\n', '\0'])(
    'the network name %j is refused',
    (network) => {
      expect(NETWORK_NAME.test(network)).toBe(false)
      expect(() => networkMessage('aip:record:v1', network, new Uint8Array())).toThrow(RangeError)
    },
  )

  test('no message begins as those of the formats beside ours do', () => {
    const foreign = [
      'noise-libp2p-static-key:', // libp2p noise specification
      '"@signature-params"', // RFC 9421 signature base
      '"@', // any component of it
      'eyJ', // JWS signing input
      '\u0011libp2p-peer-record', // signed envelope: length-prefixed domain
      '\u0013libp2p-routing-state',
    ].map(textBytes)
    for (const [name, message] of MESSAGES) {
      for (const start of foreign) expect(beginsWith(message(start), start), name).toBe(false)
    }
  })
})
