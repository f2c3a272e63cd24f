/** Runs one seed after the other in a thread of its own, for `scripts/sec/dst.ts`. */
import { parentPort } from 'node:worker_threads'
import { simulate, type RunResult } from '../../../test/simulation/dst/simulation.ts'

export interface Asked {
  readonly seed: number
  readonly hours: number
}

export type Told = RunResult | { readonly seed: number; readonly error: string }

async function toldOf({ seed, hours }: Asked): Promise<Told> {
  try {
    return await simulate(seed, hours)
  } catch (error) {
    return { seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

async function answer(asked: Asked): Promise<void> {
  const told = await toldOf(asked)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(told)
}

parentPort?.on('message', (asked: Asked) => void answer(asked))
