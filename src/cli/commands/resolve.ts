import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'

export const resolve: CommandDefinition = {
  name: 'resolve',
  summary: 'The DID document of an agent, how it was obtained and that it was verified',
  arguments: [{ name: '<agent>', description: 'DID, its beginning, petname or @me' }],
  examples: [
    'aip-node resolve did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    'aip-node resolve @me --json',
  ],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const result = await client.resolve({ did })
    const { source, retrieved } = result.didResolutionMetadata
    output.answer(result, () => [
      ...JSON.stringify(result.didDocument, undefined, 2).split('\n'),
      `obtained from ${source}, ${retrieved}; key log verified`,
    ])
  },
}
