/** A node without peers that a benchmark offers records to, and bare signature checks beside it. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import type { NetworkConfig } from '../../../src/node/config.ts'
import { AipNode } from '../../../src/node/node.ts'
import type { OwnIdentity } from '../../../src/node/own-identity.ts'
import type { Offered, Source } from '../../../src/p2p/ports.ts'
import { Candidate } from '../../../src/records/verified.ts'
import { costOf, type Cost } from './cpu.ts'
import type { Agent } from './load.ts'

/** As reconciliation offers them: a frame of one peer at once, from this many peers side by side. */
export const PAGE_RECORDS = 256
const PEERS = 4

/** What the same records cost: their signatures alone, and all of the way to the synced store. */
export interface Round {
  readonly bare: Cost
  readonly pipeline: Cost
}

export async function startNode(
  home: string,
  network: NetworkConfig,
  identity: OwnIdentity,
): Promise<AipNode> {
  return AipNode.start({
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
}

/** Bare checks and the pipeline in turn, so that a machine that slows down slows both. */
export async function measuredRounds(
  node: AipNode,
  network: string,
  agents: readonly Agent[],
  lists: readonly (readonly Uint8Array[])[],
): Promise<readonly Round[]> {
  await Promise.all(agents.map(async ({ state }) => node.writer.putIdentity(state)))
  const keys = importedKeys(agents)
  const rounds: Round[] = []
  for (const records of lists) {
    const bare = await costOf(bareChecks(records, network, keys))
    const pipeline = await costOf(async () => offerAll(node, records))
    rounds.push({ bare, pipeline })
  }
  return rounds
}

function importedKeys(agents: readonly Agent[]): ReadonlyMap<string, KeyObject> {
  return new Map(
    agents.map(({ signer: { publicKey } }) => {
      const x = Buffer.from(publicKey).toString('base64url')
      return [x, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })]
    }),
  )
}

/** Nothing but `crypto.verify`: messages, signatures and keys are at hand. */
function bareChecks(
  records: readonly Uint8Array[],
  network: string,
  keys: ReadonlyMap<string, KeyObject>,
): () => void {
  const checks = records.map((bytes) => {
    const { message, signature, publicKey } = Candidate.parse(bytes, { network }).check
    const key = keys.get(Buffer.from(publicKey).toString('base64url'))
    if (key === undefined) throw new Error('a record of the load is by nobody')
    return { message, signature, key }
  })
  return () => {
    for (const { message, signature, key } of checks) {
      if (!verify(null, message, key, signature)) {
        throw new Error('a signature of the load does not hold')
      }
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
