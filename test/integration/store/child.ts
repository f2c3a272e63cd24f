/**
 * A process that writes until it is stopped: one batch after another, each acknowledged on standard
 * output after it is durable; when the disk takes no more, what the store says then.
 *
 *     node child.ts HOME vouch|observation FIRST [lazy]
 *
 * With `lazy` it acknowledges before anything is durable.
 */
import { silentLogger } from '../../../src/base/log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { StoreError } from '../../../src/store/error.ts'
import { Store } from '../../../src/store/store.ts'
import { DURABLE, LAZY, NETWORK, alice, bob, largeObservation, vouch } from './records.ts'

const [home = '', kind = '', first = '0', how = ''] = process.argv.slice(2)
const options = how === 'lazy' ? LAZY : DURABLE
const make = kind === 'vouch' ? vouch : largeObservation
const opening = { network: NETWORK, log: silentLogger, verifier: nativeVerifier }
await using store = await Store.open(home, opening)

for (let n = Number(first); ; n++) {
  const record = make(alice, bob, n)
  const code = await codeOf(store.commit({ put: [record] }, options))
  if (code === undefined) {
    process.stdout.write(`${record.verified.id}\n`)
    continue
  }
  let readable = 0
  for await (const _ of store.records()) readable++
  const again = await codeOf(store.commit({ put: [record] }, options))
  const failed = store.failed?.fault.code
  process.stdout.write(`${JSON.stringify({ code, again, failed, readable })}\n`)
  break
}

async function codeOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.fault.code
    throw error
  }
}
