import { describe, expect, test } from 'vitest'
import { signDocument, type DocumentContent } from '../../src/identity/document.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { signedEndpoint, signedEndpoints } from '../../src/node/signed-endpoints.ts'
import { peerIdOfKey } from '../../src/p2p/peer-id.ts'
import { EXPIRES_AT_MS, keyNamed, NETWORK, publicKeyOf, verifier } from '../support/identity.ts'

const peerId = peerIdOfKey(publicKeyOf('alice'))
const other = peerIdOfKey(publicKeyOf('mallory'))
const at = (endpoint: string, type = 'AipNode', id = 'node-1') => ({ id, type, endpoint })

function saying(services: DocumentContent['services']): IdentityState {
  const signer = keyNamed('alice')
  const { log } = incept({ genesis: signer, verifier })
  const content: DocumentContent = services === undefined ? {} : { services }
  const signed = { log, sequence: 1, expiresAtMs: EXPIRES_AT_MS, content, signer }
  return IdentityState.of(log, signDocument({ ...signed, network: NETWORK }))
}

const sound = `multiaddr:/ip4/8.8.8.8/tcp/1/p2p/${peerId}`

describe('where an agent says that its node is', () => {
  test('is every address that leads to the peer of its key', () => {
    const services = [
      at(sound),
      at(`multiaddr:/ip4/8.8.8.8/udp/1/quic-v1/p2p/${peerId}`, 'AipNode', 'node-2'),
      at(`multiaddr:/ip4/8.8.8.8/tcp/1/p2p/${other}/p2p-circuit/p2p/${peerId}`, 'AipNode', 'n3'),
    ]
    const state = saying(services)
    expect(signedEndpoint(state, EXPIRES_AT_MS - 1)).toEqual({
      peerId,
      did: state.did,
      addresses: services.map(({ endpoint }) => endpoint.slice('multiaddr:'.length)),
    })
  })

  test.each([
    ['somebody else’s peer', at(`multiaddr:/ip4/8.8.8.8/tcp/1/p2p/${other}`)],
    ['no peer', at('multiaddr:/ip4/8.8.8.8/tcp/1')],
    ['a relay, and not itself behind it', at(`${sound}/p2p-circuit`)],
    ['itself as the relay of another', at(`${sound}/p2p-circuit/p2p/${other}`)],
    ['a transport that nobody knows', at(`multiaddr:/ip4/8.8.8.8/tcp/1/utp/p2p/${peerId}`)],
    ['a service of another type', at(sound, 'AgentCard')],
    ['a web address', at('https://alice.example')],
  ])('is nowhere when it names %s', (_, service) => {
    expect(signedEndpoint(saying([service]), 0)).toBeUndefined()
  })

  test('is nowhere without a document, without services, and when the document has ended', () => {
    const signer = keyNamed('alice')
    expect(
      signedEndpoint(IdentityState.of(incept({ genesis: signer, verifier }).log), 0),
    ).toBeUndefined()
    expect(signedEndpoint(saying(undefined), 0)).toBeUndefined()
    expect(signedEndpoint(saying([at(sound)]), EXPIRES_AT_MS)).toBeUndefined()
  })

  test('is told once of each agent, in the order given', () => {
    const state = saying([at(sound)])
    expect([...signedEndpoints([state, state], () => 0)]).toHaveLength(1)
  })
})
