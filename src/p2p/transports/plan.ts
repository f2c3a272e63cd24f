/**
 * Which transports and which help against address translation a host loads: decided before anything
 * is, by profile, network and settings, and each with the reason, for `doctor`.
 *
 * What is switched off costs nothing: it is not imported. Decision: docs/adr/0021.
 */
import { parseAddress, relayOf, transportOf } from '../addresses.ts'
import type { Preset } from '../gate.ts'
import type { Profile } from '../limits.ts'

export type PartName =
  | 'tcp'
  | 'webSocket'
  | 'quic'
  | 'relayClient'
  | 'relayServer'
  | 'holePunching'
  | 'autonat'
  | 'upnp'
  | 'mdns'
  | 'preSharedKey'

/** One part: whether it is to be, and why. */
export interface Planned {
  readonly isOn: boolean
  readonly reason: string
}

export type TransportPlan = Readonly<Record<PartName, Planned>>

/** The operator's switches. */
export interface TransportSwitches {
  readonly webSocket: boolean
  readonly quic: boolean
  readonly relay: boolean
  readonly upnp: boolean
  readonly mdns: boolean
}

export const TRANSPORT_SWITCHES: TransportSwitches = {
  webSocket: false,
  quic: true,
  relay: true,
  upnp: true,
  mdns: true,
}

export interface PlanInput {
  readonly preset: Preset
  readonly profile: Profile
  /** Addresses that the operator named: to listen on, to announce, to dial. */
  readonly named: readonly string[]
  readonly switches: TransportSwitches
  readonly hasPreSharedKey: boolean
}

export function planTransports(input: PlanInput): TransportPlan {
  const { preset, profile, switches, hasPreSharedKey } = input
  const isTest = profile === 'test'
  const isPublic = preset === 'public'
  const named = new Set(
    input.named.map((text) => {
      const address = parseAddress(text)
      return relayOf(address) === undefined ? transportOf(address) : 'relay'
    }),
  )
  const outside = (setting: string | undefined, isSwitchedOn: boolean, who: string): Planned => {
    if (!isPublic) return off('the network is local')
    if (isTest) return off('the profile is "test"')
    if (!isSwitchedOn) return off(`switched off by ${setting ?? ''}`)
    return on(who)
  }
  const relay = outside('transports.relay', switches.relay, `the profile is "${profile}"`)
  return {
    tcp: on('always'),
    webSocket: named.has('webSocket')
      ? on('an address that you named is one')
      : switches.webSocket
        ? on('switched on by transports.webSocket')
        : off('transports.webSocket is false, and no address that you named is one'),
    // It encrypts by itself, so that whoever lacks the key would be let in.
    quic: hasPreSharedKey
      ? off('it would go round the pre-shared key')
      : named.has('quic')
        ? on('an address that you named is one')
        : isTest
          ? off('the profile is "test"')
          : switches.quic
            ? on('where its package is installed')
            : off('switched off by transports.quic'),
    relayClient: named.has('relay') ? on('an address that you named is one') : relay,
    relayServer: relay.isOn && profile !== 'server' ? off('the profile is not "server"') : relay,
    holePunching: relay,
    autonat: outside(undefined, true, 'the network is public'),
    upnp: hasPreSharedKey
      ? off('a private mesh opens no ports')
      : outside('transports.upnp', switches.upnp, 'asks the router for a port'),
    mdns: isPublic
      ? off('the network is public')
      : isTest
        ? off('the profile is "test"')
        : switches.mdns
          ? on('finds nodes of this network on the LAN')
          : off('switched off by transports.mdns'),
    preSharedKey: hasPreSharedKey ? on('preSharedKeyFile names one') : off('none is set'),
  }
}

function on(reason: string): Planned {
  return { isOn: true, reason }
}

function off(reason: string): Planned {
  return { isOn: false, reason }
}
