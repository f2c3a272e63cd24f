/**
 * The store over a simulated disk: the rows, batches, counts and readers are the product's; only the files,
 * the lock and the minding of room around them are not here, since they ask the real disk.
 */
import type { Logger } from '../../../src/base/log.ts'
import type { Verifier } from '../../../src/crypto/ed25519.ts'
import { planBatch } from '../../../src/store/batch.ts'
import { DamageList } from '../../../src/store/damage.ts'
import { begin, readTally, type Database } from '../../../src/store/database.ts'
import { withInventory } from '../../../src/store/inventory.ts'
import { MIGRATION_STEPS } from '../../../src/store/migrations.ts'
import { Reader } from '../../../src/store/reader.ts'
import { BATCHES_WAITING_LIMIT, type Store, type StoreBatch } from '../../../src/store/store.ts'
import { recordsIn, resumedTally } from '../../../src/store/tally.ts'
import { Turns } from '../../../src/store/turns.ts'
import type { SimulatedDisk } from './disk.ts'

const FIRST_GENERATION = 1

export interface StoreSettings {
  readonly network: string
  readonly verifier: Verifier
  readonly clock: () => number
  readonly log: Logger
}

/** Makes what a new disk needs. */
export async function format(
  disk: SimulatedDisk,
  { network, clock }: StoreSettings,
): Promise<void> {
  const database: Database = { level: disk.open(true), path: 'simulated' }
  await begin(database, FIRST_GENERATION, { network, clock, steps: MIGRATION_STEPS })
}

/** The store as a node finds it after a crash. */
export async function openStore(disk: SimulatedDisk, settings: StoreSettings): Promise<Store> {
  const { network, verifier, log } = settings
  const database: Database = { level: disk.open(), path: 'simulated' }
  const damage = new DamageList(log)
  const reader = new Reader(database, damage, { network, verifier })
  const turns = new Turns(BATCHES_WAITING_LIMIT)
  let tally = resumedTally(await readTally(database), 1, damage)
  const commit: Store['commit'] = async (batch: StoreBatch, { nowMs, durable }) =>
    turns.take(async () => {
      const plan = await planBatch(batch, { database, tally, nowMs }, damage)
      if (plan.operations.length === 0) return
      await database.level.batch([...plan.operations], { sync: durable || plan.mustSync })
      tally = plan.tally
    })
  const store = {
    failed: undefined,
    isTight: false,
    get recordCount() {
      return recordsIn(tally)
    },
    damage: damage.entries,
    commit,
    has: reader.has.bind(reader),
    get: reader.get.bind(reader),
    records: () => reader.records(),
    outlines: () => reader.outlines(() => undefined),
    recordAt: reader.recordAt.bind(reader),
    recordsAt: reader.recordsAt.bind(reader),
    recordsOf: reader.recordsOf.bind(reader),
    identity: reader.identity.bind(reader),
    identityAt: reader.identityAt.bind(reader),
    identityBytes: reader.identityBytes.bind(reader),
    ownSequence: reader.ownSequence.bind(reader),
    inventory: async <T>(read: Parameters<typeof withInventory<T>>[1]) =>
      withInventory(database, read),
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the parts of a node ask of it
  return store as unknown as Store
}
