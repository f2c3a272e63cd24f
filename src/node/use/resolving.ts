/**
 * Who is this? The key log of an agent: from this node, from connected peers, from the DHT.
 */
import { asError } from '../../base/error.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import { NodeError } from '../error.ts'
import type { IdentityBook } from '../identity-book.ts'
import type { Writer } from '../ingest/writer.ts'
import type { Mesh } from '../mesh.ts'
import { forkOf, type Fork, type ForkViewer } from './forks.ts'

/** Peers asked at a time, and for how long. */
const ASKED_PEERS_LIMIT = 6
const ASK_LIMIT_MS = 4 * SECOND_MS
/** How long the others may still add to what one peer has served. */
export const ASK_SETTLE_MS = SECOND_MS
const DHT_LIMIT_MS = 8 * SECOND_MS
/** Peers asked for records about an agent that is new here, and for how long. */
const LEARN_PEERS_LIMIT = 2
const LEARN_LIMIT_MS = 4 * SECOND_MS

export interface Resolution {
  readonly state: IdentityState
  /** How it was obtained. Wherever it came from, the log proves itself. */
  readonly source: 'own' | 'store' | 'peer' | 'dht'
  readonly peersAsked: number
}

export interface Resolved extends Resolution {
  /** Which of two logs this node goes by; `undefined` when there is one log. */
  readonly fork: Fork | undefined
}

/** What looking up needs of a node. */
export interface Resolver {
  readonly did: Did
  readonly identities: Pick<IdentityBook, 'get'>
  readonly writer: Pick<Writer, 'putIdentity'>
  readonly mesh: Pick<Mesh, 'neighbours' | 'askIdentity' | 'askAll' | 'directory'> | undefined
}

/**
 * Looks an agent up, and asks some peers for what they hold about it when it is new here.
 *
 * @throws {NodeError} `node/did-unresolved` when nobody who can be asked holds the log.
 */
export async function resolve(
  node: Resolver & ForkViewer,
  did: Did,
  signal?: AbortSignal,
): Promise<Resolved> {
  const found = await lookUp(node, did, signal)
  const { mesh } = node
  if (mesh !== undefined && (found.source === 'peer' || found.source === 'dht')) {
    await learn(mesh, did, limited(LEARN_LIMIT_MS, signal))
  }
  const state = node.identities.get(did) ?? found.state
  return { ...found, state, fork: forkOf(node, state) }
}

/**
 * The key log alone.
 *
 * @throws {NodeError} `node/did-unresolved` when nobody who can be asked holds the log.
 */
export async function lookUp(node: Resolver, did: Did, signal?: AbortSignal): Promise<Resolution> {
  const held = node.identities.get(did)
  if (held !== undefined) {
    return { state: held, source: did === node.did ? 'own' : 'store', peersAsked: 0 }
  }
  const { mesh } = node
  if (mesh === undefined) throw new NodeError({ code: 'node/did-unresolved', did })

  const peers = mesh.neighbours.connected.slice(0, ASKED_PEERS_LIMIT).map(({ peerId }) => peerId)
  await askPeers(node, mesh, { peers, did, limit: limited(ASK_LIMIT_MS, signal) })
  const served = node.identities.get(did)
  if (served !== undefined) return { state: served, source: 'peer', peersAsked: peers.length }

  try {
    const found = await mesh.directory.resolveIdentity(did, {
      signal: limited(DHT_LIMIT_MS, signal),
    })
    if (found !== undefined) {
      await node.writer.putIdentity(found.state)
      const state = node.identities.get(did) ?? found.state
      return { state, source: 'dht', peersAsked: peers.length + found.answered }
    }
  } catch (cause) {
    throw new NodeError({ code: 'node/did-unresolved', did }, { cause: asError(cause) })
  }
  throw new NodeError({ code: 'node/did-unresolved', did })
}

/** Done when all have answered, a while after one has served the log, or at the limit. */
async function askPeers(
  { identities }: Pick<Resolver, 'identities'>,
  mesh: NonNullable<Resolver['mesh']>,
  asking: { readonly peers: readonly string[]; readonly did: Did; readonly limit: AbortSignal },
): Promise<void> {
  const { peers, did, limit } = asking
  const { promise: enough, resolve: settle } = Promise.withResolvers<undefined>()
  let timer: NodeJS.Timeout | undefined
  const later = (): NodeJS.Timeout => setTimeout(() => settle(undefined), ASK_SETTLE_MS)
  const answers = peers.map(async (peer) => {
    try {
      await mesh.askIdentity(peer, did, limit)
      if (identities.get(did) !== undefined) timer ??= later()
    } catch {
      // One peer that does not answer is no reason not to hear the others.
    }
  })
  await Promise.race([Promise.all(answers), enough])
  clearTimeout(timer)
}

/** Somebody new: what the peers hold about the agent, and by it, comes before its first score. */
async function learn(
  mesh: NonNullable<Resolver['mesh']>,
  did: Did,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    mesh.neighbours.connected.slice(0, LEARN_PEERS_LIMIT).map(async ({ peerId }) => {
      try {
        await mesh.askAll(peerId, did, signal)
      } catch {
        // Catch-up brings what this peer did not answer with.
      }
    }),
  )
}

function limited(limitMs: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(limitMs)
  return signal === undefined ? limit : AbortSignal.any([limit, signal])
}
