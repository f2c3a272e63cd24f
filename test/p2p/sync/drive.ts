/** Two sessions and their sets, without a network: every frame takes one flight, the rest no time. */
import { toHex } from '../../../src/base/bytes.ts'
import { KeyTree, LOG_KEY_BYTES, RECORD_KEY_BYTES } from '../../../src/records/replica/key-tree.ts'
import { SyncSession, type SyncOptions } from '../../../src/p2p/sync/reconciler.ts'
import type { SyncLane, SyncSets } from '../../../src/p2p/sync/sets.ts'
import type { Outcome, Step, SyncEnd } from '../../../src/p2p/sync/step.ts'

/** A node's sets; what stands for a record is its key. */
export class Sets implements SyncSets {
  readonly #shards: readonly number[]
  readonly #floorsMs: Partial<Record<SyncLane, number>>
  readonly #trees = new Map<string, KeyTree>()

  constructor(shards: readonly number[] = [0], floorsMs: Partial<Record<SyncLane, number>> = {}) {
    this.#shards = shards
    this.#floorsMs = floorsMs
  }

  shards(): readonly number[] {
    return this.#shards
  }

  floorMs(lane: SyncLane): number {
    return this.#floorsMs[lane] ?? 0
  }

  tree(shard: number, lane: SyncLane): KeyTree {
    const name = `${shard} ${lane}`
    const tree =
      this.#trees.get(name) ?? new KeyTree(lane === 'L' ? LOG_KEY_BYTES : RECORD_KEY_BYTES)
    this.#trees.set(name, tree)
    return tree
  }

  put(shard: number, lane: SyncLane, tree: KeyTree): this {
    this.#trees.set(`${shard} ${lane}`, tree)
    return this
  }

  with(keys: Iterable<Uint8Array>, shard = 0, lane: SyncLane = 1): this {
    const tree = this.tree(shard, lane)
    for (const key of keys) tree.add(key)
    return this
  }

  keys(shard = 0, lane: SyncLane = 1): string[] {
    const tree = this.tree(shard, lane)
    return tree.slice(0, tree.size).map(toHex)
  }
}

export interface Sent {
  readonly by: 'dialler' | 'responder'
  readonly flight: number
  readonly frame: Uint8Array
}

export interface Side {
  readonly session: SyncSession
  readonly sets: Sets
  end: SyncEnd | undefined
  /** In the order in which they came. */
  readonly received: { readonly lane: SyncLane; readonly item: Uint8Array }[]
}

export interface Driven {
  readonly dialler: Side
  readonly responder: Side
  /** Every frame, in the order in which they were sent. */
  readonly sent: readonly Sent[]
  /** Flights after the dialler's HELLO, its own not counted. */
  readonly flights: number
}

export const SALTS = {
  dialler: Uint8Array.from({ length: 16 }, (_, at) => at),
  responder: Uint8Array.from({ length: 16 }, (_, at) => 100 + at),
}

export function sideOf(
  role: 'dialler' | 'responder',
  sets: Sets,
  options: Partial<SyncOptions> = {},
): Side {
  const session = new SyncSession({
    role,
    network: 'test',
    shardBits: 8,
    sets,
    nowMs: 1_800_000_000_000,
    salt: SALTS[role],
    ...options,
  })
  return { session, sets, end: undefined, received: [] }
}

/** What a record that stands for this key is, on the wire. */
export function recordOf(key: Uint8Array): Uint8Array {
  return key
}

/** Carries out all that needs no network. @returns the frames to send. */
export function settled(side: Side, step: Step): readonly Uint8Array[] {
  const frames: Uint8Array[] = []
  const steps = [step]
  for (let next = steps.shift(); next !== undefined; next = steps.shift()) {
    frames.push(...next.send)
    side.end ??= next.end
    for (const { id, shard, lane, items } of next.offers) {
      const outcomes = items.map((item): Outcome => {
        side.received.push({ lane, item })
        return side.sets.tree(shard, lane).add(item) ? 'fresh' : 'known'
      })
      steps.push(side.session.taken(id, outcomes))
    }
    if (next.fetch !== undefined) {
      const { shard, lane, keys } = next.fetch
      const tree = side.sets.tree(shard, lane)
      const items = keys.map((key) => (tree.has(key) ? recordOf(key) : undefined))
      steps.push(side.session.provided(items))
    }
  }
  return frames
}

/** Runs both to their end. */
export function driven(dialler: Side, responder: Side, flightsLimit = 2_000): Driven {
  const sent: Sent[] = []
  const queue: Sent[] = []
  const send = (by: Sent['by'], flight: number, frames: readonly Uint8Array[]): void => {
    for (const frame of frames) {
      sent.push({ by, flight, frame })
      queue.push({ by, flight, frame })
    }
  }
  send('responder', 0, settled(responder, responder.session.begin()))
  send('dialler', 0, settled(dialler, dialler.session.begin()))
  let flights = 0
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const to = next.by === 'dialler' ? responder : dialler
    if (next.flight > flightsLimit) throw new Error('the session goes on and on')
    flights = Math.max(flights, next.flight)
    const name = next.by === 'dialler' ? 'responder' : 'dialler'
    send(name, next.flight + 1, settled(to, to.session.receive(next.frame)))
  }
  return { dialler, responder, sent, flights }
}

export function reconciled(
  dialler: Sets,
  responder: Sets,
  options: {
    readonly dialler?: Partial<SyncOptions>
    readonly responder?: Partial<SyncOptions>
  } = {},
): Driven {
  return driven(
    sideOf('dialler', dialler, options.dialler),
    sideOf('responder', responder, options.responder),
  )
}
