/**
 * Where agents say that their nodes are: the addresses in documents that they signed.
 *
 * Only what leads to the peer of the agent's present key counts, so that nobody can send this node to
 * somebody else by a document of one's own.
 */
import type { Clock } from '../base/clock.ts'
import type { IdentityState } from '../identity/state.ts'
import { parseAddress, peerIdOf } from '../p2p/addresses.ts'
import { peerIdOfKey } from '../p2p/peer-id.ts'
import type { SignedEndpoint } from '../p2p/peers/neighbours.ts'
import { NODE_SERVICE_TYPE } from './own-document.ts'

const SCHEME = 'multiaddr:'

/** What one agent's document says, unless it has ended or nobody can say whose word it is. */
export function signedEndpoint(state: IdentityState, nowMs: number): SignedEndpoint | undefined {
  const { branches, isForked, document, did } = state
  const [{ current }] = branches
  if (isForked || current === undefined) return undefined
  if (document === undefined || document.expiresAtMs <= nowMs) return undefined
  const peerId = peerIdOfKey(current.key)
  const addresses = (document.content.services ?? []).flatMap(({ type, endpoint }) => {
    if (type !== NODE_SERVICE_TYPE || !endpoint.startsWith(SCHEME)) return []
    const text = endpoint.slice(SCHEME.length)
    return leadsTo(text, peerId) ? [text] : []
  })
  return addresses.length === 0 ? undefined : { peerId, did, addresses }
}

/** Those of all these agents, each once, in the order given. */
export function* signedEndpoints(
  states: Iterable<IdentityState>,
  clock: Clock,
): Generator<SignedEndpoint> {
  const seen = new Set<string>()
  const nowMs = clock()
  for (const state of states) {
    if (seen.has(state.did)) continue
    seen.add(state.did)
    const endpoint = signedEndpoint(state, nowMs)
    if (endpoint !== undefined) yield endpoint
  }
}

function leadsTo(text: string, peerId: string): boolean {
  try {
    return peerIdOf(parseAddress(text)) === peerId
  } catch {
    return false // of a transport that nobody here knows
  }
}
