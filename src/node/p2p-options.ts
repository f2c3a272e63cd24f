/** What the settings say of the network layer, in its own words. */
import type { HostOptions } from '../p2p/host.ts'
import { DenyList } from '../p2p/peers/deny-list.ts'
import type { NeighboursConfig } from '../p2p/peers/neighbours.ts'
import type { TransportSwitches } from '../p2p/transports/plan.ts'

export interface P2pOptions {
  /** Multiaddrs to tell peers. */
  readonly announce: readonly string[]
  /** Multiaddrs to listen on where their transport is there. */
  readonly listenWherePossible: readonly string[]
  readonly switches: TransportSwitches
  /** Peer ids, DIDs and ranges. */
  readonly denied: readonly string[]
  readonly targetCount?: number
  /** The whole file. */
  readonly preSharedKey?: Uint8Array
}

type OfHost = Pick<
  HostOptions,
  'announce' | 'listenWherePossible' | 'switches' | 'denied' | 'preSharedKey'
>

export function hostOptions(p2p: P2pOptions | undefined): OfHost {
  if (p2p === undefined) return {}
  const { announce, listenWherePossible, switches, denied, preSharedKey } = p2p
  return {
    announce,
    listenWherePossible,
    switches,
    denied: new DenyList(denied),
    ...(preSharedKey === undefined ? {} : { preSharedKey }),
  }
}

export function neighboursConfig(
  p2p: P2pOptions | undefined,
): Pick<NeighboursConfig, 'targetCount' | 'isPrivate'> {
  return {
    ...(p2p?.targetCount === undefined ? {} : { targetCount: p2p.targetCount }),
    isPrivate: p2p?.preSharedKey !== undefined,
  }
}
