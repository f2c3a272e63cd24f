/**
 * The step that takes the arrival journal away. Peers once read on in it from where they had stopped;
 * since they compare sets, nobody asks for an order of arrival.
 *
 * Not among the steps yet: catch-up reads the journal still. Its `to` is the schema after the step
 * before it, so it is given when the step is put into the list.
 */
import { PREFIX, rangeOf } from './keys.ts'
import { compactRange, type Rows } from './level.ts'
import type { MigrationStep } from './migrations.ts'

const ROWS_AT_A_TIME = 4_096

interface HowToRun {
  readonly rowsAtATime?: number
  /** Called when a part is gone. */
  readonly afterBatch?: () => Promise<void>
}

/** Deletes whatever is left of the journal, so it may be cut short and run again at any point. */
async function run(level: Rows, { rowsAtATime, afterBatch }: HowToRun = {}): Promise<void> {
  const range = rangeOf(PREFIX.journal)
  const limit = rowsAtATime ?? ROWS_AT_A_TIME
  for (;;) {
    const keys = await level.keys({ ...range, limit }).all()
    if (keys.length === 0) break
    await level.batch(keys.map((key) => ({ type: 'del', key })))
    await afterBatch?.()
  }
  await compactRange(level, range.gte, range.lt)
}

export const DROP_JOURNAL: Omit<MigrationStep, 'to' | 'run'> & { readonly run: typeof run } = {
  describe: 'drop the arrival journal',
  run,
}
