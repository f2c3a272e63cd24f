/** The steps of one record on its way in, each measured alone over the same records. */
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import { decodeCbor } from '../../../src/crypto/cbor.ts'
import { isStrict, SignatureProof } from '../../../src/crypto/ed25519.ts'
import { sha256Hex } from '../../../src/crypto/hash.ts'
import type { NetworkConfig } from '../../../src/node/config.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { laneOf, shardOf } from '../../../src/records/replica/lanes.ts'
import { Replica } from '../../../src/records/replica/replica.ts'
import { Candidate, Verified } from '../../../src/records/verified.ts'
import { LARGEST_RECORD_BYTES } from '../../../src/records/wire.ts'
import { Store } from '../../../src/store/store.ts'
import { costOf } from './cpu.ts'
import { rounded } from './figures.ts'
import { PAGE_RECORDS } from './ingest-node.ts'
import type { Agent } from './load.ts'

/** As the writer makes them under load. */
const BATCH_RECORDS = 512

export interface Part {
  readonly name: string
  /** A part of the one before it. */
  readonly isInner: boolean
  readonly cpuUs: number
  readonly mainUs: number
}

export async function measuredParts(
  records: readonly Uint8Array[],
  agents: readonly Agent[],
  at: { readonly home: string; readonly network: NetworkConfig; readonly nowMs: number },
): Promise<readonly Part[]> {
  const { home, nowMs } = at
  const { name: network, shardBits } = at.network
  const candidates = records.map((bytes) => Candidate.parse(bytes, { network }))
  const all: Verified[] = []
  const parts: Part[] = []
  const part = async (name: string, work: () => void | Promise<void>, isInner = false) => {
    const { cpuMs, mainMs } = await costOf(work)
    const each = 1_000 / records.length
    parts.push({ name, isInner, cpuUs: rounded(cpuMs * each), mainUs: rounded(mainMs * each) })
  }
  await part('decode and check the form (R1-R3)', () => {
    for (const bytes of records) Candidate.parse(bytes, { network })
  })
  const inner = true
  await part(
    'canonical CBOR',
    () => {
      for (const bytes of records) decodeCbor(bytes, LARGEST_RECORD_BYTES)
    },
    inner,
  )
  await part(
    'SHA-256 and hex',
    () => {
      for (const { check } of candidates) sha256Hex(check.message)
    },
    inner,
  )
  await part('signature (R7), on other threads', async () => {
    for (let from = 0; from < candidates.length; from += PAGE_RECORDS) {
      const page = candidates.slice(from, from + PAGE_RECORDS)
      const proofs = await Promise.all(
        page.map(async (one) => SignatureProof.of(one.check, nativeVerifier)),
      )
      for (const [index, proof] of proofs.entries()) {
        const candidate = page[index]
        if (candidate !== undefined && proof !== undefined) all.push(Verified.of(candidate, proof))
      }
    }
  })
  await part(
    'points that libraries disagree on',
    () => {
      for (const { check } of candidates) isStrict(check)
    },
    inner,
  )
  await part('best K (R10)', () => {
    const replica = new Replica(at.network)
    const place = { generation: 0, rotation: 0, workBits: 0 }
    for (const one of all) replica.apply(one, place, nowMs)
  })
  const options = { network, log: silentLogger, verifier: nativeVerifier }
  await using store = await Store.open(home, { ...options, lockFile: join(home, 'lock') })
  await store.commit({ identities: agents.map(({ state }) => state) }, { nowMs, durable: true })
  await part('rows and LevelDB, synced', async () => {
    for (let from = 0; from < all.length; from += BATCH_RECORDS) {
      const put = all.slice(from, from + BATCH_RECORDS).map((verified) => ({
        verified,
        shard: shardOf(shardSubject(verified.record), shardBits),
        lane: laneOf(verified.record),
      }))
      await store.commit({ put }, { nowMs, durable: true })
    }
  })
  return parts
}
