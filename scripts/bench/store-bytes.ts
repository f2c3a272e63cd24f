/**
 * What a record takes on disk beside its own bytes.
 *
 *     npm run bench:store-bytes -- [--records N] [--agents N] [--json]
 *
 * Vouches of about 300 bytes with a statement, among agents of which each has issued some, are written
 * in batches as the node writes them, and the store is closed. The directory is measured as it is
 * then, and once more after its whole range was compacted.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/log.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { SignatureProof, type Signer } from '../../src/crypto/ed25519.ts'
import { didOf, type Did } from '../../src/identity/did.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { laneOf, shardOf } from '../../src/records/replica/lanes.ts'
import { Candidate, signRecord, Verified } from '../../src/records/verified.ts'
import type { NewRecord } from '../../src/store/batch.ts'
import { bytesIn } from '../../src/store/database.ts'
import { Store } from '../../src/store/store.ts'
import { mib, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'

const RATIO_WANTED = 1.6
const BATCH_RECORDS = 500
const SHARD_BITS = 4
const NETWORK = 'bench'
const BEGIN_MS = 1_800_000_000_000

const OPTIONS = {
  records: { least: 10, most: 2_000_000, fallback: 50_000, meaning: 'records written' },
  agents: { least: 2, most: 100_000, fallback: 2_000, meaning: 'agents that issue them' },
}

interface Agent {
  readonly did: Did
  readonly signer: Signer
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  const home = await mkdtemp(join(tmpdir(), 'aip-bench-store-'))
  try {
    const ownBytes = await filled(home, counts)
    const directory = join(home, 'store')
    const diskBytes = await bytesIn(directory)
    {
      await using store = await opened(home)
      await store.compact()
    }
    const compactBytes = await bytesIn(directory)
    const result = {
      records: counts.records,
      ownBytes,
      diskBytes,
      compactBytes,
      ratio: rounded(diskBytes / ownBytes, 2),
      ratioCompact: rounded(compactBytes / ownBytes, 2),
      ratioWanted: RATIO_WANTED,
    }
    if (json) console.log(JSON.stringify({ bench: 'store-bytes', on: where, ...result }))
    else {
      const rows = [
        ['', 'MiB', 'of the records’ own'],
        ['own bytes', mib(ownBytes), '1'],
        ['on disk', mib(diskBytes), String(result.ratio)],
        ['compacted', mib(compactBytes), `${result.ratioCompact} (wanted: ${RATIO_WANTED})`],
      ]
      console.log(`${tableText(rows)}\n${surroundingsText(where)}`)
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function opened(home: string): Promise<Store> {
  return Store.open(home, { network: NETWORK, log: silentLogger, verifier: nativeVerifier })
}

/** @returns the records' own bytes. */
async function filled(home: string, counts: { records: number; agents: number }): Promise<number> {
  const agents = Array.from({ length: counts.agents }, (): Agent => {
    const signer = nativeSigner(randomSeed())
    return { signer, did: didOf(signer.publicKey) }
  })
  await using store = await opened(home)
  let ownBytes = 0
  for (let done = 0; done < counts.records;) {
    const size = Math.min(BATCH_RECORDS, counts.records - done)
    const put = Array.from({ length: size }, (_, at) => vouch(agents, done + at))
    for (const { verified } of put) ownBytes += verified.bytes.length
    await store.commit({ put }, { nowMs: BEGIN_MS + done, durable: true })
    done += size
  }
  return ownBytes
}

function vouch(agents: readonly Agent[], n: number): NewRecord {
  const issuer = agents[n % agents.length]
  const subject = agents[(n * 7 + 1 + Math.floor(n / agents.length)) % agents.length]
  if (issuer === undefined || subject === undefined) throw new Error('there are no agents')
  const at = BEGIN_MS + n * 60
  const bytes = signRecord(
    {
      type: 'vouch',
      sequence: at,
      issuedAtMs: at,
      expiresAtMs: at + 90 * DAY_MS,
      subject: subject === issuer ? didOf(nativeSigner(randomSeed()).publicKey) : subject.did,
      inception: randomSeed(),
      scope: 'code-review',
      level: 1 + (n % 1000),
      statement: `Reviewed change ${n} with me and found what I had missed.`,
    },
    issuer.signer,
    { network: NETWORK, issuer: issuer.did },
  )
  const candidate = Candidate.parse(bytes, { network: NETWORK })
  const proof = SignatureProof.now(candidate.check, nativeVerifier)
  if (proof === undefined) throw new Error('a record that was just signed verifies')
  const verified = Verified.of(candidate, proof)
  const shard = shardOf(subject.did, SHARD_BITS)
  return { verified, shard, lane: laneOf(verified.record) }
}

await runBench(OPTIONS, main)
