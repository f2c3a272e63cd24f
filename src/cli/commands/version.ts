import { VERSION } from '../../api/version.ts'
import type { CommandDefinition } from '../command.ts'

export const version: CommandDefinition = {
  name: 'version',
  summary: 'Which release this is',
  examples: ['aip-node version', 'aip-node version --json'],

  async run(_invocation, { output }) {
    output.answer({ package: VERSION, api: 'v1', node: process.version }, () => [
      `aip-node ${VERSION}`,
    ])
  },
}
