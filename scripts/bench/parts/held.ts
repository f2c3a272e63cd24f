/**
 * A store with as many records as a benchmark wants, put there without the pipeline: what is on disk
 * is not verified again, so the signatures of these need not be any.
 */
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import { SIGNATURE_BYTES } from '../../../src/crypto/ed25519.ts'
import { sha256Hex } from '../../../src/crypto/hash.ts'
import type { NetworkConfig } from '../../../src/node/config.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { laneOf, shardOf } from '../../../src/records/replica/lanes.ts'
import { Verified } from '../../../src/records/verified.ts'
import { decodeRecord } from '../../../src/records/wire.ts'
import { Store } from '../../../src/store/store.ts'
import { makeAgents, signedRecords, type Agent } from './load.ts'

const BATCH_RECORDS = 4_000
/** Records of one agent: as many as its lanes and hours have room for. */
const RECORDS_PER_AGENT = 200
const AGENTS_PER_BATCH = BATCH_RECORDS / RECORDS_PER_AGENT

/** Adds `count` records, with the key logs of their issuers. */
export async function fillStore(
  home: string,
  count: number,
  { network, nowMs }: { readonly network: NetworkConfig; readonly nowMs: number },
): Promise<void> {
  const { name, shardBits } = network
  const options = { network: name, log: silentLogger, verifier: nativeVerifier }
  await using store = await Store.open(home, { ...options, lockFile: join(home, 'lock') })
  for (let left = count; left > 0; left -= BATCH_RECORDS) {
    const agents = makeAgents(AGENTS_PER_BATCH).map(withoutSigning)
    const records = signedRecords(Math.min(left, BATCH_RECORDS), agents, { network: name, nowMs })
    const put = records.map((bytes) => {
      const verified = Verified.restored(bytes, sha256Hex(decodeRecord(bytes).unsigned), {
        network: name,
      })
      const { record } = verified
      return { verified, shard: shardOf(shardSubject(record), shardBits), lane: laneOf(record) }
    })
    const identities = agents.map(({ state }) => state)
    await store.commit({ put, identities }, { nowMs, durable: false })
  }
}

function withoutSigning(agent: Agent): Agent {
  const { publicKey } = agent.signer
  return { ...agent, signer: { publicKey, sign: () => new Uint8Array(SIGNATURE_BYTES) } }
}
