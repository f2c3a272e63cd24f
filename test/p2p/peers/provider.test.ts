import { expect, test } from 'vitest'
import { providerOf } from '../../../src/p2p/peers/provider.ts'

test.each([
  ['/ip4/8.8.8.8/tcp/1', '8.8'],
  ['/ip4/8.8.9.9/udp/1/quic-v1', '8.8'],
  ['/ip4/8.9.8.8/tcp/1/ws', '8.9'],
  ['/ip6/2001:db8::1/tcp/1', '2001:db8'],
  ['/ip6/2001:0db8:1::1/tcp/1', '2001:db8'],
  ['/ip6/2001:db9::1/tcp/1', '2001:db9'],
  ['/ip6/::ffff:8.8.8.8/tcp/1', '8.8'],
  ['/dns4/example.org/tcp/1', undefined],
  ['no address', undefined],
])('%s is of the provider %s', (address, provider) => {
  expect(providerOf(address)).toBe(provider)
})

test('a relayed address lies where its relay does', () => {
  const relay = '12D3KooWAUnwpDkAvAqBQGnzz9f8k44CrDjvZDVG58jW9RQbEVPz'
  expect(providerOf(`/ip4/8.8.8.8/tcp/1/p2p/${relay}/p2p-circuit/p2p/${relay}`)).toBe('8.8')
})
