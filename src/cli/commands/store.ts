import { join } from 'node:path'
import { nativeVerifier } from '../../node/native-crypto.ts'
import { exists } from '../../store/database.ts'
import { generationsIn } from '../../store/generation.ts'
import { StoreLock } from '../../store/lock.ts'
import { MIGRATION_STEPS } from '../../store/migrations.ts'
import { repairStore, type RepairProgress } from '../../store/repair.ts'
import { Store } from '../../store/store.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { prepare } from '../daemon.ts'
import { EXIT } from '../exit.ts'
import { createLogger } from '../logger.ts'
import type { Output } from '../output.ts'
import { counted } from '../text.ts'
import { flagsOf } from './start.ts'

const SLICE_ROWS = 4_096
/** Rows between two lines of progress. */
const PROGRESS_ROWS = 65_536
/** Damaged rows that are named; all are counted. */
const SHOWN_LIMIT = 20

export const NETWORK_OPTION = { flags: '--network <name|file>', description: 'of the home' }

export async function prepared(invocation: Invocation, { env, platform, clock }: CommandContext) {
  const { paths, network } = await prepare({ env, platform, flags: flagsOf(invocation) })
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const how = { network: network.name, verifier: nativeVerifier, clock, log }
  return { paths, how }
}

export async function hasStore(home: string, output: Output): Promise<boolean> {
  const isThere = await Promise.all([exists(join(home, 'store.json')), generationsIn(home)])
  if (isThere[0] || isThere[1].length > 0) return true
  output.note(`There is no store in ${home}.`)
  return false
}

const check: CommandDefinition = {
  name: 'check',
  summary: 'Read the whole store and say what is damaged; the node must not run',
  options: [NETWORK_OPTION],
  examples: ['aip-node store check', 'aip-node store check --json'],

  async run(invocation, context) {
    const { output } = context
    const { paths, how } = await prepared(invocation, context)
    if (!(await hasStore(paths.state, output))) return EXIT.unknown
    await using store = await Store.open(paths.state, { ...how, lockFile: paths.lock })
    let rows = 0
    let indexes = 0
    let after: Uint8Array | undefined
    do {
      context.signal.throwIfAborted()
      const slice = await store.scrub(after, SLICE_ROWS, { mends: false })
      if (progressed(rows, rows + slice.rows)) output.note(`${rows + slice.rows} rows read`)
      rows += slice.rows
      indexes += slice.mendable
      after = slice.next
    } while (after !== undefined)
    const { damage } = store
    const { records, identities } = await store.stats()
    const isSound = damage.length + indexes === 0
    output.answer({ sound: isSound, rows, records, identities, indexes, damage }, () => [
      ...damage.slice(0, SHOWN_LIMIT).map(({ what, key, reason }) => `${what} ${key}: ${reason}`),
      isSound
        ? `${counted(rows, 'row')} read; the store is sound.`
        : `${counted(rows, 'row')} read; ${damage.length} damaged, ${indexes} to be made anew. Run "aip-node store repair", or start the node.`,
    ])
    return isSound ? EXIT.ok : EXIT.incompatible
  },
}

const repair: CommandDefinition = {
  name: 'repair',
  summary: 'Make a new store of all that can be read of this one; the node must not run',
  options: [NETWORK_OPTION],
  examples: ['aip-node store repair', 'aip-node store repair --json'],

  async run(invocation, context) {
    const { output } = context
    const { paths, how } = await prepared(invocation, context)
    if (!(await hasStore(paths.state, output))) return EXIT.unknown
    await using held = new AsyncDisposableStack()
    held.use(await StoreLock.acquire(paths.lock))
    let shown = 0
    const onProgress = ({ step, rows }: RepairProgress): void => {
      if (step === 'move' && !progressed(shown, rows)) return
      shown = rows
      output.note(step === 'move' ? `${rows} rows judged` : STEP_TEXT[step])
    }
    const steps = MIGRATION_STEPS
    const { tally: _, ...report } = await repairStore(paths.state, { ...how, steps, onProgress })
    const { records, identities, localRows, lost, generation, kept } = report
    output.answer(report, () => [
      `Kept ${counted(records, 'record')}, ${counted(identities, 'identity', 'identities')} and ${counted(localRows, 'row')} of your own; ${counted(lost, 'row')} could not be read.`,
      `The store is generation ${generation} now.`,
      ...(kept === undefined ? [] : [`What was damaged is in ${kept} until you delete it.`]),
      'What was public and is missing comes back from peers once the node runs.',
    ])
    return EXIT.ok
  },
}

const STEP_TEXT = {
  copy: 'copying the store aside',
  repair: 'mending the copy',
  done: 'done',
}

/** Whether a line of progress is due between these two counts. */
function progressed(before: number, now: number): boolean {
  return Math.floor(before / PROGRESS_ROWS) < Math.floor(now / PROGRESS_ROWS)
}

export const store: CommandDefinition = {
  name: 'store',
  summary: 'Check or repair what the node keeps on disk',
  examples: ['aip-node store check'],
  subcommands: [check, repair],
}
