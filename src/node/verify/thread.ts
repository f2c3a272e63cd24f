/** A thread that verifies parcels in the order in which they are given. */
import { Worker } from 'node:worker_threads'

export interface VerifyThread {
  give(parcel: Uint8Array<ArrayBuffer>): void
  stop(): void
}

export interface VerifyThreadEvents {
  /** Verdicts of the next parcel, one a check. */
  readonly onVerdicts: (verdicts: Uint8Array) => void
  readonly onReady: () => void
  /** It answers nothing any more, whatever was given. */
  readonly onEnd: () => void
}

/** Keys are most of what such a thread holds, and parcels pass through it. */
const OLD_GENERATION_LIMIT_MB = 32
const YOUNG_GENERATION_LIMIT_MB = 2

/** The compiler leaves the name in a URL as it is, so the extension is that of this file. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
)

/** It keeps no process alive. */
export function startVerifyThread(events: VerifyThreadEvents): VerifyThread {
  const worker = new Worker(ENTRY, {
    // Nothing of this process: no environment, no flags, no standard input.
    env: {},
    execArgv: [],
    resourceLimits: {
      maxOldGenerationSizeMb: OLD_GENERATION_LIMIT_MB,
      maxYoungGenerationSizeMb: YOUNG_GENERATION_LIMIT_MB,
    },
  })
  worker.unref()
  let isReady = false
  worker.on('message', (verdicts: Uint8Array) => {
    if (isReady) return events.onVerdicts(verdicts)
    isReady = true
    events.onReady()
  })
  let hasEnded = false
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    events.onEnd()
  }
  worker.on('error', end)
  worker.on('exit', end)
  return {
    give: (parcel) => worker.postMessage(parcel, [parcel.buffer]),
    stop: () => void worker.terminate(),
  }
}
