/**
 * The deterministic simulation: nodes of the product's own code in virtual time, on a network and disks
 * that fail, with liars among them; one run a seed. `docs/simulation.md` says what is looked at.
 *
 *     npm run sec -- dst --seeds 1000 --hours 1
 *     npm run sec -- dst --seeds 1 --from 37        one seed again, byte for byte
 */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack } from './parts/attack.ts'
import type { Asked, Told } from './parts/dst-worker.ts'

const WORKERS = 2
/** What runs leave behind makes those after them slower; a new thread has none of it. */
const SEEDS_PER_WORKER = 10
/** Misses that are told; the figures count all. */
const TOLD_LIMIT = 10
const PROGRESS_SEEDS = 50

export const attack: Attack = {
  does: 'A mesh in virtual time with lost power, partitions and liars: nothing is lost, forged or at odds.',
  flags: {
    seeds: { fallback: '20', meaning: 'runs, of one seed each' },
    hours: { fallback: '1', meaning: 'virtual hours of each run' },
    from: { fallback: '1', meaning: 'the first seed' },
  },
  gate: { seeds: '20' },
  // A thousand take two cores 22 minutes by themselves.
  full: { seeds: '500' },
  limitMs: 25 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const seeds = count(flags, 'seeds', 1, 1_000_000)
    const hours = count(flags, 'hours', 1, 24)
    const from = count(flags, 'from', 0, 4_000_000_000)
    const begunMs = performance.now()
    const told = await runAll({ seeds, hours, from }, (done, failed) => {
      if (done % PROGRESS_SEEDS === 0) progress(`${done} of ${seeds} seeds, ${failed} failed`)
    })
    const runs = told.flatMap((one) => ('error' in one ? [] : [one]))
    const failed = told.filter((one) => 'error' in one || one.found.length > 0)
    const least = (read: (run: (typeof runs)[number]) => number): number =>
      Math.min(...runs.map(read))
    const sum = (read: (run: (typeof runs)[number]) => number): number =>
      runs.reduce((all, run) => all + read(run), 0)
    const digest = createHash('sha256')
    for (const run of runs) digest.update(run.digest)
    return {
      figures: {
        seeds: runs.length,
        hours,
        eventsPerSeed: Math.round(sum(({ events }) => events) / Math.max(1, runs.length)),
        records: sum(({ records }) => records),
        leastRecords: least(({ records }) => records),
        faults: sum(({ faults }) => faults),
        leastFaults: least(({ faults }) => faults),
        lies: sum(({ lies }) => lies),
        leastNodes: least(({ nodes }) => nodes),
        leastCompared: least(({ compared }) => compared),
        lostMessages: sum(({ lost }) => lost),
        seconds: rounded((performance.now() - begunMs) / SECOND_MS),
        violations: sum(({ found }) => found.length) + told.length - runs.length,
        firstFailingSeed: failed[0]?.seed ?? 'none',
        digest: digest.digest('hex'),
      },
      misses: failed.slice(0, TOLD_LIMIT).map(sentenceOf),
    }
  },
}

export function sentenceOf(one: Told): string {
  if ('error' in one) return `seed ${one.seed}: ${one.error}`
  const [first] = one.found
  if (first === undefined) return `seed ${one.seed}`
  return `seed ${one.seed}: ${first.what}, ${first.node} at ${first.atMs} ms: ${first.detail}`
}

/** In the order of the seeds. */
export async function runAll(
  { seeds, hours, from }: { readonly seeds: number; readonly hours: number; readonly from: number },
  onDone: (done: number, failed: number) => void,
): Promise<readonly Told[]> {
  const told: Told[] = []
  let next = from
  let failed = 0
  const done = (one: Told): void => {
    told.push(one)
    if ('error' in one || one.found.length > 0) failed++
    onDone(told.length, failed)
  }
  const work = async (): Promise<void> => {
    while (next < from + seeds) {
      const worker = new Worker(new URL('parts/dst-worker.ts', import.meta.url))
      try {
        for (let runs = 0; runs < SEEDS_PER_WORKER && next < from + seeds; runs++) {
          const one = await askedOf(worker, { seed: next++, hours })
          done(one)
          // A thread that an error ended answers nothing any more.
          if ('error' in one) break
        }
      } finally {
        await worker.terminate()
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS, seeds) }, work))
  return told.toSorted((a, b) => a.seed - b.seed)
}

async function askedOf(worker: Worker, asked: Asked): Promise<Told> {
  const { promise, resolve } = Promise.withResolvers<Told>()
  // What nobody catches ends the thread: it is that seed's failure.
  const onError = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    resolve({ seed: asked.seed, error: text })
  }
  worker.once('message', resolve)
  worker.once('error', onError)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(asked)
  const told = await promise
  worker.off('message', resolve)
  worker.off('error', onError)
  return told
}
