/**
 * Three nodes as real processes, fed and asked as a user would: by the command line and the client.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Imported } from '../../src/api/views.ts'
import { pathsOf } from '../../src/base/paths.ts'
import { MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import type { Cast, Actor } from '../../src/cli/demo/cast.ts'
import { EXIT } from '../../src/cli/exit.ts'
import { writeKeyFile } from '../../src/node/key-file.ts'
import { decodeBundle } from '../../src/records/bundle.ts'
import type { Person } from './people.ts'

/** The script that runs a node, and that is the command line. */
export const COMMAND = join(import.meta.dirname, '../../src/cli/main.ts')
/** The longest that one answer may take: the first view of all records is among them. */
const ANSWER_LIMIT_MS = 2 * MINUTE_MS
const IMPORT_LIMIT_MS = 30 * MINUTE_MS
const STOP_LIMIT_MS = 30 * SECOND_MS
const OUTPUT_LIMIT_BYTES = 16 * MIB_BYTES
const POLL_MS = SECOND_MS

export interface Viewpoint extends Actor {
  readonly person: Person
}

/** Starts a node for each, all known to the first. */
export async function startNodes(cast: Cast, people: readonly Person[]): Promise<Viewpoint[]> {
  const started: Viewpoint[] = []
  for (const person of people) {
    const home = join(cast.root, person.name)
    const { keyFile } = pathsOf({ AIP_NODE_HOME: home }, process.platform)
    await writeKeyFile(keyFile, { seed: person.seed, log: person.log.bytes })
    const actor = await cast.enter(
      person.name,
      started.slice(0, 1).map(({ address }) => address),
    )
    if (actor.did !== person.did) throw new Error(`${person.name} runs under another identity`)
    started.push({ ...actor, person })
  }
  return started
}

/** Runs the command line against a node, and gives what it printed. */
async function command(
  { home }: Actor,
  args: readonly string[],
  limitMs: number,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const argv = [COMMAND, ...args, '--home', home, '--timeout', `${limitMs / SECOND_MS}s`]
  const options = { timeout: limitMs, maxBuffer: OUTPUT_LIMIT_BYTES, signal }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, argv, options)
    return { text: stdout, exitCode: EXIT.ok }
  } catch (error) {
    const failed = z.object({ code: z.int(), stdout: z.string() }).safeParse(error)
    if (failed.data?.code !== EXIT.unknown) throw error
    return { text: failed.data.stdout, exitCode: failed.data.code }
  }
}

/** `aip-node record import FILE`. */
export async function importBundle(
  node: Viewpoint,
  file: string,
  signal: AbortSignal,
): Promise<Imported> {
  const { text } = await command(
    node,
    ['record', 'import', file, '--json'],
    IMPORT_LIMIT_MS,
    signal,
  )
  return z.object({ v: z.literal(1), data: Imported }).parse(JSON.parse(text)).data
}

/** `aip-node explain DID`, as people see it. */
export async function explained(
  node: Viewpoint,
  did: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { text } = await command(node, ['explain', did], ANSWER_LIMIT_MS, signal)
  return text.trimEnd().split('\n')
}

export async function recordCount({ client }: Actor): Promise<number> {
  return (await client.status({}, { timeoutMs: ANSWER_LIMIT_MS })).store.records
}

/** A name for the bytes of a record; all nodes hold the same ones. */
export function bytesName(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

/** The records that a node holds, byte for byte, as it exports them. */
export async function heldNames({ client }: Actor): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  const chunks = client.exportRecords({}, { timeoutMs: ANSWER_LIMIT_MS })
  for await (const { kind, bytes } of decodeBundle(chunks)) {
    if (kind === 'record') held.add(bytesName(bytes))
  }
  return held
}

/** Waits until all hold the same records, and gives their names; `undefined` when time is up. */
export async function agreed(
  nodes: readonly Viewpoint[],
  options: {
    readonly limitMs: number
    readonly signal: AbortSignal
    readonly onCounts: (counts: readonly number[]) => void
  },
): Promise<ReadonlySet<string> | undefined> {
  const endMs = Date.now() + options.limitMs
  while (Date.now() < endMs) {
    const counts = await Promise.all(nodes.map(recordCount))
    options.onCounts(counts)
    if (counts.every((count) => count === counts[0])) {
      const [first = new Set<string>(), ...others] = await Promise.all(nodes.map(heldNames))
      if (others.every((held) => isSame(held, first))) return first
    }
    await delay(POLL_MS, undefined, { signal: options.signal })
  }
  return undefined
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && a.isSubsetOf(b)
}

export async function storeBytes({ home }: Actor): Promise<number> {
  const { store } = pathsOf({ AIP_NODE_HOME: home }, process.platform)
  const names = await readdir(store, { recursive: true })
  const sizes = names.map(async (name) => {
    // LevelDB removes files as it goes.
    const entry = await stat(join(store, name)).catch(() => undefined)
    return entry?.isFile() === true ? entry.size : 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Ends a node as `systemctl stop` would. */
export async function stopNode({ process: child, name }: Viewpoint): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const limit = AbortSignal.timeout(STOP_LIMIT_MS)
  const gone = new Promise<void>((done, fail) => {
    child.once('exit', () => done())
    limit.addEventListener('abort', () => fail(new Error(`the node of ${name} does not stop`)))
  })
  child.kill('SIGTERM')
  await gone
}
