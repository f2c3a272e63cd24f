/**
 * The network half of a running node, stopped and started again under another key. It listens where
 * it listened, so that those who know its address find it, under its new peer id.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { SECOND_MS } from '../base/units.ts'
import type { Mesh } from './mesh.ts'

/** Ports are given back at once, but for one that another program takes meanwhile. */
const ATTEMPTS_LIMIT = 5
const PAUSE_MS = 1 * SECOND_MS

export interface Reopening {
  /** As configured; port 0 stands for the one that was found free. */
  readonly listen: readonly string[]
  /** Starts the mesh under the present key, and puts it where the node looks for it. */
  readonly open: (listen: readonly string[]) => Promise<Mesh>
  readonly log: Logger
}

/** @throws {NetworkError} `p2p/listen-failed`: the node goes on without peers. */
export async function reopenMesh(
  holder: { mesh?: Mesh },
  { listen, open, log }: Reopening,
): Promise<Mesh> {
  const before = holder.mesh
  const same = samePorts(listen, before?.host.listening() ?? [])
  delete holder.mesh
  await before?.[Symbol.asyncDispose]()
  for (let attempt = 1; ; attempt++) {
    try {
      // The last attempt takes any port where any was asked for.
      return await open(attempt < ATTEMPTS_LIMIT ? same : listen)
    } catch (error) {
      if (attempt === ATTEMPTS_LIMIT) throw error
      log.warn('the network host did not start again', { reason: asError(error).message })
      await delay(PAUSE_MS)
    }
  }
}

/** The configured addresses with the ports that were found for those that asked for any. */
export function samePorts(
  configured: readonly string[],
  listening: readonly string[],
): readonly string[] {
  const asked = new Set(configured.map((address) => portOf(address)))
  const found = listening.map((address) => portOf(address)).filter((port) => !asked.has(port))
  const free = [...new Set(found)]
  return configured.map((address) =>
    portOf(address) === '0' ? address.replace(/\/tcp\/0$/, `/tcp/${free.shift() ?? '0'}`) : address,
  )
}

function portOf(address: string): string | undefined {
  return /\/tcp\/(\d+)/.exec(address)?.[1]
}
