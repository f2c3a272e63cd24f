import { signCardFile } from '../agent-card-file.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'

export const id: CommandDefinition = {
  name: 'id',
  summary: 'Who this node is: its DID, key and addresses',
  options: [
    { flags: '--invite', description: 'print the line to send to somebody who should connect' },
    {
      flags: '--card <file>',
      description: 'print this AgentCard of A2A with the DID in it, signed; "-": standard input',
    },
  ],
  examples: [
    'aip-node id',
    'aip-node id --invite',
    'aip-node id --card card.json > agent-card.json',
  ],

  async run(invocation, context) {
    const { connect, output } = context
    const card = invocation.text('card')
    if (card !== undefined) {
      if (invocation.has('invite')) {
        throw new CliError({ code: 'cli/usage', problem: '--card and --invite exclude each other' })
      }
      return signCardFile(card, context)
    }
    const identity = await (await connect()).identity({})
    if (invocation.has('invite')) {
      const [best] = identity.invites
      if (best === undefined) throw new CliError({ code: 'cli/no-address' })
      output.answer({ invite: best, all: identity.invites }, () => [best])
      return
    }
    output.answer(identity, () => [
      `did        ${identity.did}`,
      `did:key    ${identity.didKey}`,
      `key        ${identity.keyId}`,
      `root       ${identity.root}`,
      ...(identity.state === 'active' ? [] : [`state      ${identity.state}`]),
      `inception  ${identity.inception}`,
      `peer id    ${identity.peerId}`,
      `network    ${identity.network}`,
      ...identity.addresses.map((address) => `address    ${address}`),
    ])
  },
}
