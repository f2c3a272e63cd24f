/**
 * Who plays in the demo, as real processes: each a node with its own home, key and LevelDB.
 *
 * Starts `aip-node start` as a user would, waits until the node says where it can be reached, and
 * ends what it started, by process id.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SECOND_MS } from '../../base/units.ts'
import type { Client } from '../../api/contract.ts'
import { connect } from '../../sdk/client.ts'

const READY_LIMIT_MS = 30 * SECOND_MS
const POLL_MS = 100
const STOP_LIMIT_MS = 10 * SECOND_MS

export interface Actor {
  readonly name: string
  readonly home: string
  readonly did: string
  readonly client: Client
  /** A multiaddr that other nodes can dial. */
  readonly address: string
  readonly process: ChildProcess
}

/** How a node is started, where that is not as a user would. */
export interface Launch {
  /** What runs the command: `ip netns exec NAME`, say. It becomes the node, under its process id. */
  readonly within?: readonly string[]
  /** Further flags of `aip-node start`. */
  readonly flags?: readonly string[]
  /** How long it may take until it answers. */
  readonly readyLimitMs?: number
}

export class Cast implements AsyncDisposable {
  readonly #root: string
  readonly #command: string
  readonly #processes = new Set<ChildProcess>()

  private constructor(root: string, command: string) {
    this.#root = root
    this.#command = command
  }

  /** A stage in a fresh temporary directory; `command` is the script that runs a node. */
  static async open(command: string): Promise<Cast> {
    return new Cast(await mkdtemp(join(tmpdir(), 'aip-demo-')), command)
  }

  get root(): string {
    return this.#root
  }

  /** Starts the node of this name, in the home it had before if it had one. */
  async enter(name: string, bootstrap: readonly string[], launch: Launch = {}): Promise<Actor> {
    const home = join(this.#root, name)
    const known = bootstrap.flatMap((address) => ['--bootstrap', address])
    const [program, ...before] = [...(launch.within ?? []), process.execPath]
    const child = spawn(
      program ?? process.execPath,
      [
        ...before,
        this.#command,
        'start',
        '--home',
        home,
        '--network',
        'local',
        '--profile',
        'test',
        '--log-level',
        'warn',
        ...known,
        ...(launch.flags ?? []),
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, UV_THREADPOOL_SIZE: '4', AIP_NODE_API_LAB: 'true' },
      },
    )
    this.#processes.add(child)
    let complaint = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000)
    })
    child.once('exit', () => this.#processes.delete(child))

    const deadline = Date.now() + (launch.readyLimitMs ?? READY_LIMIT_MS)
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name} did not start: ${complaint}`)
      if (Date.now() > deadline) throw new Error(`${name} was not ready in time: ${complaint}`)
      const client = await clientOf(home)
      const identity = await client?.identity({}).catch(() => undefined)
      const status = identity === undefined ? undefined : await client?.status({})
      const address = identity?.addresses[0]
      // A node that was killed leaves its address file behind: the answer must be this process's.
      if (client !== undefined && address !== undefined && status?.pid === child.pid) {
        return { name, home, did: identity?.did ?? '', client, address, process: child }
      }
      await delay(POLL_MS)
    }
  }

  /** Ends a node the hard way: SIGKILL, no goodbye. */
  async kill(actor: Actor): Promise<void> {
    const gone = exited(actor.process)
    actor.process.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ending = [...this.#processes].map(async (child) => {
      const gone = exited(child)
      child.kill('SIGTERM')
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await gone
      clearTimeout(limit)
    })
    await Promise.all(ending)
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** The client of the node in this home, once it has left its address. */
async function clientOf(home: string): Promise<Client | undefined> {
  try {
    return await connect({ home })
  } catch {
    return undefined // not up yet
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((done) => {
    child.once('exit', () => done())
  })
}

/** The ids of all records that a node holds, in order. */
export async function recordIds(actor: Actor): Promise<readonly string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await actor.client.listRecords({
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    })
    ids.push(...page.items.map((record) => record.id))
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return ids.toSorted()
}

/** Waits until all hold the same ids, and says how many. */
export async function converged(
  actors: readonly Actor[],
  atLeast: number,
  limitMs: number,
): Promise<{ readonly count: number; readonly tookMs: number }> {
  const begun = Date.now()
  for (;;) {
    const held = await Promise.all(actors.map(async (actor) => recordIds(actor)))
    const first = held[0]?.join() ?? ''
    const count = held[0]?.length ?? 0
    if (count >= atLeast && held.every((ids) => ids.join() === first)) {
      return { count, tookMs: Date.now() - begun }
    }
    if (Date.now() - begun > limitMs) {
      const counts = actors.map((actor, at) => `${actor.name} ${held[at]?.length ?? 0}`)
      throw new Error(`the nodes did not agree in time: ${counts.join(', ')}`)
    }
    await delay(2 * POLL_MS)
  }
}
