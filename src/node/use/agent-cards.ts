/** AgentCards of A2A: this agent's own, and those of others. Specification: docs/spec/agent-cards.md. */
import type { JsonObject } from '../../crypto/jcs.ts'
import { keyIdOf } from '../../identity/present-key.ts'
import {
  readCard,
  REQUEST_SIGNING,
  signCard,
  verifyCard,
  type VerifiedCard,
} from '../../signing/agent-card.ts'
import { NodeError } from '../error.ts'
import { nativeVerifier } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { lookUp, type Resolution } from './resolving.ts'

/** Addresses of this node in its card; the first are those that peers are told first. */
const ADDRESSES_LIMIT = 4

/**
 * The card with what leads to this agent's evidence, signed by its present key.
 *
 * @throws {NodeError} `node/no-current-key` when the identity is deactivated; {AgentCardError} as
 *   `signCard`.
 */
export function signAgentCard(
  node: AipNode,
  card: JsonObject,
): { readonly card: JsonObject; readonly keyId: string } {
  const { log, signer } = node.identity
  const { did } = node
  if (log.current === undefined) {
    throw new NodeError({ code: 'node/no-current-key', did, reason: 'its identity is deactivated' })
  }
  const records = (node.mesh?.host.addresses() ?? []).slice(0, ADDRESSES_LIMIT)
  const keyId = keyIdOf(did, log.current)
  const extension = {
    did,
    requestSigning: REQUEST_SIGNING,
    // What is empty is signed by some and left out by others.
    ...(records.length === 0 ? {} : { records }),
    inception: log.inceptionHex,
  }
  return { card: signCard(card, { signer, keyId, extension }), keyId }
}

export interface CheckedCard extends VerifiedCard {
  /** Where the key log came from. */
  readonly source: Resolution['source']
}

/**
 * Whether the present key of the agent that a card names signed it, by the key log that this node
 * knows or can learn. The addresses in the card are not dialled.
 *
 * @throws {AgentCardError}; {NodeError} `node/did-unresolved`.
 */
export async function verifyAgentCard(
  node: AipNode,
  card: JsonObject,
  signal?: AbortSignal,
): Promise<CheckedCard> {
  const read = readCard(card)
  const { state, source } = await lookUp(node, read.did, signal)
  return { ...verifyCard(read, state, nativeVerifier), source }
}
