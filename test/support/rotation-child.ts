/**
 * A process that changes the key of a home and is killed on the way: `rotation-child.ts KIND HOME SECRET
 * KILL_AT`. Every step that reaches the disk is counted, and before step KILL_AT the process
 * gets SIGKILL: no handler runs and nothing is closed. Without being killed it prints how many steps there were.
 */
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { Store } from '../../src/store/store.ts'

const [kind, home = '', secretHex = '', killAt = ''] = process.argv.slice(2)

let steps = 0
let isCounting = false

function step(): void {
  if (isCounting && ++steps === Number(killAt)) process.kill(process.pid, 'SIGKILL')
}

/** The call itself, and a step before it. */
function counted<Arguments extends readonly unknown[], Result>(
  call: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  return async (...given) => {
    step()
    return call(...given)
  }
}

const { open, rename, rm } = files
Object.assign(files, { open: counted(open), rename: counted(rename), rm: counted(rm) })
syncBuiltinESMExports()
// Called with its own store below.
// oxlint-disable-next-line typescript/unbound-method
const { commit } = Store.prototype
Store.prototype.commit = async function (...given) {
  step()
  await commit.apply(this, given)
  step()
}

const { readIdentity } = await import('../../src/node/own-identity.ts')
const { recoverIdentity, rotateKey } = await import('../../src/node/use/rotating.ts')
const { startOffline } = await import('./nodes.ts')
const { recoveryBy, rotationBy } = await import('./own-sheet.ts')
const { fromHex } = await import('../../src/base/bytes.ts')

const identity = await readIdentity(`${home}/keys/operational.key`)
if (identity === undefined) throw new Error('no identity')
await using started = await startOffline({ home, identity })
const { node } = started
const secret = fromHex(secretHex)
isCounting = true
const change = { isCompromised: kind !== 'rotate' }
if (kind === 'recover') await recoverIdentity(node, recoveryBy(secret, node, change))
else await rotateKey(node, rotationBy(secret, node, change))
isCounting = false
process.stdout.write(`${steps}\n`)
