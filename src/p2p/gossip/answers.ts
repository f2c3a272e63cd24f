/**
 * Keeps what gossip sends inside what its peers accept.
 *
 * A peer that missed messages asks for up to 5,000 of them, and the library answers in one frame,
 * whatever its size; the other side's frame limit then cuts the whole stream, and it is not opened
 * again while the connection lives. So an answer is cut to what fits: the rest is asked for again,
 * or reconciled. The library has no option for it, so its own step is wrapped; a test says whether
 * that step is still there.
 */
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { GOSSIP_ANSWER_LIMIT_BYTES, GOSSIP_MESSAGES_PER_FRAME_LIMIT } from '../limits.ts'

interface Answered {
  readonly data?: Uint8Array
}

/** The bytes of a message beside its data: topic, lengths, field numbers. */
const MESSAGE_OVERHEAD_BYTES = 128

/** @throws {Error} when the pinned library has changed under this. */
export function boundAnswers(service: GossipSub): void {
  const answer: unknown = Reflect.get(service, 'handleIWant')
  if (typeof answer !== 'function') throw new Error('gossipsub answers requests in another way now')
  Reflect.set(service, 'handleIWant', (...request: unknown[]): readonly Answered[] => {
    const messages: readonly Answered[] = Reflect.apply(answer, service, request)
    return fitting(messages)
  })
}

/** The first messages that fit in one frame of every peer. */
export function fitting(messages: readonly Answered[]): readonly Answered[] {
  let bytes = 0
  const end = messages.findIndex((message, at) => {
    bytes += (message.data?.length ?? 0) + MESSAGE_OVERHEAD_BYTES
    return at >= GOSSIP_MESSAGES_PER_FRAME_LIMIT || bytes > GOSSIP_ANSWER_LIMIT_BYTES
  })
  return end === -1 ? messages : messages.slice(0, end)
}
