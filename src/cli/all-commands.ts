/** Every command there is, in the order of the help page. */
import type { CommandDefinition } from './command.ts'
import { clientCommands } from './commands.ts'
import { completionOf } from './commands/completion.ts'
import { nodeCommands } from './node-commands.ts'

const others: readonly CommandDefinition[] = [...nodeCommands, ...clientCommands]

export const completion: CommandDefinition = completionOf(others)

export const allCommands: readonly CommandDefinition[] = [...others, completion]
