/**
 * What a peer's gossip frame brings is looked at when there is room for it, some messages at a time.
 *
 * The library takes frames as fast as they come and all messages of a frame at once, and each costs
 * hashing, an entry in the seen-cache and an open question, whether or not its sender is silenced
 * meanwhile. With `awaitRpcHandler` it waits for its own step to end, which ends before messages are
 * judged; so that step is wrapped, and given a frame in parts: before each it asks whether the peer is still
 * heard. A test says whether the step is still there.
 */
import type { PeerId } from '@libp2p/interface'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'

export interface Room {
  /** Messages that the peer may have under way. */
  placesOf(peer: string): number
  /** Resolves when the peer's next messages may be looked at; never rejects. */
  room(peer: string): Promise<void>
}

/** Of a frame, what is taken apart. */
interface Frame {
  readonly subscriptions?: unknown
  readonly messages?: readonly unknown[]
  readonly control?: unknown
}

/** @throws {Error} when the pinned library has changed under this. */
export function takeFramesInTurn(service: GossipSub, intake: Room): void {
  const handle: unknown = Reflect.get(service, 'handleReceivedRpc')
  if (typeof handle !== 'function') throw new Error('gossipsub takes frames in another way now')
  Reflect.set(service, 'handleReceivedRpc', async (from: PeerId, frame: Frame): Promise<void> => {
    const peer = from.toString()
    const { messages = [], control, ...first } = frame
    let at = 0
    do {
      const end = at + intake.placesOf(peer)
      const part: Frame = {
        ...(at === 0 ? first : { subscriptions: [] }),
        messages: messages.slice(at, end),
        // Behind the messages, as the library has it.
        ...(end >= messages.length && control !== undefined ? { control } : {}),
      }
      await Reflect.apply(handle, service, [from, part])
      await intake.room(peer)
      at = end
    } while (at < messages.length)
  })
}
