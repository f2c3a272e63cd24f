/**
 * Publishing no faster than peers can read.
 *
 * What a peer has not read yet is kept for it, up to a limit at which its stream is cut. A burst of
 * our own records would reach that limit by itself; so messages leave one after the other, and now
 * and then the publisher looks whether its peers keep up. Half of them are enough: slow ones cannot
 * hold a node back.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import type { Libp2p } from '@libp2p/interface'
import { KIB_BYTES, MIB_BYTES, SECOND_MS } from '../../base/units.ts'
import { isMeshProtocol } from './watchdog.ts'

/** After so many bytes the publisher looks … */
const BURST_BYTES = 256 * KIB_BYTES
/** … and waits while more than half of its peers have so much before them … */
const BACKLOG_BYTES = MIB_BYTES
/** … but no longer than this. */
const WAIT_MS = SECOND_MS
const LOOK_MS = 10

export class Publisher {
  readonly #host: Pick<Libp2p<{ pubsub: GossipSub }>, 'services' | 'getConnections'>
  #last: Promise<unknown> = Promise.resolve()
  #burstBytes = 0

  constructor(host: Pick<Libp2p<{ pubsub: GossipSub }>, 'services' | 'getConnections'>) {
    this.#host = host
  }

  /** Sends after all that was asked before; resolves to how many peers it was sent to. */
  publish(topic: string, bytes: Uint8Array): Promise<number> {
    const turn = this.#last.then(async () => {
      await this.#waitForPeers(bytes.length)
      const { recipients } = await this.#host.services.pubsub.publish(topic, bytes)
      return recipients.length
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #waitForPeers(bytes: number): Promise<void> {
    this.#burstBytes += bytes
    if (this.#burstBytes < BURST_BYTES) return
    this.#burstBytes = 0
    const waitsUntilMs = Date.now() + WAIT_MS
    await nextTurn()
    while (this.#medianBacklogBytes() > BACKLOG_BYTES && Date.now() < waitsUntilMs) {
      await delay(LOOK_MS)
    }
  }

  /** What waits to be written to the peer in the middle: half of them have less. */
  #medianBacklogBytes(): number {
    const backlogs = this.#host
      .getConnections()
      .flatMap(({ streams }) => streams)
      .filter((one) => one.direction === 'outbound' && isMeshProtocol(one.protocol))
      .map((one) => one.writeBufferLength)
      .toSorted((a, b) => a - b)
    return backlogs[Math.floor(backlogs.length / 2)] ?? 0
  }
}
