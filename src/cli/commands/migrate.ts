import type { Paths } from '../../base/paths.ts'
import { StoreLock } from '../../store/lock.ts'
import { Store } from '../../store/store.ts'
import { backUpStore, backupPath, upgradeOf, type Upgrade } from '../../store/upgrade.ts'
import type { CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'
import { counted } from '../text.ts'
import { NETWORK_OPTION, hasStore, prepared } from './store.ts'

export const migrate: CommandDefinition = {
  name: 'migrate',
  summary:
    'Bring the store to the schema of this release, with a copy before; the node must not run',
  options: [
    { flags: '--dry-run', description: 'say what would be done, and change nothing' },
    NETWORK_OPTION,
  ],
  examples: ['aip-node migrate --dry-run', 'aip-node migrate'],

  async run(invocation, context) {
    const { output } = context
    const { paths, how } = await prepared(invocation, context)
    const { state: home, lock: lockFile } = paths
    if (!(await hasStore(home, output))) return EXIT.unknown
    const upgrade = await upgradeOf(home, how.network)
    // Without store.json the opening says what is missing.
    if (upgrade === undefined || (upgrade.steps.length === 0 && !invocation.has('dryRun'))) {
      await using store = await Store.open(home, { ...how, lockFile })
      const records = store.recordCount
      output.answer({ ...told(upgrade), backup: null, done: true, records }, () => [
        'The store has the schema of this release; there is nothing to do.',
      ])
      return EXIT.ok
    }
    if (invocation.has('dryRun')) {
      const backup = upgrade.steps.length === 0 ? null : backupPath(home, upgrade.found)
      output.answer({ ...told(upgrade), backup, done: false }, () => planOf(upgrade, backup))
      return EXIT.ok
    }
    const backup = await backUpLocked(paths, upgrade)
    output.note(`The store as it was is in ${backup}.`)
    await using store = await Store.open(home, { ...how, lockFile })
    const records = store.recordCount
    output.answer({ ...told(upgrade), backup, done: true, records }, () => [
      `${counted(upgrade.steps.length, 'step')} done: the store has schema ${upgrade.known} now.`,
      `Delete ${backup} when you miss nothing.`,
    ])
    return EXIT.ok
  },
}

/** Nobody else writes while the files are copied. */
async function backUpLocked({ state, lock }: Paths, upgrade: Upgrade): Promise<string> {
  await using held = new AsyncDisposableStack()
  held.use(await StoreLock.acquire(lock))
  return await backUpStore(state, upgrade)
}

function told(upgrade: Upgrade | undefined) {
  const steps = upgrade?.steps.map(({ to, describe }) => ({ to, does: describe })) ?? []
  return { found: upgrade?.found ?? null, known: upgrade?.known ?? null, steps }
}

function planOf({ found, known, steps }: Upgrade, backup: string | null): readonly string[] {
  if (backup === null) return [`The store has schema ${found}, that of this release.`]
  return [
    `The store has schema ${found}, this release has ${known}.`,
    `copy  to ${backup}`,
    ...steps.map(({ to, describe }) => `${to}     ${describe}`),
    'Nothing was changed.',
  ]
}
