import type { CommandDefinition } from '../command.ts'

export const meshKey: CommandDefinition = {
  name: 'mesh-key',
  summary: 'Make the key of a private mesh: only nodes that have it can connect',
  arguments: [{ name: '<file>', description: 'where to write it; it must not be there yet' }],
  examples: ['aip-node mesh-key ~/mesh.key'],

  async run(invocation, { output }) {
    const path = invocation.needed(0)
    const { makePreSharedKey } = await import('../../node/pre-shared-key.ts')
    await makePreSharedKey(path)
    output.answer({ path }, () => [
      `Wrote ${path}.`,
      'Give every node of the mesh the same file, mode 600, over a way that nobody else reads,',
      `and set in its config.toml: preSharedKeyFile = "${path}"`,
    ])
  },
}
