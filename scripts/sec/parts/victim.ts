/**
 * A node under attack, as a process of its own, and how it fares: its memory as the system counts it,
 * how long its local interface takes, how late its event loop comes, and whether a peer gets in that
 * means no harm.
 */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { KIB_BYTES, MIB_BYTES, SECOND_MS } from '../../../src/base/units.ts'
import { Cast, type Actor } from '../../../src/cli/demo/cast.ts'
import { plainHost } from '../../../test/support/plain-host.ts'

export const ROOT = join(import.meta.dirname, '..', '..', '..')
export const COMMAND = join(ROOT, 'src', 'cli', 'main.ts')
export const READY_LIMIT_MS = 60 * SECOND_MS
/** An honest dial that takes longer has failed. */
export const DIAL_LIMIT_MS = SECOND_MS
const LOOK_MS = 100

export interface Dials {
  readonly count: number
  /** Those that were connected, and had an answer, within {@link DIAL_LIMIT_MS}. */
  readonly inTime: number
  readonly tookMs: readonly number[]
}

/** What was seen of a node while it was watched. */
export interface Watched {
  readonly peakMib: number
  readonly apiMs: readonly number[]
  /** Of looks a second apart, each the 99th percentile of that second. */
  readonly loopLateMs: readonly number[]
}

export class Victim implements AsyncDisposable {
  readonly actor: Actor
  readonly #cast: Cast

  private constructor(cast: Cast, actor: Actor) {
    this.#cast = cast
    this.actor = actor
  }

  static async start(): Promise<Victim> {
    const cast = await Cast.open(COMMAND)
    try {
      const flags = ['--listen', '/ip4/127.0.0.1/tcp/0']
      const actor = await cast.enter('victim', [], { flags, readyLimitMs: READY_LIMIT_MS })
      return new Victim(cast, actor)
    } catch (error) {
      await cast[Symbol.asyncDispose]()
      throw error
    }
  }

  get residentMib(): number {
    const status = readFileSync(`/proc/${this.actor.process.pid ?? 0}/status`, 'utf8')
    return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * KIB_BYTES) / MIB_BYTES
  }

  get isAlive(): boolean {
    return this.actor.process.exitCode === null && this.actor.process.signalCode === null
  }

  /** A peer with a key of its own dials and pings, so many times, one after another. */
  async honestDials(count: number): Promise<Dials> {
    const address = multiaddr(this.actor.address)
    const tookMs: number[] = []
    let inTime = 0
    for (let n = 0; n < count; n++) {
      const peer = await plainHost()
      const startedAt = performance.now()
      try {
        const signal = AbortSignal.timeout(DIAL_LIMIT_MS)
        await peer.dial(address, { signal })
        await peer.services.ping.ping(address, { signal })
        tookMs.push(performance.now() - startedAt)
        inTime += 1
      } catch {
        tookMs.push(performance.now() - startedAt) // not in time, for whatever reason
      } finally {
        await peer.stop()
      }
    }
    return { count, inTime, tookMs }
  }

  /** Until the signal fires. */
  async watch(signal: AbortSignal): Promise<Watched> {
    const apiMs: number[] = []
    const loopLateMs: number[] = []
    let peakMib = 0
    let lookAt = performance.now()
    await this.#loopLateMs()
    while (!signal.aborted && this.isAlive) {
      peakMib = Math.max(peakMib, this.residentMib)
      const startedAt = performance.now()
      await this.actor.client.status({})
      apiMs.push(performance.now() - startedAt)
      if (performance.now() - lookAt > SECOND_MS) {
        loopLateMs.push(await this.#loopLateMs())
        lookAt = performance.now()
      }
      await delay(LOOK_MS)
    }
    return { peakMib, apiMs, loopLateMs }
  }

  /** Records that it judged and refused since its start. */
  async rejectionsCount(): Promise<number> {
    return rejectionsCount(this.actor)
  }

  /** Each look begins anew. */
  async #loopLateMs(): Promise<number> {
    const text = await metricsOf(this.actor)
    const seconds = /event_loop_delay_seconds\{quantile="0\.99"\} (\S+)/.exec(text)?.[1]
    return Number(seconds) * SECOND_MS
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cast[Symbol.asyncDispose]()
  }
}

/** What a node tells Prometheus. */
export async function metricsOf({ client }: Actor): Promise<string> {
  const { api } = await client.status({})
  return textAt(api.socket ?? '', '/metrics')
}

/** Records that a node judged and refused since its start. */
export async function rejectionsCount(actor: Actor): Promise<number> {
  const kind = /events_total\{kind="record\.rejected"\} (\d+)/
  return Number(kind.exec(await metricsOf(actor))?.[1] ?? 0)
}

async function textAt(socketPath: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  // A connection of its own: one that is kept may have been closed meanwhile.
  const asked = request({ socketPath, path, agent: false, timeout: 10 * SECOND_MS }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.once('end', () => {
      resolve(text)
    })
  })
  asked.once('error', reject)
  asked.end()
  return promise
}

/** The value that so large a part of all do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
