/** What a piece of work costs: processor time of all threads, of this thread, and time on the wall. */

export interface Cost {
  /** User and system time of every thread of the process. */
  readonly cpuMs: number
  /** The part of it on the thread that runs JavaScript. */
  readonly mainMs: number
  readonly wallMs: number
}

const NONE: Cost = { cpuMs: 0, mainMs: 0, wallMs: 0 }

export async function costOf(work: () => void | Promise<void>): Promise<Cost> {
  const begun = performance.now()
  const before = process.cpuUsage()
  const mainBefore = process.threadCpuUsage()
  await work()
  const main = process.threadCpuUsage(mainBefore)
  const all = process.cpuUsage(before)
  return {
    cpuMs: (all.user + all.system) / 1_000,
    mainMs: (main.user + main.system) / 1_000,
    wallMs: performance.now() - begun,
  }
}

export function sumOf(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, { cpuMs, mainMs, wallMs }) => ({
      cpuMs: sum.cpuMs + cpuMs,
      mainMs: sum.mainMs + mainMs,
      wallMs: sum.wallMs + wallMs,
    }),
    NONE,
  )
}
