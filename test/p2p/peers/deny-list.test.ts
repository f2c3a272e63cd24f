import { describe, expect, test } from 'vitest'
import { portableSigner } from '../../../src/crypto/ed25519.ts'
import { didOf } from '../../../src/identity/did.ts'
import { NetworkError } from '../../../src/p2p/error.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { DENIED_LIMIT, DenyList, parseDenied } from '../../../src/p2p/peers/deny-list.ts'
import type { Denied } from '../../../src/p2p/peers/deny-list.ts'

const key = portableSigner(new Uint8Array(32).fill(1)).publicKey
const did = didOf(key)
const peerId = peerIdOfKey(key)
const made = (text: string): Denied => ({ ...parseDenied(text), sinceMs: 7, isConfigured: false })

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (thrown) {
    if (thrown instanceof NetworkError) return thrown.fault.code
  }
  return 'none'
}

describe('an entry of the deny list', () => {
  test.each([
    [peerId, 'peer', peerId],
    [did, 'agent', did],
    ['198.51.100.0/24', 'range', '198.51.100.0/24'],
    ['198.51.100.7', 'range', '198.51.100.7/32'],
    ['2001:DB8::/32', 'range', '2001:db8::/32'],
    ['2001:db8::1', 'range', '2001:db8::1/128'],
    ['0.0.0.0/1', 'range', '0.0.0.0/1'],
    ['::1/128', 'range', '::1/128'],
  ])('%s is a %s', (text, kind, subject) => {
    expect(parseDenied(text)).toEqual({ kind, subject })
  })

  test.each([
    '',
    '198.51.100.0/0',
    '198.51.100.0/33',
    '2001:db8::/129',
    '198.51.100/24',
    '198.51.100.0/24/1',
    '198.51.100.0/024',
    'fe80::1%eth0',
    'example.org',
    `${peerId}x`,
    'did:aip:zz',
    'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    'x'.repeat(1_000),
  ])('%j is none', (text) => {
    expect(codeOf(() => parseDenied(text))).toBe('p2p/deny-invalid')
  })
})

describe('the deny list', () => {
  test('keeps a peer out until it is taken off', () => {
    const list = new DenyList()
    list.add(made(peerId))
    expect(list.deniesPeer(peerId)).toBe(true)
    expect(list.remove(peerId)).toBe(true)
    expect(list.deniesPeer(peerId)).toBe(false)
    expect(list.remove(peerId)).toBe(false)
  })

  test('keeps a range out to its last address, in every spelling', () => {
    const list = new DenyList(['198.51.100.0/24', '2001:db8::/32'])
    expect(
      ['198.51.100.0', '198.51.100.255', '::ffff:198.51.100.9'].map((ip) => list.deniesIp(ip)),
    ).toEqual([true, true, true])
    expect(['198.51.99.255', '198.51.101.0'].map((ip) => list.deniesIp(ip))).toEqual([false, false])
    expect(list.deniesIp('2001:db8:ffff::1')).toBe(true)
    expect(list.deniesIp('2001:db9::1')).toBe(false)
    expect(list.deniesIp('no address')).toBe(false)
  })

  test('keeps an agent out under each key it comes to have', () => {
    const list = new DenyList()
    expect(list.agentHas(did, 'before')).toBe(false)
    list.add(made(did))
    expect(list.deniesAgent(did)).toBe(true)
    expect(list.agentHas(did, 'first')).toBe(true)
    expect(list.agentHas(did, 'first')).toBe(false)
    list.agentHas(did, 'second')
    expect(['first', 'second', 'before'].map((id) => list.deniesPeer(id))).toEqual([
      true,
      true,
      false,
    ])
    list.remove(did)
    expect(list.deniesPeer('first')).toBe(false)
  })

  test('does not let go of what the configuration names', () => {
    const list = new DenyList([did, '198.51.100.7'])
    expect(list.remove(did)).toBe(false)
    expect(list.add(made(did)).isConfigured).toBe(true)
    expect(list.entries.map(({ subject }) => subject)).toEqual([did, '198.51.100.7/32'])
  })

  test('is full at its limit, and what is there may be named again', () => {
    const list = new DenyList(['9.9.9.9'])
    for (let n = 0; n < DENIED_LIMIT; n++) list.add(made(`10.0.${n >> 8}.${n % 256}`))
    expect(codeOf(() => list.add(made('10.0.0.0')))).toBe('none')
    expect(codeOf(() => list.add(made('11.0.0.0')))).toBe('p2p/deny-full')
    list.remove('10.0.0.0/32')
    expect(codeOf(() => list.add(made('11.0.0.0')))).toBe('none')
  })
})
