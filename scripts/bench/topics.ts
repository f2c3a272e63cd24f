/**
 * What following a shard costs while nobody says anything, and how fast identities go into the DHT.
 *
 *     npm run bench:topics -- [--hosts N] [--rest SECONDS] [--puts N] [--most SHARDS] [--json]
 *
 * So many network hosts in one process, all connected, on a network of 256 shards. All follow the same
 * first 0, 1, 16, 64, 200 shards, one step after the other, each shard being two topics. A step is
 * measured at rest, once its meshes have formed: processor time and bytes on the wire of all hosts, over
 * gossipsub's own beat of a second. What 0 shards cost is everything that is not upkeep of topics. What
 * it took to get there is shown for each topic that was joined. Then identities are put into the DHT of the same hosts, one after the other. Processor time is that of
 * this process, so that other work on the machine does not count.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../src/base/log.ts'
import { SECOND_MS } from '../../src/base/units.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { Directory } from '../../src/p2p/dht/directory.ts'
import { kadService } from '../../src/p2p/dht/service.ts'
import { Gossip } from '../../src/p2p/gossip/gossip.ts'
import { startHost, type Host } from '../../src/p2p/host.ts'
import { costOf } from './parts/cpu.ts'
import { percentile, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

const OPTIONS = {
  hosts: { least: 2, most: 20, fallback: 8, meaning: 'hosts in this process, all connected' },
  rest: { least: 1, most: 60, fallback: 10, meaning: 'seconds for which each step is watched' },
  puts: { least: 1, most: 1_000, fallback: 20, meaning: 'identities put into the DHT' },
  most: { least: 1, most: 256, fallback: 200, meaning: 'shards of the last step' },
}

const NETWORK = { name: 'bench', preset: 'local' as const, bootstrap: [], shardBits: 8 }
const STEPS = [0, 1, 16, 64]
const FORMING_LIMIT_MS = 120 * SECOND_MS
/** Beats of gossipsub after which meshes have settled. */
const SETTLE_MS = 4 * SECOND_MS
const LOOK_MS = 50

interface Member extends AsyncDisposable {
  readonly host: Host
  readonly gossip: Gossip
  readonly directory: Directory
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  using wire = new Wire()
  await using parts = new AsyncDisposableStack()
  const members: Member[] = []
  for (let at = 0; at < counts.hosts; at++) {
    const member = parts.use(await startMember())
    for (const other of members) {
      await member.host.libp2p.dial(other.host.libp2p.getMultiaddrs(), {
        signal: AbortSignal.timeout(FORMING_LIMIT_MS),
      })
    }
    members.push(member)
  }
  await delay(SETTLE_MS)
  const steps: Step[] = []
  for (const shards of new Set([...STEPS.filter((step) => step < counts.most), counts.most])) {
    steps.push(
      await restAt(shards, {
        members,
        wire,
        restMs: counts.rest * SECOND_MS,
        followedBefore: steps.at(-1)?.shards ?? 0,
      }),
    )
  }
  for (const { gossip } of members) gossip.follow([])
  await delay(SETTLE_MS)
  const result = { hosts: counts.hosts, steps, dht: await putAll(members, counts.puts) }
  if (json) console.log(JSON.stringify({ bench: 'topics', on: where, ...result }))
  else console.log(reportText(result, surroundingsText(where)))
}

async function startMember(): Promise<Member> {
  const kad = kadService({
    network: NETWORK.name,
    preset: NETWORK.preset,
    mode: 'server',
    verifier: nativeVerifier,
    floor: () => Promise.resolve(undefined),
    clock: Date.now,
  })
  const host = await startHost({
    seed: randomSeed(),
    network: NETWORK,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    profile: 'test',
    log: silentLogger,
    userAgent: 'aip-node/bench',
    dht: kad.create,
  })
  const { libp2p } = host
  const sink = {
    offer: () => Promise.resolve({ kind: 'taken' as const, fresh: true }),
    offerIdentity: () => Promise.resolve({ kind: 'taken' as const, fresh: true }),
  }
  const gossip = Gossip.start(
    { libp2p, sink, log: silentLogger, clock: Date.now },
    { network: NETWORK, shards: [] },
  )
  const { dht } = libp2p.services
  if (dht === undefined) throw new Error('the host was made without its DHT')
  const directory = new Directory({ dht, parts: kad.parts(), log: silentLogger })
  return {
    host,
    gossip,
    directory,
    [Symbol.asyncDispose]: async () => {
      gossip.stop()
      await directory[Symbol.asyncDispose]()
      await host.stop()
    },
  }
}

interface Step {
  readonly shards: number
  readonly topics: number
  /** For one host and one topic: joining it, with its mesh. */
  readonly joinCpuUs: number
  readonly joinBytes: number
  /** Of one host, in a second. */
  readonly cpuMs: number
  readonly bytes: number
  readonly meshPeers: number
}

async function restAt(
  shards: number,
  given: {
    readonly members: readonly Member[]
    readonly wire: Wire
    readonly restMs: number
    readonly followedBefore: number
  },
): Promise<Step> {
  const { members, wire, restMs, followedBefore } = given
  const followed = Array.from({ length: shards }, (_, shard) => shard)
  const bytesBefore = wire.bytesWritten
  const joining = await costOf(async () => {
    for (const { gossip } of members) gossip.follow(followed)
    await known(members, shards)
    await delay(SETTLE_MS)
  })
  const joins = Math.max(1, 2 * (shards - followedBefore)) * members.length
  const joinBytes = Math.round((wire.bytesWritten - bytesBefore) / joins)
  const before = wire.bytesWritten
  const { cpuMs, wallMs } = await costOf(async () => {
    await delay(restMs)
  })
  const hostSeconds = (wallMs / SECOND_MS) * members.length
  return {
    shards,
    topics: 2 * shards,
    joinCpuUs: Math.round((joining.cpuMs * 1_000) / joins),
    joinBytes,
    cpuMs: rounded(cpuMs / hostSeconds, 2),
    bytes: Math.round((wire.bytesWritten - before) / hostSeconds),
    meshPeers: rounded(meshPeersOf(members), 1),
  }
}

/** Waits until everybody knows that everybody follows the last shard. */
async function known(members: readonly Member[], shards: number): Promise<void> {
  const untilMs = performance.now() + FORMING_LIMIT_MS
  const isKnown = (): boolean =>
    members.every(({ gossip }) => gossip.peersOf(shards - 1).length === members.length - 1)
  if (shards === 0) return
  while (!isKnown()) {
    if (performance.now() > untilMs) throw new Error(`${shards} shards were not followed in time`)
    await delay(LOOK_MS)
  }
}

function meshPeersOf(members: readonly Member[]): number {
  const counts = members.flatMap(({ host }) => {
    const { pubsub } = host.libp2p.services
    return pubsub.getTopics().map((topic) => meshSizeOf(pubsub, topic))
  })
  return counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length
}

/** The library's class says it, and its interface does not. */
function meshSizeOf(pubsub: object, topic: string): number {
  const step: unknown = Reflect.get(pubsub, 'getMeshPeers')
  if (typeof step !== 'function') throw new Error('gossipsub does not tell its mesh peers')
  const peers: unknown = Reflect.apply(step, pubsub, [topic])
  return Array.isArray(peers) ? peers.length : 0
}

/** One after the other: what a single node manages. */
async function putAll(members: readonly Member[], puts: number) {
  const [first] = members
  if (first === undefined) throw new Error('there are no hosts')
  const states = Array.from({ length: puts }, () => {
    const { log } = incept({ genesis: nativeSigner(randomSeed()), verifier: nativeVerifier })
    return IdentityState.of(log)
  })
  const acknowledged: number[] = []
  const { cpuMs, wallMs } = await costOf(async () => {
    for (const state of states) {
      acknowledged.push((await first.directory.publishIdentity(state)).acknowledged)
    }
  })
  return {
    puts,
    peersEach: rounded(percentile(acknowledged, 0.5), 0),
    perSecond: rounded(puts / (wallMs / SECOND_MS)),
    cpuMsEach: rounded(cpuMs / puts, 2),
  }
}

/** The bytes that all sockets of this process have written. */
class Wire implements Disposable {
  readonly #sockets = new Set<Socket>()
  #closedBytes = 0

  constructor() {
    for (const channel of CHANNELS) subscribe(channel, this.#meet)
  }

  get bytesWritten(): number {
    let bytes = this.#closedBytes
    for (const socket of this.#sockets) bytes += socket.bytesWritten
    return bytes
  }

  [Symbol.dispose](): void {
    for (const channel of CHANNELS) unsubscribe(channel, this.#meet)
  }

  readonly #meet = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('socket' in message)) return
    const { socket } = message
    if (!(socket instanceof Socket)) return
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#closedBytes += socket.bytesWritten
      this.#sockets.delete(socket)
    })
  }
}

const CHANNELS = ['net.client.socket', 'net.server.socket']

function reportText(
  {
    hosts,
    steps,
    dht,
  }: { hosts: number; steps: readonly Step[]; dht: Awaited<ReturnType<typeof putAll>> },
  where: string,
): string {
  return [
    where,
    `${hosts} hosts in one process, all connected; for one host, at rest in a second:`,
    '',
    tableText([
      ['shards', 'topics', 'mesh peers', 'joining one: µs', 'bytes', 'at rest: CPU ms', 'bytes'],
      ...steps.map((step) => {
        const { shards, topics, meshPeers, joinCpuUs, joinBytes, cpuMs, bytes } = step
        return [shards, topics, meshPeers, joinCpuUs, joinBytes, cpuMs, bytes]
      }),
    ]),
    '',
    `DHT: ${dht.puts} identities, each to ${dht.peersEach} peers, one after the other: ${dht.perSecond} a second, ${dht.cpuMsEach} ms of CPU each, all hosts together`,
  ].join('\n')
}

await runBench(OPTIONS, main)
