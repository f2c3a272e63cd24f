/** Nodes of the network layer on loopback: real TCP, noise, yamux and gossip; no store and no rules. */
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../src/base/log.ts'
import { Gossip } from '../../src/p2p/gossip/gossip.ts'
import type { GossipConfig } from '../../src/p2p/gossip/gossip.ts'
import { startHost } from '../../src/p2p/host.ts'
import type { Host, HostOptions, NetworkConfig } from '../../src/p2p/host.ts'
import type { IngestSink, Offered, Source } from '../../src/p2p/ports.ts'

export const localNetwork: NetworkConfig = {
  name: 'local',
  preset: 'local',
  bootstrap: [],
  shardBits: 0,
}

let seedCount = 0

/** 32 bytes that no other call in this file's process returns. */
export function freshSeed(): Uint8Array {
  const seed = new Uint8Array(32).fill(7)
  new DataView(seed.buffer).setUint32(0, ++seedCount)
  return seed
}

/** A host on a port that the system chooses. */
export async function loopbackHost(changes: Partial<HostOptions> = {}): Promise<Host> {
  return startHost({
    seed: freshSeed(),
    network: localNetwork,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    profile: 'test',
    log: silentLogger,
    userAgent: 'aip-node/test',
    ...changes,
  })
}

export interface OfferedBytes {
  readonly kind: 'record' | 'identity'
  readonly bytes: Uint8Array
  readonly source: Source
}

/** A sink that writes down what it is offered; `judge` says what became of it. */
export class ListSink implements IngestSink {
  readonly offers: OfferedBytes[] = []
  judge: (offer: OfferedBytes) => Offered | Promise<Offered>

  constructor(
    judge: (offer: OfferedBytes) => Offered | Promise<Offered> = () => ({
      kind: 'taken',
      fresh: true,
    }),
  ) {
    this.judge = judge
  }

  get texts(): string[] {
    return this.offers.map(({ bytes }) => Buffer.from(bytes).toString())
  }

  async offer(bytes: Uint8Array, source: Source): Promise<Offered> {
    const offer: OfferedBytes = { kind: 'record', bytes, source }
    this.offers.push(offer)
    return this.judge(offer)
  }

  async offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered> {
    const offer: OfferedBytes = { kind: 'identity', bytes, source }
    this.offers.push(offer)
    return this.judge(offer)
  }
}

export interface MeshNode extends AsyncDisposable {
  readonly host: Host
  readonly gossip: Gossip
  readonly sink: ListSink
}

export async function meshNode(
  options: {
    readonly host?: Partial<HostOptions>
    readonly gossip?: Partial<GossipConfig>
    readonly sink?: ListSink
  } = {},
): Promise<MeshNode> {
  const network = options.host?.network ?? localNetwork
  const host = await loopbackHost(options.host)
  const sink = options.sink ?? new ListSink()
  const gossip = Gossip.start(
    { libp2p: host.libp2p, sink, log: silentLogger, clock: Date.now },
    {
      network,
      shards: Array.from({ length: 2 ** network.shardBits }, (_, shard) => shard),
      ...options.gossip,
    },
  )
  return {
    host,
    gossip,
    sink,
    [Symbol.asyncDispose]: async () => {
      gossip.stop()
      await host.stop()
    },
  }
}

/** `from` dials `to`. */
export async function connect(from: Host, to: Host): Promise<void> {
  await from.libp2p.dial(to.libp2p.getMultiaddrs(), { signal: AbortSignal.timeout(10_000) })
}

/** Waits until `check` holds; fails with `what` after the limit. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const endMs = Date.now() + limitMs
  while (!(await check())) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await delay(15)
  }
}

/** Connects, and waits until gossip of shard 0 flows both ways. */
export async function meet(a: MeshNode, b: MeshNode): Promise<void> {
  await connect(a.host, b.host)
  await eventually(
    'both know each other as subscribers',
    () =>
      a.gossip.peersOf(0).includes(b.host.peerId) && b.gossip.peersOf(0).includes(a.host.peerId),
  )
}
