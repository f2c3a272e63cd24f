/**
 * From what was wrong with a message to what its sender gets for it.
 *
 * Reject costs the sender its score, ignore does not: a peer is only punished for what an honest
 * peer could have known before it forwarded. The map is total, so a new fault does not compile
 * until it has an answer here. Specification: docs/spec/records.md, docs/spec/gossip.md.
 */
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { Offered, OfferFaultCode } from '../ports.ts'

/** What a refusal means for the peer that sent the message. */
export const REFUSAL_VERDICT: Readonly<Record<OfferFaultCode, 'ignore' | 'reject'>> = {
  // The same at every node and every time: whoever forwarded it had not looked.
  'cbor/too-large': 'reject',
  'cbor/too-deep': 'reject',
  'cbor/not-canonical': 'reject',
  'record/too-large': 'reject', // R1
  'record/malformed': 'reject', // R2
  'record/self-vouch': 'reject', // R3
  'record/signature-invalid': 'reject', // R7
  'identity/did-invalid': 'reject',
  'identity/too-large': 'reject',
  'identity/malformed': 'reject',
  'identity/log-invalid': 'reject',
  'identity/log-full': 'reject',
  'identity/fork-invalid': 'reject',
  'identity/document-invalid': 'reject', // judged against the log beside it, without a clock

  // R1a: a newer peer may know what this node does not.
  'record/unsupported': 'ignore',
  // R4, R5: clocks differ, and a record ages on its way.
  'record/from-future': 'ignore',
  'record/expired': 'ignore',
  // R8: the sender may know the log; whether it can serve it is found out by asking, not here.
  'record/key-unknown': 'ignore',
  // R10: what is best depends on what else a node has.
  'record/quota': 'ignore',
  // Gossip files no value under a DID, so the sender cannot have filed it wrongly.
  'identity/other-did': 'ignore',

  // This node's own trouble.
  'node/closing': 'ignore',
  'node/busy': 'ignore',
}

/** R6: known and fresh may not have travelled on yet; known for longer has. */
export function verdictOf(offered: Offered): TopicValidatorResult {
  if (offered.kind === 'taken') {
    return offered.fresh ? TopicValidatorResult.Accept : TopicValidatorResult.Ignore
  }
  return REFUSAL_VERDICT[offered.code] === 'reject'
    ? TopicValidatorResult.Reject
    : TopicValidatorResult.Ignore
}
