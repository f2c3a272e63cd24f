/**
 * How fast a record reaches everybody, and how often each node hears it.
 *
 *     npm run bench:gossip -- [--nodes N] [--records N] [--json]
 *
 * So many whole nodes in one process, each with its own store in a temporary directory, connected
 * over real TCP, noise and yamux on loopback, preset `local`. They share the processor, so the times
 * say how much work there is rather than how fast a network of machines would be. Every other node
 * floods what it publishes (every peer gets it at once, the default) and the others send it to their
 * mesh peers alone; they take turns, so both are measured on the same mesh at the same time. One
 * record travels at a time. It has arrived where it is on disk and in the view; the time runs from
 * the request to sign it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../src/base/log.ts'
import { DAY_MS, SECOND_MS } from '../../src/base/units.ts'
import { readNetwork } from '../../src/node/config.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import { topicOf } from '../../src/p2p/gossip/topics.ts'
import type { Mesh } from '../../src/node/mesh.ts'
import { HOUR_LIMIT_COUNT } from '../../src/records/replica/limits.ts'
import { costOf } from './parts/cpu.ts'
import { mib, percentile, rounded, surroundings } from './parts/figures.ts'
import { surroundingsText, tableText } from './parts/figures.ts'
import { runBench, UsageError, type BenchOptions } from './parts/options.ts'

const OPTIONS = {
  nodes: { least: 2, most: 60, fallback: 30, meaning: 'nodes in this process' },
  records: { least: 2, most: 400, fallback: 100, meaning: 'records, half of them flooded' },
}

const NETWORK = readNetwork('local')
const TOPIC = topicOf(NETWORK, 'records', 0)
const WARM_UP_RECORDS = 10
const FORMING_LIMIT_MS = 120 * SECOND_MS
/** The mesh has formed when nothing has changed for so long, and no more than this is busy. */
const STEADY_MS = 3 * SECOND_MS
const REST_LIMIT_CORES = 0.3
const LOOK_MS = 100
/** How long the formed mesh is watched while nothing is published. */
const REST_MS = 5 * SECOND_MS
const ARRIVAL_LIMIT_MS = 30 * SECOND_MS

interface Member {
  readonly node: AipNode
  readonly mesh: Mesh
  readonly floods: boolean
}

/** One record's way to everybody. */
interface Journey {
  readonly floods: boolean
  /** When each of the others had it. */
  readonly arrivalsMs: readonly number[]
  /** Copies that all nodes received together, the first ones included. */
  readonly copies: number
  /** Nodes that had it from gossip, and not from a reconciliation. */
  readonly byGossip: number
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const room = counts.nodes * HOUR_LIMIT_COUNT.vouch - WARM_UP_RECORDS
  if (counts.records > room) {
    throw new UsageError(`${counts.nodes} nodes may say ${room} records in an hour, and no more.`)
  }
  const where = surroundings()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-gossip-'))
  try {
    await using parts = new AsyncDisposableStack()
    const begun = performance.now()
    const members: Member[] = []
    for (let at = 0; at < counts.nodes; at++) {
      const member = await enter(join(directory, `${at}`), members)
      members.push({ ...member, node: parts.use(member.node) })
    }
    await introduce(members)
    await formed(members)
    const formedMs = performance.now() - begun
    const rest = await costOf(async () => {
      await delay(REST_MS)
    })
    const copies = countCopies(members)
    const journeys: Journey[] = []
    for (let at = 0; at < WARM_UP_RECORDS + counts.records; at++) {
      journeys.push(await journey(members, at, copies))
    }
    const result = {
      ...summary(members, journeys.slice(WARM_UP_RECORDS)),
      formedMs: Math.round(formedMs),
      cpuAtRest: rounded(rest.cpuMs / rest.wallMs, 2),
    }
    if (json) console.log(JSON.stringify({ bench: 'gossip', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A node that starts from three of those that are there. */
async function enter(home: string, present: readonly Member[]): Promise<Member> {
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), NETWORK)
  const count = present.length
  const known = new Set([0, Math.floor(count / 2), count - 1].map((at) => present[at]))
  const bootstrap = [...known].flatMap((one) => one?.mesh.host.addresses()[0] ?? [])
  const floods = count % 2 === 0
  const node = await AipNode.start({
    home,
    identity,
    network: { ...NETWORK, bootstrap },
    profile: 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    trust: { profile: 'strict', introducers: [] },
    userAgent: 'aip-node/bench',
    clock: Date.now,
    log: silentLogger,
    lockFile: join(home, 'lock'),
    floodPublish: floods,
  })
  const { mesh } = node
  if (mesh === undefined) throw new Error('a node of this profile has a mesh')
  return { node, mesh, floods }
}

/** Everybody knows everybody's key log, so that no look-up runs beside what is measured. */
async function introduce(members: readonly Member[]): Promise<void> {
  const states = members.flatMap(({ node }) => node.identities.get(node.did) ?? [])
  for (const { node } of members) {
    await Promise.all(states.map(async (state) => node.writer.putIdentity(state)))
  }
}

/** Waits until connections and gossip meshes have stopped changing and the processor is at rest. */
async function formed(members: readonly Member[]): Promise<void> {
  const untilMs = performance.now() + FORMING_LIMIT_MS
  for (;;) {
    const before = shapeOf(members)
    const { cpuMs } = await costOf(async () => {
      await delay(STEADY_MS)
    })
    const isWhole = members.every((member) => peersOf(member) > 0 && meshOf(member) > 0)
    const isSteady = before === shapeOf(members) && cpuMs / STEADY_MS < REST_LIMIT_CORES
    if (isWhole && isSteady) return
    if (performance.now() < untilMs) continue
    if (isWhole) return
    throw new Error('the nodes did not find each other in time')
  }
}

function shapeOf(members: readonly Member[]): string {
  return members.map((member) => `${peersOf(member)}/${meshOf(member)}`).join()
}

function peersOf({ mesh }: Member): number {
  return mesh.gossip.peersOf(0).length
}

function meshOf({ mesh }: Member): number {
  const { pubsub } = mesh.host.libp2p.services
  const peers: unknown = Reflect.apply(libraryStep(pubsub, 'getMeshPeers'), pubsub, [TOPIC])
  return Array.isArray(peers) ? peers.length : 0
}

/** Copies received of each message so far, by its bytes. The library counts them for nobody. */
function countCopies(members: readonly Member[]): Map<string, number> {
  const copies = new Map<string, number>()
  for (const { mesh } of members) {
    const { pubsub } = mesh.host.libp2p.services
    const receive = libraryStep(pubsub, 'handleReceivedMessage')
    Reflect.set(pubsub, 'handleReceivedMessage', (from: unknown, message: { data: Uint8Array }) => {
      const name = nameOf(message.data)
      copies.set(name, (copies.get(name) ?? 0) + 1)
      return Reflect.apply(receive, pubsub, [from, message])
    })
  }
  return copies
}

function libraryStep(library: object, name: string): (...all: unknown[]) => unknown {
  const step: unknown = Reflect.get(library, name)
  if (typeof step !== 'function') throw new Error(`gossipsub has no ${name} any more`)
  return (...all) => Reflect.apply(step, library, all)
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** One node vouches for the next; resolves when all others have that on disk. */
async function journey(
  members: readonly Member[],
  at: number,
  copies: ReadonlyMap<string, number>,
): Promise<Journey> {
  const author = members[at % members.length]
  const step = 1 + (Math.floor(at / members.length) % (members.length - 1))
  const subject = members[(at + step) % members.length]
  if (author === undefined || subject === undefined) throw new RangeError('there are no nodes')
  const arrivalsMs: number[] = []
  let byGossip = 0
  let begun = 0
  const { promise: everywhere, resolve } = Promise.withResolvers<void>()
  const scope = `bench.${at}`
  const ends = members
    .filter((member) => member !== author)
    .map(({ node }) =>
      node.writer.onStored((record, { via }) => {
        if (record.type !== 'vouch' || record.scope !== scope) return
        arrivalsMs.push(performance.now() - begun)
        if (via === 'gossip') byGossip++
        if (arrivalsMs.length === members.length - 1) resolve()
      }),
    )
  const limit = new AbortController()
  try {
    begun = performance.now()
    const [issued] = await author.node.author.issue([
      {
        type: 'vouch',
        expiresAtMs: Date.now() + 30 * DAY_MS,
        subject: subject.node.did,
        inception: subject.node.identity.log.inception,
        scope,
        level: 800,
      },
    ])
    await Promise.race([
      everywhere,
      delay(ARRIVAL_LIMIT_MS, undefined, limit).then(() => {
        throw new Error(`a record reached ${arrivalsMs.length} of ${members.length - 1} nodes`)
      }),
    ])
    // Late copies are on their way while the last node writes: one more look at the sockets.
    await delay(LOOK_MS)
    const received = issued === undefined ? 0 : (copies.get(nameOf(issued.bytes)) ?? 0)
    return { floods: author.floods, arrivalsMs, copies: received, byGossip }
  } finally {
    limit.abort()
    for (const end of ends) end()
  }
}

function summary(members: readonly Member[], journeys: readonly Journey[]) {
  const others = members.length - 1
  const side = (floods: boolean) => {
    const own = journeys.filter((one) => one.floods === floods)
    const last = own.map(({ arrivalsMs }) => Math.max(...arrivalsMs))
    const each = own.flatMap(({ arrivalsMs }) => arrivalsMs)
    return {
      records: own.length,
      allP50Ms: rounded(percentile(last, 0.5)),
      allP99Ms: rounded(percentile(last, 0.99)),
      oneP50Ms: rounded(percentile(each, 0.5)),
      oneP99Ms: rounded(percentile(each, 0.99)),
      copiesPerNode: rounded(mean(own.map(({ copies }) => copies)) / others, 2),
      notByGossip: own.reduce((sum, { byGossip }) => sum + others - byGossip, 0),
    }
  }
  return {
    nodes: members.length,
    records: journeys.length,
    stores: 'LevelDB in a temporary directory, synced',
    peersEach: mean(members.map(peersOf)),
    meshPeersEach: mean(members.map(meshOf)),
    residentMib: mib(process.memoryUsage.rss()),
    flood: side(true),
    meshOnly: side(false),
  }
}

function mean(values: readonly number[]): number {
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length, 2)
}

function reportText(
  result: ReturnType<typeof summary> & { readonly formedMs: number; readonly cpuAtRest: number },
  where: string,
): string {
  const { nodes, flood, meshOnly } = result
  const others = `${nodes - 1} of ${nodes - 1}`
  const row = (name: string, of: (side: typeof flood) => number): (string | number)[] => [
    name,
    of(flood),
    of(meshOnly),
  ]
  return [
    where,
    `${nodes} nodes in one process, ${result.stores}; ${result.peersEach} peers and ${result.meshPeersEach} mesh peers each; formed in ${result.formedMs} ms`,
    `resident ${result.residentMib} MiB; at rest all nodes together keep ${result.cpuAtRest} of a core busy`,
    '',
    tableText([
      ['', 'flood publish', 'mesh only'],
      row('records', ({ records }) => records),
      row(`${others} have it, p50 ms`, ({ allP50Ms }) => allP50Ms),
      row(`${others} have it, p99 ms`, ({ allP99Ms }) => allP99Ms),
      row('one node has it, p50 ms', ({ oneP50Ms }) => oneP50Ms),
      row('one node has it, p99 ms', ({ oneP99Ms }) => oneP99Ms),
      row('copies received by each', ({ copiesPerNode }) => copiesPerNode),
      row('came by reconciliation instead', ({ notByGossip }) => notByGossip),
    ]),
  ].join('\n')
}

await runBench(OPTIONS, main)
