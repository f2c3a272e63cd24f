/**
 * How an older database becomes one of today: numbered steps, forward only, run at the start.
 *
 * A step may write in many batches; the new number is written, synced, when the step is done. A step
 * that was cut short runs again, so it must come to the same when it finds its own work half done.
 */
import type { Logger } from '../base/log.ts'
import type { Level } from 'level'
import { StoreError } from './error.ts'
import { metaKey } from './keys.ts'
import { sealNumber, unsealNumber } from './rows.ts'
import { toSchema2 } from './schema-2.ts'

export interface MigrationStep {
  /** The schema after it: one more than before. */
  readonly to: number
  readonly describe: string
  readonly run: (level: Level<Uint8Array, Uint8Array>) => Promise<void>
}

/** The schema of the first release; each step adds one. */
export const FIRST_SCHEMA = 1
export const MIGRATION_STEPS: readonly MigrationStep[] = [
  {
    to: 2,
    describe: 'drop the arrival journal, shorten index rows',
    run: async (level) => toSchema2(level),
  },
]

export function schemaAfter(steps: readonly MigrationStep[]): number {
  return FIRST_SCHEMA + steps.length
}

const SCHEMA_KEY = metaKey('schema')

/**
 * Runs the steps that are still to run.
 *
 * @throws {StoreError} `store/newer`; `store/corrupt` when the number cannot be read.
 */
export async function migrate(
  database: { readonly level: Level<Uint8Array, Uint8Array>; readonly path: string },
  steps: readonly MigrationStep[],
  log: Logger,
): Promise<void> {
  const value: Uint8Array | undefined = await database.level.get(SCHEMA_KEY)
  const found = value === undefined ? undefined : unsealNumber(SCHEMA_KEY, value)
  if (found === undefined || found < FIRST_SCHEMA) {
    const reason = 'its schema version cannot be read'
    throw new StoreError({ code: 'store/corrupt', path: database.path, reason })
  }
  const known = schemaAfter(steps)
  if (found > known) throw new StoreError({ code: 'store/newer', found, known })
  for (const step of steps) {
    if (step.to <= found) continue
    log.info('migrating the store', { to: step.to, step: step.describe })
    await step.run(database.level)
    await database.level.put(SCHEMA_KEY, sealNumber(SCHEMA_KEY, step.to), { sync: true })
  }
}
