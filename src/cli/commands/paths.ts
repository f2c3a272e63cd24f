import { pathsOf } from '../../base/paths.ts'
import type { CommandDefinition } from '../command.ts'

export const paths: CommandDefinition = {
  name: 'paths',
  summary: 'Where the node keeps its things',
  examples: ['aip-node paths', 'aip-node paths --json'],

  async run(_invocation, { env, platform, output }) {
    const { home, ...found } = pathsOf(env, platform)
    output.answer({ home: home ?? null, ...found }, () =>
      Object.entries(found).map(([name, path]) => `${name.padEnd(12)}${path}`),
    )
  },
}
