/**
 * Attacks on what a node can hold and do at a time: a node in one process, whoever attacks it in
 * another, and an honest peer in this one that wants in all the while.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SECOND_MS } from '../../../src/base/units.ts'
import { encodeBundle } from '../../../src/records/bundle.ts'
import { persona } from '../../../test/support/hostile.ts'
import { inOneChunk } from '../../../test/support/processes.ts'
import { rounded } from '../../bench/parts/figures.ts'
import { count, type Attack, type Figure, type Flags } from './attack.ts'
import { quantile, Victim } from './victim.ts'

const HONEST_SHARE = 0.99
const GROWTH_LIMIT_MIB = 256
const RECOVERY_LIMIT_MS = 30 * SECOND_MS
const LOOP_LIMIT_MS = 100
const API_LIMIT_MS = 250
const SECONDS = { fallback: '20', meaning: 'how long the attack lasts' }
const WARM_UP_DIALS = 20
const DIALS_AT_ONCE = 10

export interface DosOptions {
  readonly does: string
  /** A file of `attackers`, without its ending. */
  readonly attacker: string
  readonly flag: {
    readonly name: string
    readonly fallback: string
    readonly most: number
    readonly meaning: string
  }
  /** Agents whose key logs the node has, by the names under which they are made. */
  readonly knows?: readonly string[]
  readonly gate?: Flags
  /** Whether the loop and the interface have bars too. */
  readonly staysQuick?: boolean
}

export function dosAttack(options: DosOptions): Attack {
  const { flag } = options
  return {
    does: options.does,
    flags: { [flag.name]: flag, seconds: SECONDS },
    ...(options.gate === undefined ? {} : { gate: options.gate }),
    limitMs: 240 * SECOND_MS,
    run: async ({ flags, progress }) => {
      const size = count(flags, flag.name, 1, flag.most)
      const lastsMs = count(flags, 'seconds', 2, 120) * SECOND_MS
      await using victim = await Victim.start()
      const identities = (options.knows ?? []).map((name) => persona(name).identity)
      const bundle = encodeBundle({ identities, records: [] })
      if (identities.length > 0) {
        await victim.actor.client.importRecords({ body: inOneChunk(bundle) })
      }
      await victim.honestDials(WARM_UP_DIALS)
      const restMib = victim.residentMib
      await using attacker = await Attacker.start(options.attacker, victim.actor.address, size)
      progress(`under attack, at ${rounded(restMib)} MiB`)
      const ending = new AbortController()
      const watching = victim.watch(ending.signal)
      const endsAt = performance.now() + lastsMs
      const tookMs: number[] = []
      let inTime = 0
      while (performance.now() < endsAt && victim.isAlive) {
        const dials = await victim.honestDials(DIALS_AT_ONCE)
        inTime += dials.inTime
        tookMs.push(...dials.tookMs)
      }
      ending.abort()
      const seen = await watching
      const said = await attacker.end()
      const recoveredMs = await recovery(victim)
      const growthMib = seen.peakMib - restMib
      const loopLateMs = quantile(seen.loopLateMs, 0.99)
      const apiMs = quantile(seen.apiMs, 0.99)
      const rejections = await victim.rejectionsCount()
      const figures: Record<string, Figure> = {
        attack: said,
        honestDials: tookMs.length,
        inTimePercent: rounded((inTime / tookMs.length) * 100, 2),
        dialP99Ms: rounded(quantile(tookMs, 0.99)),
        restMib: rounded(restMib),
        growthMib: rounded(growthMib),
        recoveredMs: rounded(recoveredMs),
        recordsRejected: rejections,
        loopLateP99Ms: rounded(loopLateMs),
        apiP99Ms: rounded(apiMs),
      }
      const misses = [
        missed(inTime < tookMs.length * HONEST_SHARE, `${inTime} of ${tookMs.length} got in`),
        missed(!(growthMib <= GROWTH_LIMIT_MIB), `grew by ${rounded(growthMib)} MiB`),
        missed(!(recoveredMs <= RECOVERY_LIMIT_MS), `recovered in ${rounded(recoveredMs)} ms`),
      ]
      if (options.staysQuick === true) {
        misses.push(
          missed(!(loopLateMs < LOOP_LIMIT_MS), `the loop was ${rounded(loopLateMs)} ms late`),
          missed(!(apiMs < API_LIMIT_MS), `the interface took ${rounded(apiMs)} ms`),
        )
      }
      return { figures, misses: misses.flat() }
    },
  }
}

function missed(isMiss: boolean, sentence: string): readonly string[] {
  return isMiss ? [sentence] : []
}

/** How long until honest peers get in, one after another, with the interface answering. */
async function recovery(victim: Victim): Promise<number> {
  const startedAt = performance.now()
  while (victim.isAlive && performance.now() - startedAt <= RECOVERY_LIMIT_MS) {
    const { count: asked, inTime } = await victim.honestDials(DIALS_AT_ONCE)
    const { peers } = await victim.actor.client.status({})
    if (inTime === asked && peers.connected <= 1) return performance.now() - startedAt
  }
  return Number.POSITIVE_INFINITY
}

/** The attacker's process: says a line when it has begun, and one that counts when it is told to end. */
class Attacker implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child
    this.#lines = lines
  }

  static async start(name: string, address: string, size: number): Promise<Attacker> {
    const file = join(import.meta.dirname, 'attackers', `${name}.ts`)
    const child = spawn(process.execPath, [file, address, String(size)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const attacker = new Attacker(child, lines)
    const { done } = await lines.next()
    if (done === true) throw new Error('the attacker ended before it began')
    return attacker
  }

  /** What it says that it did. */
  async end(): Promise<string> {
    this.#child.stdin?.end()
    const { value, done } = await this.#lines.next()
    await this[Symbol.asyncDispose]()
    return done === true ? 'unknown' : value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
