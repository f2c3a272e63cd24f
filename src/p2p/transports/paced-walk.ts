/**
 * A walk through the DHT that takes its time.
 *
 * The library's own asks for random keys one after the other without a pause; while the table is empty
 * each question is over at once, and what looks for relays or asks to be dialled back would keep a
 * core busy with nothing. Here a step comes every now and then, for all that walk at once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { AbortOptions, PeerInfo, PeerRouting } from '@libp2p/interface'
import type { RandomWalk } from '@libp2p/interface-internal'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'

const STEP_MS = 30 * SECOND_MS
const FIRST_STEP_MS = 2 * SECOND_MS
const KEY_BYTES = 32

export interface WalkOptions {
  readonly log: Logger
  readonly firstStepMs?: number
  readonly stepMs?: number
  /** 32 bytes that nobody can foresee. */
  readonly randomKey?: () => Uint8Array
}

export class PacedWalk implements RandomWalk {
  readonly #routing: Pick<PeerRouting, 'getClosestPeers'>
  readonly #options: WalkOptions

  constructor(routing: Pick<PeerRouting, 'getClosestPeers'>, options: WalkOptions) {
    this.#routing = routing
    this.#options = options
  }

  /** Peers near random keys, until the signal ends it. */
  async *walk({ signal }: AbortOptions = {}): AsyncGenerator<PeerInfo> {
    const { firstStepMs = FIRST_STEP_MS, stepMs = STEP_MS, log } = this.#options
    const key = this.#options.randomKey ?? (() => crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
    for (let waitMs = firstStepMs; ; waitMs = stepMs) {
      if (signal !== undefined && isOver(signal)) return
      try {
        await delay(waitMs, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) })
        const found = this.#routing.getClosestPeers(key(), signal === undefined ? {} : { signal })
        for await (const peer of found) yield peer
      } catch (thrown) {
        if (signal !== undefined && isOver(signal)) return
        log.debug('a step of the walk failed', { error: asError(thrown).message })
      }
    }
  }
}

/** Asked anew after each wait, which the compiler does not see. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted
}

/** The same parts, with a walk that takes its time. */
export function withPacedWalk<Components extends object>(
  components: Components & { readonly peerRouting: Pick<PeerRouting, 'getClosestPeers'> },
  log: Logger,
): Components {
  const walk = new PacedWalk(components.peerRouting, { log })
  return new Proxy(components, {
    get: (target, name) => (name === 'randomWalk' ? walk : Reflect.get(target, name)),
  })
}
