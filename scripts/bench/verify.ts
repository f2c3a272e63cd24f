/**
 * How dear it is to take a record in, measured against the signature check that it cannot do without.
 *
 *     npm run bench:verify -- [--records N] [--rounds N] [--json]
 *
 * A node without peers, on a store in a temporary directory, is offered signed vouches and
 * observations of many agents through its pipeline; each batch is synced before it is answered. In
 * the same run, in turn with it, the same signatures are checked by bare `crypto.verify` with keys
 * that are imported already. "Per core" divides by processor time of all threads, pool and LevelDB
 * included, so it does not depend on how many cores there are. The parts are measured one by one
 * afterwards, each over the records of one round.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/log.ts'
import { decodeCbor } from '../../src/crypto/cbor.ts'
import { isStrict, SignatureProof, type SignatureCheck } from '../../src/crypto/ed25519.ts'
import { sha256Hex } from '../../src/crypto/hash.ts'
import { readNetwork, type NetworkConfig } from '../../src/node/config.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import type { Offered, Source } from '../../src/p2p/ports.ts'
import { shardSubject } from '../../src/records/record.ts'
import { laneOf, shardOf } from '../../src/records/replica/lanes.ts'
import { Replica } from '../../src/records/replica/replica.ts'
import { Candidate, Verified } from '../../src/records/verified.ts'
import { LARGEST_RECORD_BYTES } from '../../src/records/wire.ts'
import { Store } from '../../src/store/store.ts'
import { costOf, sumOf, type Cost } from './parts/cpu.ts'
import { median, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { makeAgents, signedRecords, type Agent } from './parts/load.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

/** The least that issue-level figures allow: of all time on a record, so much is its signature. */
const RATIO_WANTED = 0.4
const RECORDS_PER_AGENT = 100
const AGENTS_LEAST = 8
/** As reconciliation offers them: a frame of one peer at once, from this many peers side by side. */
const PAGE_RECORDS = 256
const PEERS = 4
/** As the writer makes them under load. */
const BATCH_RECORDS = 1_024

const OPTIONS = {
  records: { least: 16, most: 80_000, fallback: 24_000, meaning: 'records in all rounds together' },
  rounds: { least: 1, most: 20, fallback: 6, meaning: 'rounds; one more is run first to warm up' },
}

interface Load {
  readonly network: NetworkConfig
  readonly agents: readonly Agent[]
  /** One list a round, the first for warming up. */
  readonly rounds: readonly (readonly Uint8Array[])[]
  readonly nowMs: number
}

interface Round {
  readonly bare: Cost
  readonly pipeline: Cost
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const load = makeLoad(counts)
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-verify-'))
  try {
    const rounds = await measured(load, join(directory, 'node'))
    const parts = await measuredParts(load, join(directory, 'parts'))
    const result = summary(load, rounds, parts)
    if (json) console.log(JSON.stringify({ bench: 'verify', on: where, ...result }))
    else console.log(reportText(result, surroundingsText(where)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function makeLoad({ records, rounds }: BenchOptions<keyof typeof OPTIONS>['counts']): Load {
  const perRound = Math.ceil(records / rounds)
  const count = perRound * (rounds + 1)
  const network = readNetwork('local')
  const nowMs = Date.now()
  const agents = makeAgents(Math.max(AGENTS_LEAST, Math.ceil(count / RECORDS_PER_AGENT)))
  const signed = signedRecords(count, agents, { network: network.name, nowMs })
  return {
    network,
    agents,
    nowMs,
    rounds: Array.from({ length: rounds + 1 }, (_, round) =>
      signed.slice(round * perRound, (round + 1) * perRound),
    ),
  }
}

/** Bare checks and the pipeline in turn, so that a machine that slows down slows both. */
async function measured(load: Load, home: string): Promise<readonly Round[]> {
  const { network, agents } = load
  const identity = await createIdentity(join(home, 'keys', 'operational.key'), network)
  await using node = await AipNode.start({
    home,
    identity,
    network,
    profile: 'offline',
    listen: [],
    trust: { profile: 'strict', introducers: [] },
    userAgent: 'aip-node/bench',
    clock: Date.now,
    log: silentLogger,
    lockFile: join(home, 'lock'),
  })
  await Promise.all(agents.map(async ({ state }) => node.writer.putIdentity(state)))
  const keys = importedKeys(agents)
  const rounds: Round[] = []
  for (const records of load.rounds) {
    const checks = records.map((bytes) => Candidate.parse(bytes, { network: network.name }).check)
    const bare = await costOf(() => checkAll(checks, keys))
    const pipeline = await costOf(async () => offerAll(node, records))
    rounds.push({ bare, pipeline })
  }
  return rounds.slice(1)
}

function importedKeys(agents: readonly Agent[]): ReadonlyMap<string, KeyObject> {
  return new Map(
    agents.map(({ signer: { publicKey } }) => {
      const x = Buffer.from(publicKey).toString('base64url')
      return [x, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })]
    }),
  )
}

function checkAll(checks: readonly SignatureCheck[], keys: ReadonlyMap<string, KeyObject>): void {
  for (const { message, signature, publicKey } of checks) {
    const key = keys.get(Buffer.from(publicKey).toString('base64url'))
    if (key === undefined || !verify(null, message, key, signature)) {
      throw new Error('a signature of the load does not hold')
    }
  }
}

async function offerAll(node: AipNode, records: readonly Uint8Array[]): Promise<void> {
  const pages: (readonly Uint8Array[])[] = []
  for (let at = 0; at < records.length; at += PAGE_RECORDS) {
    pages.push(records.slice(at, at + PAGE_RECORDS))
  }
  const peers = Array.from({ length: PEERS }, async (_, number) => {
    const source: Source = { via: 'sync', peer: `peer ${number}` }
    for (let page = pages.shift(); page !== undefined; page = pages.shift()) {
      const answers = await Promise.all(page.map(async (one) => node.pipeline.offer(one, source)))
      for (const answer of answers) assertTaken(answer)
    }
  })
  await Promise.all(peers)
}

function assertTaken(answer: Offered): void {
  if (answer.kind === 'refused') throw new Error(`the node refused a record: ${answer.code}`)
  if (!answer.fresh) throw new Error('the node knew a record of the load already')
}

interface Part {
  readonly name: string
  readonly cpuUs: number
  readonly mainUs: number
}

/** The steps of one record, each over all records of a round, alone. */
async function measuredParts(load: Load, home: string): Promise<readonly Part[]> {
  const { nowMs, agents } = load
  const { name: network, shardBits } = load.network
  const records = load.rounds.at(-1) ?? []
  const candidates = records.map((bytes) => Candidate.parse(bytes, { network }))
  const all: Verified[] = []
  const parts: Part[] = []
  const part = async (name: string, work: () => void | Promise<void>): Promise<void> => {
    const { cpuMs, mainMs } = await costOf(work)
    const each = 1_000 / records.length
    parts.push({ name, cpuUs: rounded(cpuMs * each), mainUs: rounded(mainMs * each) })
  }
  await part('parse (R1-R3), hash and copy included', () => {
    for (const bytes of records) Candidate.parse(bytes, { network })
  })
  await part('  of it: CBOR, both ways', () => {
    for (const bytes of records) decodeCbor(bytes, LARGEST_RECORD_BYTES)
  })
  await part('  of it: SHA-256 and hex', () => {
    for (const { check } of candidates) sha256Hex(check.message)
  })
  await part('signature (R7), on the pool', async () => {
    for (let at = 0; at < candidates.length; at += PAGE_RECORDS) {
      const page = candidates.slice(at, at + PAGE_RECORDS)
      const proofs = await Promise.all(
        page.map(async (one) => SignatureProof.of(one.check, nativeVerifier)),
      )
      for (const [index, proof] of proofs.entries()) {
        const candidate = page[index]
        if (candidate !== undefined && proof !== undefined) all.push(Verified.of(candidate, proof))
      }
    }
  })
  await part('  of it: points that libraries disagree on', () => {
    for (const { check } of candidates) isStrict(check)
  })
  await part('best K (R10)', () => {
    const replica = new Replica(load.network)
    const place = { generation: 0, rotation: 0, workBits: 0 }
    for (const one of all) replica.apply(one, place, nowMs)
  })
  const options = { network, log: silentLogger, verifier: nativeVerifier }
  await using store = await Store.open(home, { ...options, lockFile: join(home, 'lock') })
  await store.commit({ identities: agents.map(({ state }) => state) }, { nowMs, durable: true })
  await part('rows and LevelDB, synced', async () => {
    for (let at = 0; at < all.length; at += BATCH_RECORDS) {
      const put = all.slice(at, at + BATCH_RECORDS).map((verified) => ({
        verified,
        shard: shardOf(shardSubject(verified.record), shardBits),
        lane: laneOf(verified.record),
      }))
      await store.commit({ put }, { nowMs, durable: true })
    }
  })
  return parts
}

function summary(
  { agents, rounds: lists }: Load,
  rounds: readonly Round[],
  parts: readonly Part[],
) {
  const perRound = lists[0]?.length ?? 0
  const count = perRound * rounds.length
  const bare = sumOf(rounds.map((round) => round.bare))
  const pipeline = sumOf(rounds.map((round) => round.pipeline))
  const ratios = rounds.map((round) => round.bare.cpuMs / round.pipeline.cpuMs)
  const perRecordUs = (ms: number): number => rounded((ms * 1_000) / count)
  return {
    records: count,
    rounds: rounds.length,
    issuers: agents.length,
    recordBytes: Math.round(
      lists.flat().reduce((sum, { length }) => sum + length, 0) / lists.flat().length,
    ),
    ratio: rounded(median(ratios), 3),
    ratioLow: rounded(Math.min(...ratios), 3),
    ratioHigh: rounded(Math.max(...ratios), 3),
    ratioWanted: RATIO_WANTED,
    bare: {
      perCoreSecond: Math.round((count * 1_000) / bare.cpuMs),
      perSecond: Math.round((count * 1_000) / bare.wallMs),
      cpuUs: perRecordUs(bare.cpuMs),
    },
    pipeline: {
      perCoreSecond: Math.round((count * 1_000) / pipeline.cpuMs),
      perSecond: Math.round((count * 1_000) / pipeline.wallMs),
      cpuUs: perRecordUs(pipeline.cpuMs),
      mainUs: perRecordUs(pipeline.mainMs),
    },
    parts,
  }
}

function reportText(result: ReturnType<typeof summary>, where: string): string {
  const { bare, pipeline, parts } = result
  return [
    where,
    `${result.records} records of ${result.recordBytes} bytes by ${result.issuers} agents in ${result.rounds} rounds`,
    '',
    tableText([
      ['', 'per core and second', 'per second', 'us CPU each', 'us main thread each'],
      ['bare crypto.verify', bare.perCoreSecond, bare.perSecond, bare.cpuUs, bare.cpuUs],
      [
        'verified and on disk',
        pipeline.perCoreSecond,
        pipeline.perSecond,
        pipeline.cpuUs,
        pipeline.mainUs,
      ],
    ]),
    '',
    tableText([
      ['where it goes', 'us CPU each', 'us main thread each'],
      ...parts.map(({ name, cpuUs, mainUs }) => [name, cpuUs, mainUs]),
    ]),
    '',
    `ratio per core ${result.ratio} (rounds from ${result.ratioLow} to ${result.ratioHigh}; wanted: at least ${result.ratioWanted})`,
  ].join('\n')
}

await runBench(OPTIONS, main)
