import { describe, expect, test } from 'vitest'
import { portableSigner } from '../../../src/crypto/ed25519.ts'
import { didOf } from '../../../src/identity/did.ts'
import { NetworkError } from '../../../src/p2p/error.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { encodeInvite, parseInvite } from '../../../src/p2p/peers/invite.ts'

const key = portableSigner(new Uint8Array(32).fill(1)).publicKey
const did = didOf(key)
const peerId = peerIdOfKey(key)
const sound = { address: `/ip4/203.0.113.7/tcp/4001/p2p/${peerId}`, did, network: 'main' }

const faultOf = (text: string): string => {
  try {
    parseInvite(text)
  } catch (thrown) {
    if (thrown instanceof NetworkError) return thrown.fault.code
  }
  return 'none'
}

describe('an invite', () => {
  test('says where, who and on which network, and reads back', () => {
    const text = encodeInvite(sound)
    expect(text).toBe(`aip-node:/ip4/203.0.113.7/tcp/4001/p2p/${peerId}?did=${did}&network=main`)
    expect(parseInvite(text)).toEqual(sound)
    for (const host of ['/dns4/node.example.org', '/ip6/2001:db8::1']) {
      const other = { ...sound, address: `${host}/tcp/1/p2p/${peerId}` }
      expect(parseInvite(encodeInvite(other))).toEqual(other)
    }
  })

  test.each([
    ['no scheme', encodeInvite(sound).slice('aip-node:'.length)],
    ['no DID', `aip-node:${sound.address}?network=main`],
    ['fields in another order', `aip-node:${sound.address}?network=main&did=${did}`],
    ['something after the end', `${encodeInvite(sound)}&x=1`],
    ['a line break', `${encodeInvite(sound)}\n`],
    ['another method’s DID', encodeInvite({ ...sound, network: 'main', did: 'did:aip:Zz' })],
    ['a network’s name that is none', encodeInvite({ ...sound, network: 'Main' })],
    ['no peer id', encodeInvite({ ...sound, address: '/ip4/203.0.113.7/tcp/4001' })],
    [
      'the id of another kind of key',
      encodeInvite({
        ...sound,
        address: '/ip4/203.0.113.7/tcp/4001/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      }),
    ],
    ['no end', `aip-node:${'/ip4'.repeat(200)}`],
  ])('with %s is refused', (_, text) => {
    expect(faultOf(text)).toBe('p2p/invite-invalid')
  })

  test.each(['/ip4/203.0.113.7/udp/4001', '/ip4/999.1.1.1/tcp/1', '/ip4/203.0.113.7/tcp/99999'])(
    'to %s is refused for its address',
    (address) => {
      expect(faultOf(encodeInvite({ ...sound, address: `${address}/p2p/${peerId}` }))).toBe(
        'p2p/address-invalid',
      )
    },
  )
})
