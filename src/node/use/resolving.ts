/**
 * Who is this? The key log of an agent: from this node, else from those whom it asks.
 */
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import { NodeError } from '../error.ts'
import {
  askAround,
  limited,
  type Answered,
  type Askable,
  type AskingNode,
} from './asking-around.ts'
import { forkOf, type Fork, type ForkViewer } from './forks.ts'

/** Peers asked for records about an agent that is new here, and for how long. */
const LEARN_PEERS_LIMIT = 2
const LEARN_LIMIT_MS = 4 * SECOND_MS

export interface Resolution {
  readonly state: IdentityState
  /** How it was obtained. Wherever it came from, the log proves itself. */
  readonly source: 'own' | 'store' | Answered['source']
  readonly peersAsked: number
}

export interface Resolved extends Resolution {
  /** Which of two logs this node goes by; `undefined` when there is one log. */
  readonly fork: Fork | undefined
}

/** What looking up needs of a node. */
export interface Resolver extends AskingNode {
  readonly did: Did
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
  if (mesh !== undefined && found.source !== 'own' && found.source !== 'store') {
    await learn(mesh, did, limited(LEARN_LIMIT_MS, signal))
  }
  const state = node.identities.get(did) ?? found.state
  return { ...found, state, fork: await forkOf(node, state) }
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
  const answered = await askAround(node, did, signal)
  const state = node.identities.get(did)
  if (state === undefined) {
    const cause = answered.source === undefined ? answered.cause : undefined
    throw new NodeError({ code: 'node/did-unresolved', did }, { cause })
  }
  return { state, source: answered.source ?? 'store', peersAsked: answered.peersAsked }
}

/**
 * The key log alone, when the one that is held here may be out of date: others are asked for more.
 *
 * @throws {NodeError} `node/did-unresolved` when nobody who can be asked holds the log.
 */
export async function lookUpAnew(
  node: Resolver,
  did: Did,
  signal?: AbortSignal,
): Promise<Resolution> {
  if (node.identities.get(did) === undefined) return lookUp(node, did, signal)
  const { source = 'store', peersAsked } = await askAround(node, did, signal)
  const state = node.identities.get(did)
  if (state === undefined) throw new NodeError({ code: 'node/did-unresolved', did })
  return { state, source, peersAsked }
}

/** Somebody new: what the peers hold about the agent, and by it, comes before its first score. */
async function learn(mesh: Askable, did: Did, signal: AbortSignal): Promise<void> {
  await Promise.all(
    mesh.neighbours.connected.slice(0, LEARN_PEERS_LIMIT).map(async ({ peerId }) => {
      try {
        await mesh.askAll(peerId, did, signal)
      } catch {
        // Reconciliation brings what this peer did not answer with.
      }
    }),
  )
}
