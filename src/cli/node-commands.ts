/** The commands that hold a node of their own, or its key; in the order of the help page. */
import type { CommandDefinition } from './command.ts'
import { backup } from './commands/backup.ts'
import { deactivate } from './commands/deactivate.ts'
import { demo } from './commands/demo.ts'
import { importIdentity } from './commands/import.ts'
import { init } from './commands/init.ts'
import { migrate } from './commands/migrate.ts'
import { passphrase } from './commands/passphrase.ts'
import { recover } from './commands/recover.ts'
import { restore } from './commands/restore.ts'
import { rotate } from './commands/rotate.ts'
import { start } from './commands/start.ts'
import { store } from './commands/store.ts'

export const nodeCommands: readonly CommandDefinition[] = [
  demo,
  init,
  start,
  rotate,
  recover,
  deactivate,
  passphrase,
  backup,
  restore,
  importIdentity,
  store,
  migrate,
]
