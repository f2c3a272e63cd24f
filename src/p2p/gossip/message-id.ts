/**
 * What makes two gossip messages the same: SHA-256 of the topic and of every byte, the signature
 * included.
 *
 * The seen-cache fills before a message is judged. Were the record's id (which leaves the signature
 * out) the message id, anyone could send a body first with a broken signature and have the true
 * record dropped everywhere as a duplicate. Specification: docs/spec/gossip.md, "Message id".
 */
import { createHash } from 'node:crypto'

export function messageId(topic: string, bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(topic).update(bytes).digest()
}

/** A message as it came off the wire, before any check. */
export interface WireMessage {
  from?: Uint8Array
  topic: string
  data?: Uint8Array
  signature?: Uint8Array
}

const PRESENT = new Uint8Array(0)

/**
 * The id under which copies are recognised before anything else is done with them: the message id
 * in text. Being collision-resistant, it cannot be used to hide one message behind another.
 *
 * It is also the first place that sees a message, so here is refused what the library lets through
 * under StrictNoSign: a `from` field, which the message id does not cover and which every node would
 * carry along. A message marked as signed is refused, and costs the sender its score.
 */
export function earlyMessageId(message: WireMessage): string {
  if (message.from !== undefined) message.signature ??= PRESENT
  const hash = createHash('sha256').update(message.topic)
  if (message.data !== undefined) hash.update(message.data)
  if (message.from !== undefined) hash.update('\0from')
  return hash.digest().toString('latin1')
}
