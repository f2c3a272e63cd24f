/**
 * What is on disk, read anew: the index that admission goes by (R10), and the evidence in memory.
 *
 * Observations are read first, as they bring the promises that they name. What no longer belongs
 * here, because time has passed while the node was off, leaves the disk.
 */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { Replica } from '../records/replica/replica.ts'
import type { Store } from '../store/store.ts'
import type { EvidenceRecord } from '../trust/context.ts'
import type { NetworkConfig } from './config.ts'
import { observationsFirst, type Evidence } from './evidence.ts'
import type { IdentityBook } from './identity-book.ts'

/** @throws {StoreError} when the disk cannot be read, or does not let go; all is as before then. */
export async function readReplica(from: {
  readonly store: Store
  readonly evidence: Evidence
  readonly identities: IdentityBook
  readonly network: Pick<NetworkConfig, 'shardBits' | 'shardLimitBytes' | 'workBits'>
  readonly clock: Clock
  readonly log: Logger
}): Promise<Replica> {
  const { store, evidence, identities, network, clock, log } = from
  const replica = new Replica(network)
  const nowMs = clock()
  const stored: EvidenceRecord[] = []
  for await (const { id, record } of store.records()) stored.push({ id, record })
  for (const one of observationsFirst(stored)) {
    const place = identities.place(one.record.issuer, one.record.key)
    if (place !== undefined) replica.apply(one, place, nowMs)
  }
  const gone = stored.filter(({ id }) => !replica.has(id)).map(({ id }) => id)
  if (gone.length > 0) {
    log.info('records left their retention while the node was off', { count: gone.length })
    await store.commit({ evict: gone }, { nowMs, durable: true })
  }
  evidence.replace(stored.filter(({ id }) => replica.has(id)))
  return replica
}
