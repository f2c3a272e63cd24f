import type { CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'
import { table } from '../text.ts'

const list: CommandDefinition = {
  name: 'list',
  summary: 'The nodes that this node is connected to or knows',
  examples: ['aip-node peers list'],

  async run(_invocation, { connect, output }) {
    const found = await (await connect()).listPeers({})
    output.answer(found, () =>
      found.items.length === 0
        ? [
            'No peers yet. Ask somebody for an invite (aip-node id --invite), then: aip-node peers add',
          ]
        : table(
            ['peer', 'agent', 'state', 'address'],
            found.items.map((peer) => [
              peer.peer,
              peer.did ?? '',
              peer.connected ? (peer.direction ?? 'connected') : 'known',
              peer.addresses[0] ?? '',
            ]),
          ),
    )
  },
}

const add: CommandDefinition = {
  name: 'add',
  summary: 'Connect to a node and remember it',
  arguments: [{ name: '<address>', description: 'invite or multiaddr' }],
  examples: [
    'aip-node peers add "aip-node:/ip4/192.0.2.7/tcp/7471/p2p/12D3KooW…?did=did:aip:…&network=main"',
  ],

  async run(invocation, { connect, output }) {
    const peer = await (await connect()).addPeer({ address: invocation.needed(0) })
    output.answer(peer, () => [
      `${peer.connected ? 'Connected to' : 'Remembered'} ${peer.peer}${peer.did === null ? '' : ` (${peer.did})`}.`,
    ])
  },
}

const remove: CommandDefinition = {
  name: 'remove',
  summary: 'Disconnect from a node and forget it',
  arguments: [{ name: '<peer>', description: 'peer id' }],
  examples: ['aip-node peers remove 12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj'],

  async run(invocation, { connect, output }) {
    const peer = invocation.needed(0)
    const result = await (await connect()).removePeer({ peer })
    output.answer(result, () => [result.removed ? `Forgot ${peer}.` : `No peer ${peer} is known.`])
    return result.removed ? EXIT.ok : EXIT.unknown
  },
}

export const peers: CommandDefinition = {
  name: 'peers',
  summary: 'The nodes around this one: list, add, remove',
  examples: ['aip-node peers', 'aip-node peers add <invite>', 'aip-node peers remove <peer>'],
  subcommands: [list, add, remove],
  ...(list.run === undefined ? {} : { run: list.run }),
}
