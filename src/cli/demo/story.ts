/**
 * What the actors say of one another: a steady agent, one that over-promises, one that degrades, a
 * stranger, and a ring of sock puppets that praises its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { DAY_MS, SECOND_MS } from '../../base/units.ts'
import { encodeBundle } from '../../records/bundle.ts'
import type { Actor } from './cast.ts'
import { makeRing } from './ring.ts'

export const RING_SIZE = 20
const TASK = 'review'
const PROMISED = 10
/** How long the promises of the demo leave for the work. */
const DEADLINE_MS = 3 * SECOND_MS

export interface Players {
  readonly alice: Actor
  readonly bob: Actor
  readonly steady: Actor
  readonly keen: Actor
  readonly fading: Actor
}

const timeText = (ms: number): string => new Date(ms).toISOString()

/** Who says whom they can rely on. */
export async function vouchForOneAnother(players: Players): Promise<void> {
  const { alice, bob, steady, keen, fading } = players
  const vouches: [Actor, Actor, number, string][] = [
    [alice, bob, 0.9, 'we have worked together for years'],
    [alice, steady, 0.6, 'tried it once, went well'],
    [bob, steady, 0.9, 'merged 40 reviews'],
    [bob, keen, 0.7, 'quick to answer'],
    [bob, fading, 0.8, 'was excellent last year'],
    [steady, bob, 0.8, 'pays and says thanks'],
  ]
  for (const [from, to, level, statement] of vouches) {
    await from.client.createVouch({ subject: to.did, level, statement })
  }
}

/** Promises signed by those who work, settled by those who asked. */
export async function promiseAndSettle({ bob, steady, keen }: Players): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS
  const deadline = timeText(deadlineMs)
  const promises = await Promise.all(
    [steady, keen].map(async (worker) =>
      worker.client.createPromise({ delegator: bob.did, task: TASK, work: PROMISED, deadline }),
    ),
  )
  // Less than what was promised can only be said once the deadline has passed.
  await delay(Math.max(0, deadlineMs - Date.now()) + 100)
  for (const [at, delivered] of [PROMISED, 4].entries()) {
    const worker = [steady, keen][at]
    const promise = promises[at]
    if (worker === undefined || promise === undefined) continue
    await bob.client.createObservation({
      subject: worker.did,
      share: 'public',
      promise: promise.id,
      delivered,
    })
  }
}

/** Two months of earlier work, as its delegators saw it: out of ten, oldest first. */
const HISTORY: Readonly<Record<'steady' | 'keen' | 'fading', readonly number[]>> = {
  steady: again([10, 9, 10, 10, 9, 10], 8),
  keen: again([6, 5, 4, 6, 5, 4], 8),
  fading: [...again([10, 10, 9], 9), 9, 9, 8, 9, 8, 8, 7, 8, 7, 6, 7, 6, 5, 6, 5, 4, 5, 4, 3, 4, 3],
}
const HISTORY_MS = 60 * DAY_MS

export async function recallEarlierWork(players: Players): Promise<void> {
  const nowMs = Date.now()
  for (const name of ['steady', 'keen', 'fading'] as const) {
    const worker = players[name]
    const seen = HISTORY[name].map((delivered, at) => ({
      task: TASK,
      promised: PROMISED,
      delivered,
      observedAt: timeText(nowMs - HISTORY_MS * (1 - at / HISTORY[name].length)),
    }))
    await players.bob.client.createObservation({
      subject: worker.did,
      share: 'public',
      outcomes: seen.filter((_, at) => at % 2 === 0),
    })
    await players.alice.client.createObservation({
      subject: worker.did,
      share: 'public',
      outcomes: seen.filter((_, at) => at % 2 === 1),
    })
  }
}

/** The ring comes in through the node of the agent that over-promises, which vouches for its idol. */
export async function bringInTheRing(keen: Actor, network: string): Promise<string> {
  const ring = makeRing(RING_SIZE, network, Date.now())
  const bundle = encodeBundle({ identities: ring.identities, records: ring.records })
  const imported = await keen.client.importRecords({ body: once(bundle) })
  if (imported.stored !== ring.records.length) {
    throw new Error(`the ring's records were refused: ${JSON.stringify(imported.refused)}`)
  }
  await keen.client.createVouch({ subject: ring.did, level: 1 })
  return ring.did
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

function again(numbers: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => numbers).flat()
}
