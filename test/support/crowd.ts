/** Many processes on few cores: starting them a few at a time, letting them speak, waiting for them. */
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { SECOND_MS } from '../../src/base/units.ts'
import type { Actor } from './processes.ts'

/** Nodes that start at the same time. */
const STARTING_LIMIT = 2
export const CROWD_READY_LIMIT_MS = 120 * SECOND_MS

/** Starts a node each, a few at a time, in order. */
export async function enterAll(
  numbers: readonly number[],
  enter: (at: number) => Promise<Actor>,
): Promise<readonly Actor[]> {
  const actors: Actor[] = []
  for (let from = 0; from < numbers.length; from += STARTING_LIMIT) {
    const next = numbers.slice(from, from + STARTING_LIMIT)
    actors.push(...(await Promise.all(next.map(enter))))
  }
  return actors
}

/** Each says so many things of the next; the ids. */
export async function speak(actors: readonly Actor[], recordCount: number): Promise<string[]> {
  const ids: string[] = []
  for (const [at, actor] of actors.entries()) {
    const subject = actorAt(actors, (at + 1) % actors.length)
    for (let delivered = 0; delivered < recordCount; delivered++) {
      ids.push(await sayOne(actor, subject, delivered))
    }
  }
  return ids
}

/** One record, by one about another; its id, once the node has it on disk. */
export async function sayOne(actor: Actor, about: Actor, delivered: number): Promise<string> {
  const said = { subject: about.did, task: 'review', promised: 10, delivered } as const
  return (await actor.client.createObservation({ ...said, share: 'public' })).id
}

/**
 * Waits until each holds so many records, and says how long that took.
 *
 * @throws {Error} that names those who are behind at the limit.
 */
export async function level(
  actors: readonly Actor[],
  recordCount: number,
  limitMs: number,
): Promise<number> {
  const begunMs = performance.now()
  const behind = new Map(actors.map((actor) => [actor, 0]))
  for (;;) {
    for (const actor of behind.keys()) {
      const { store } = await actor.client.status({})
      if (store.records >= recordCount) behind.delete(actor)
      else behind.set(actor, store.records)
    }
    const tookMs = performance.now() - begunMs
    if (behind.size === 0) return tookMs
    if (tookMs > limitMs) {
      const who = [...behind].map(([{ name }, held]) => `${name} holds ${held}`).join(', ')
      throw new Error(`of ${recordCount} records, after ${limitMs} ms: ${who}`)
    }
    await delay(SECOND_MS / 4)
  }
}

export function actorAt(actors: readonly Actor[], at: number): Actor {
  const actor = actors[at]
  if (actor === undefined) throw new RangeError(`there is no actor ${at}`)
  return actor
}

/** A figure that a reader of the run wants, with the load under which it was taken. */
export function report(text: string): void {
  process.stdout.write(`${text}, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`)
}
