import { describe, expect, test } from 'vitest'
import type { PlanInput } from '../../../src/p2p/transports/plan.ts'
import { planTransports, TRANSPORT_SWITCHES } from '../../../src/p2p/transports/plan.ts'

const base: PlanInput = {
  preset: 'public',
  profile: 'edge',
  named: [],
  switches: TRANSPORT_SWITCHES,
  hasPreSharedKey: false,
}
const onOf = (input: Partial<PlanInput>): string[] =>
  Object.entries(planTransports({ ...base, ...input }))
    .filter(([, { isOn }]) => isOn)
    .map(([name]) => name)
const PEER = '12D3KooWAUnwpDkAvAqBQGnzz9f8k44CrDjvZDVG58jW9RQbEVPz'

describe('which transports there are to be', () => {
  test.each<[string, Partial<PlanInput>, readonly string[]]>([
    ['an edge', {}, ['quic', 'relayClient', 'holePunching', 'autonat', 'upnp']],
    [
      'a server',
      { profile: 'server' },
      ['quic', 'relayClient', 'relayServer', 'holePunching', 'autonat', 'upnp'],
    ],
    ['an edge of one LAN', { preset: 'local' }, ['quic', 'mdns']],
    ['a test', { profile: 'test' }, []],
    ['a test on one machine', { profile: 'test', preset: 'local' }, []],
    [
      'a private mesh',
      { hasPreSharedKey: true },
      ['relayClient', 'holePunching', 'autonat', 'preSharedKey'],
    ],
    [
      'what names a WebSocket',
      { profile: 'test', named: ['/ip4/8.8.8.8/tcp/1/ws'] },
      ['webSocket'],
    ],
    ['what names TLS', { profile: 'test', named: ['/dns4/a.example/tcp/1/tls/ws'] }, ['webSocket']],
    ['what names QUIC', { profile: 'test', named: ['/ip4/8.8.8.8/udp/1/quic-v1'] }, ['quic']],
    [
      'what names a relay',
      { profile: 'test', named: [`/ip4/8.8.8.8/tcp/1/p2p/${PEER}/p2p-circuit/p2p/${PEER}`] },
      ['relayClient'],
    ],
  ])('%s', (_, input, parts) => {
    expect(onOf(input)).toEqual(['tcp', ...parts])
  })

  test.each([
    ['quic', ['relayClient', 'holePunching', 'autonat', 'upnp']],
    ['relay', ['quic', 'autonat', 'upnp']],
    ['upnp', ['quic', 'relayClient', 'holePunching', 'autonat']],
  ] as const)('the switch %s takes away its own alone', (name, left) => {
    expect(onOf({ switches: { ...TRANSPORT_SWITCHES, [name]: false } })).toEqual(['tcp', ...left])
  })

  test('the switches of mDNS and WebSocket work on one LAN', () => {
    const local = { preset: 'local' } as const
    expect(onOf({ ...local, switches: { ...TRANSPORT_SWITCHES, mdns: false } })).not.toContain(
      'mdns',
    )
    const webSocket = { ...TRANSPORT_SWITCHES, webSocket: true }
    expect(onOf({ ...local, switches: webSocket })).toContain('webSocket')
  })

  test('every part says why it is there or not', () => {
    for (const { reason } of Object.values(planTransports(base))) expect(reason).not.toBe('')
  })
})
