/**
 * One of the two processes of `bench:catch-up`. As `holder`: makes records, offers them to its own
 * pipeline, says what that cost, and stays to be caught up with. As `late`: holds nothing, dials the
 * holder and says what it cost to be level. Says each in one line of JSON.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../../src/base/log.ts'
import { KIB_BYTES, SECOND_MS } from '../../../src/base/units.ts'
import { readNetwork } from '../../../src/node/config.ts'
import { AipNode } from '../../../src/node/node.ts'
import { createIdentity } from '../../../src/node/own-identity.ts'
import type { Source } from '../../../src/p2p/ports.ts'
import { costOf, type Cost } from './cpu.ts'
import { makeAgents, signedRecords } from './load.ts'

const RECORDS_PER_AGENT = 100
const AGENTS_LEAST = 8
/** As reconciliation offers them: so many at once, from one peer. */
const FRAME_RECORDS = 1_024
const LEVEL_LIMIT_MS = 600 * SECOND_MS
const LOOK_MS = 20

export interface HolderLine {
  readonly address: string
  readonly ingest: Cost
}

export interface LateLine {
  readonly cost: Cost
  readonly records: number
  readonly sessions: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly residentBytes: number
  /** The most at any time since the process began. */
  readonly mostResidentBytes: number
}

async function main([role, home, text, address]: readonly (string | undefined)[]): Promise<void> {
  const count = Number(text)
  if (home === undefined || !Number.isInteger(count)) throw new Error('role, home and count')
  const node = await startedNode(home, role === 'late' ? [address ?? ''] : [])
  const line = role === 'late' ? await catchUp(node, count) : await fill(node, count)
  console.log(JSON.stringify(line))
  process.stdin.resume()
  await new Promise((next) => process.stdin.once('end', next))
  await node[Symbol.asyncDispose]()
}

async function startedNode(home: string, bootstrap: readonly string[]): Promise<AipNode> {
  const local = readNetwork('local')
  // Room for as many observations as are asked for.
  const shardLimitBytes = 8 * local.shardLimitBytes
  const network = { ...local, shardLimitBytes, bootstrap: [...bootstrap] }
  return AipNode.start({
    home,
    identity: await createIdentity(join(home, 'keys', 'operational.key'), network),
    network,
    profile: 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    trust: { profile: 'strict', introducers: [] },
    userAgent: 'aip-node/bench',
    clock: Date.now,
    log: silentLogger,
    lockFile: join(home, 'lock'),
  })
}

async function fill(node: AipNode, count: number): Promise<HolderLine> {
  const network = node.network.name
  const agents = makeAgents(Math.max(AGENTS_LEAST, Math.ceil(count / RECORDS_PER_AGENT)))
  const records = signedRecords(count, agents, { network, nowMs: Date.now() })
  await Promise.all(agents.map(async ({ state }) => node.writer.putIdentity(state)))
  const source: Source = { via: 'sync', peer: 'the load' }
  const ingest = await costOf(async () => {
    for (let at = 0; at < count; at += FRAME_RECORDS) {
      const frame = records.slice(at, at + FRAME_RECORDS)
      await Promise.all(frame.map(async (bytes) => node.pipeline.offer(bytes, source)))
    }
  })
  if (node.writer.recordCount !== count) throw new Error(`${node.writer.recordCount} are stored`)
  const [address] = node.mesh?.host.addresses() ?? []
  if (address === undefined) throw new Error('the holder listens nowhere')
  return { address, ingest }
}

async function catchUp(node: AipNode, count: number): Promise<LateLine> {
  const sync = node.mesh?.sync
  if (sync === undefined) throw new Error('the late one has no network')
  const until = Date.now() + LEVEL_LIMIT_MS
  while (sync.state.sessions.length === 0 && node.writer.recordCount === 0) await delay(1)
  const cost = await costOf(async () => {
    while (node.writer.recordCount < count) {
      if (Date.now() > until) throw new Error(`only ${node.writer.recordCount} have come`)
      await delay(LOOK_MS)
    }
  })
  while (sync.state.sessions.length > 0) await delay(LOOK_MS)
  const { sessions, receivedBytes, sentBytes } = sync.state.totals
  return {
    cost,
    records: node.writer.recordCount,
    sessions,
    receivedBytes,
    sentBytes,
    residentBytes: process.memoryUsage.rss(),
    mostResidentBytes: process.resourceUsage().maxRSS * KIB_BYTES,
  }
}

await main(process.argv.slice(2))
