/** Attack on delivery: a part of the mesh passes nothing on, or spams; each node in a namespace of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SECOND_MS } from '../../src/base/units.ts'
import { Cast, recordIds, type Actor } from '../../src/cli/demo/cast.ts'
import { actorAt, enterAll, sayOne } from '../../test/support/crowd.ts'
import { Country, whyNoNamespaces } from '../../test/support/namespaces.ts'
import { rounded } from '../bench/parts/figures.ts'
import { AttackUsageError, count, type Attack, type Outcome } from './parts/attack.ts'
import { quantile, ROOT } from './parts/victim.ts'

const NODES_LIMIT = 30
const QUIET_LOAD = 3
const SOON_MS = 10 * SECOND_MS
const SOON_SHARE = 0.999
const ALL_LIMIT_MS = 30 * SECOND_MS
const LOOK_MS = SECOND_MS / 4
const MODES: readonly string[] = ['drop', 'spam']

export const attack: Attack = {
  does: 'Peers that drop and spam in the mesh: each honest record reaches each honest node.',
  flags: {
    nodes: { fallback: '30', meaning: 'all nodes' },
    bad: { fallback: '10', meaning: 'hostile ones among them' },
    mix: { fallback: 'drop,spam', meaning: 'what those do, in turn: drop, spam' },
    records: { fallback: '5', meaning: 'records of each honest node' },
    load: { fallback: String(QUIET_LOAD), meaning: 'load above which it does not run' },
  },
  gate: { nodes: '6', bad: '2', load: '8' },
  limitMs: 300 * SECOND_MS,
  run: async ({ flags, progress }) => {
    const nodes = count(flags, 'nodes', 3, NODES_LIMIT)
    const bad = count(flags, 'bad', 0, nodes - 2)
    const each = count(flags, 'records', 1, 20)
    const load = loadavg()[0] ?? 0
    const modes = (flags['mix'] ?? '').split(',')
    if (!modes.every((mode) => MODES.includes(mode))) {
      throw new AttackUsageError('--mix takes drop, spam, or both with a comma between.')
    }
    const obstacle = await whyNoNamespaces()
    if (obstacle !== undefined) return notRun(obstacle)
    if (load > count(flags, 'load', 1, 100)) return notRun(`the load is ${rounded(load, 1)}`)
    await using country = await Country.of(nodes)
    await using cast = await Cast.open(join(ROOT, 'src', 'cli', 'main.ts'))
    const first = await country.enter(cast, 0, [])
    const others = Array.from({ length: nodes - bad - 1 }, (_, at) => at + 1)
    const honest = [
      first,
      ...(await enterAll(others, async (at) => country.enter(cast, at, [first.address]))),
    ]
    await using stack = new AsyncDisposableStack()
    const addresses = honest.map(({ address }) => address)
    for (let n = 0; n < bad; n++) {
      const peer = await badPeer(
        country,
        honest.length + n,
        modes[n % modes.length] ?? '',
        addresses,
      )
      stack.defer(async () => ended(peer))
    }
    progress(`${honest.length} honest nodes and ${bad} hostile ones`)
    return await delivery(honest, each)
  },
}

function notRun(reason: string): Outcome {
  return { figures: {}, misses: [], notRun: `Not here, not now: ${reason}.` }
}

async function badPeer(
  country: Country,
  at: number,
  mode: string,
  addresses: readonly string[],
): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'parts', 'attackers', 'mesh-peer.ts')
  const [program = '', ...before] = country.within(at)
  const child = spawn(program, [...before, process.execPath, file, mode, ...addresses], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ends = once(child, 'exit').then(() => {
    throw new Error('a hostile peer ended before it began')
  })
  await Promise.race([once(child.stdout, 'data'), ends])
  ends.catch(() => undefined) // at the end it is told to
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Each honest node says so many things; how soon each other one has each of them. */
async function delivery(honest: readonly Actor[], each: number): Promise<Outcome> {
  const saidAt = new Map<string, number>()
  const tookMs: number[] = []
  const lookers = honest.map((actor) => ({ actor, seen: new Set<string>() }))
  const look = async (): Promise<void> => {
    const looking = lookers.map(async ({ actor, seen }) => {
      for (const id of await recordIds(actor)) {
        const at = saidAt.get(id)
        if (at === undefined || seen.has(id)) continue
        seen.add(id)
        tookMs.push(performance.now() - at)
      }
    })
    await Promise.all(looking)
  }
  for (let n = 0; n < each; n++) {
    for (const [at, actor] of honest.entries()) {
      const about = actorAt(honest, (at + 1) % honest.length)
      saidAt.set(await sayOne(actor, about, n), performance.now())
    }
    await look()
  }
  const pairs = saidAt.size * honest.length
  const lastAt = performance.now()
  while (tookMs.length < pairs && performance.now() - lastAt < ALL_LIMIT_MS) {
    await look()
    await delay(LOOK_MS)
  }
  const soon = tookMs.filter((ms) => ms <= SOON_MS).length
  const figures = {
    pairs,
    within10sPercent: rounded((soon / pairs) * 100, 2),
    within30sPercent: rounded((tookMs.length / pairs) * 100, 2),
    p50Ms: rounded(quantile(tookMs, 0.5)),
    p99Ms: rounded(quantile(tookMs, 0.99)),
  }
  const misses = [
    ...(soon < pairs * SOON_SHARE ? [`${soon} of ${pairs} pairs within 10 s`] : []),
    ...(tookMs.length < pairs ? [`${pairs - tookMs.length} pairs not within 30 s`] : []),
  ]
  return { figures, misses }
}
