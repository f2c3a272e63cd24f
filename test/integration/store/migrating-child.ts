/**
 * A process that opens a store with a step that stops after its first batch, for ever.
 *
 *     node migrating-child.ts HOME
 */
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../../src/base/log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { DROP_JOURNAL } from '../../../src/store/drop-journal.ts'
import { MIGRATION_STEPS, schemaAfter } from '../../../src/store/migrations.ts'
import { Store } from '../../../src/store/store.ts'
import { NETWORK } from './records.ts'

const [home = ''] = process.argv.slice(2)
const HOUR_MS = 3_600_000

await Store.open(home, {
  network: NETWORK,
  log: silentLogger,
  verifier: nativeVerifier,
  steps: [
    ...MIGRATION_STEPS,
    {
      ...DROP_JOURNAL,
      to: schemaAfter(MIGRATION_STEPS) + 1,
      run: async (level) =>
        DROP_JOURNAL.run(level, {
          rowsAtATime: 5,
          afterBatch: async () => {
            process.stdout.write('a part is gone\n')
            await delay(HOUR_MS)
          },
        }),
    },
  ],
})
