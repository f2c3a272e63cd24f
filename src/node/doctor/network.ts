/** What the doctor finds of the network: whom this node reaches, and who can reach it. */
import { TARGET_PEER_COUNT } from '../../p2p/limits.ts'
import type { Host } from '../../p2p/host.ts'
import type { PartName } from '../../p2p/transports/plan.ts'
import type { Reachability } from '../../p2p/transports/reach.ts'
import type { Aloneness } from './alone.ts'
import { fail, ok, skipped, warn, type Check } from './check.ts'

export interface NetworkState {
  readonly host: Pick<Host, 'parts' | 'listening' | 'addresses' | 'reach'>
  readonly preset: 'local' | 'public'
  readonly profile: 'edge' | 'server' | 'test'
  readonly connectedCount: number
  readonly knownCount: number
  /** `undefined` in company. */
  readonly alone: Aloneness | undefined
  readonly dht: { readonly mode: 'client' | 'server'; readonly peerCount: number }
}

const NAME: Readonly<Record<PartName, string>> = {
  tcp: 'tcp',
  webSocket: 'websocket',
  quic: 'quic',
  relayClient: 'relay client',
  relayServer: 'relay server',
  holePunching: 'hole punching',
  autonat: 'autonat',
  upnp: 'upnp',
  mdns: 'mdns',
  preSharedKey: 'pre-shared key',
}

export function networkChecks(state: NetworkState): readonly Check[] {
  const reach = state.host.reach()
  return [
    listening(state),
    ...state.host.parts.map(({ name, isOn, reason }) =>
      isOn
        ? ok(`transport ${NAME[name]}`, `loaded: ${reason}`)
        : skipped(`transport ${NAME[name]}`, `not loaded: ${reason}`),
    ),
    peers(state),
    reachable(state, reach),
    mapping(state, reach),
    relays(state, reach),
    punching(state, reach),
    directory(state),
  ]
}

function isLoaded({ host }: NetworkState, part: PartName): boolean {
  return host.parts.some(({ name, isOn }) => name === part && isOn)
}

function listening({ host }: NetworkState): Check {
  const addresses = host.listening()
  return addresses.length > 0
    ? ok('listening', addresses.join(' '))
    : warn('listening', 'nowhere: this node only dials', 'Set listen if others should reach it.')
}

function peers({ connectedCount, knownCount, alone, profile }: NetworkState): Check {
  const found = `${connectedCount} connected, ${knownCount} known`
  if (alone !== undefined) {
    return fail('peers', `${found}. ${alone.found.replace(/\.$/, '')}`, alone.hint)
  }
  return connectedCount * 4 < Math.min(knownCount, TARGET_PEER_COUNT[profile])
    ? warn('peers', found, 'Few of those it knows answer: is the way out blocked?')
    : ok('peers', found)
}

function reachable(state: NetworkState, { addresses }: Reachability): Check {
  const name = 'reachability'
  if (state.preset === 'local') return skipped(name, 'the network is local')
  const direct = addresses.filter(({ isPublic, isRelayed }) => isPublic && !isRelayed)
  const verified = direct.filter(({ isVerified }) => isVerified)
  if (verified.length > 0) {
    const how = verified.some(({ origin }) => origin !== 'announce')
      ? 'peers dialled it back'
      : 'announced, which nobody checked'
    return ok(name, `${how}: ${verified.map(({ address }) => address).join(' ')}`)
  }
  const asked =
    direct.length === 0
      ? 'no public address is known'
      : `no peer reached it yet at ${direct.map(({ address }) => address).join(' ')}`
  const isRelayed = addresses.some((one) => one.isRelayed)
  const hint =
    'Have the router forward the port and set announce, or leave it so: a node that only dials is a whole one.'
  return state.profile === 'server'
    ? fail(name, asked, hint)
    : warn(name, isRelayed ? `${asked}; through a relay alone` : asked, hint)
}

function mapping(state: NetworkState, { addresses }: Reachability): Check {
  if (!isLoaded(state, 'upnp')) return skipped('port mapping', 'UPnP is not loaded')
  const mapped = addresses.filter(({ origin }) => origin === 'ip-mapping')
  return mapped.length > 0
    ? ok('port mapping', mapped.map(({ address }) => address).join(' '))
    : warn(
        'port mapping',
        'no router gave a port by UPnP',
        'Switch UPnP on in the router, forward the port by hand, or set transports.upnp to false.',
      )
}

function relays(state: NetworkState, { relays: held, reservationCount }: Reachability): Check {
  if (isLoaded(state, 'relayServer')) {
    return ok('relay', `holds ${reservationCount} places for others`)
  }
  if (!isLoaded(state, 'relayClient')) return skipped('relay', 'relays are not loaded')
  return held.length > 0
    ? ok('relay', `has a place at ${held.join(' ')}`)
    : skipped('relay', 'has no place at a relay; it looks for one while nobody can dial it')
}

function punching(state: NetworkState, { relayedCount, punchedCount }: Reachability): Check {
  if (!isLoaded(state, 'holePunching')) return skipped('direct ways', 'hole punching is not loaded')
  return ok('direct ways', `${relayedCount} relayed now, ${punchedCount} became direct`)
}

function directory({ dht, preset, profile }: NetworkState): Check {
  const found = `${dht.mode}, ${dht.peerCount} peers in its table`
  return dht.mode === 'client' && (preset === 'local' || profile === 'server')
    ? warn('dht', found, 'This node should serve the DHT and does not: look at reachability.')
    : ok('dht', found)
}
