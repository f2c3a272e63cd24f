/**
 * A process that opens a store of schema 1 and stops after so many batches of the step, for ever.
 *
 *     node migrating-child.ts HOME BATCHES
 */
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '../../../src/base/log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { toSchema2 } from '../../../src/store/schema-2.ts'
import { Store } from '../../../src/store/store.ts'
import { NETWORK } from './records.ts'

const [home = '', batches = '0'] = process.argv.slice(2)
const HOUR_MS = 3_600_000
let left = Number(batches)

await Store.open(home, {
  network: NETWORK,
  log: silentLogger,
  verifier: nativeVerifier,
  steps: [
    {
      to: 2,
      describe: 'the step, slowly',
      run: async (level) =>
        toSchema2(level, {
          rowsAtATime: 5,
          afterBatch: async () => {
            if (left-- > 0) return
            process.stdout.write('a part is done\n')
            await delay(HOUR_MS)
          },
        }),
    },
  ],
})
