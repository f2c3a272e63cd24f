import type { CommandDefinition } from '../command.ts'
import { versionsOf } from '../versions.ts'

export const version: CommandDefinition = {
  name: 'version',
  summary: 'Which release this is; with --json the versions of interface, wire and store too',
  examples: ['aip-node version', 'aip-node version --json'],

  async run(_invocation, { output }) {
    const versions = versionsOf()
    output.answer(versions, () => [`aip-node ${versions.package}`])
  },
}
