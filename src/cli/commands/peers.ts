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

const ban: CommandDefinition = {
  name: 'ban',
  summary: 'Keep a peer, an agent or a range of addresses out',
  arguments: [{ name: '<who>', description: 'peer id, DID, IP address or range' }],
  examples: ['aip-node peers ban 198.51.100.0/24', 'aip-node peers ban did:aip:7f3a…'],

  async run(invocation, { connect, output }) {
    const denied = await (await connect()).denyPeer({ subject: invocation.needed(0) })
    output.answer(denied, () => [`Kept out: ${denied.kind} ${denied.subject}.`])
  },
}

const unban: CommandDefinition = {
  name: 'unban',
  summary: 'Let somebody in again who was kept out',
  arguments: [{ name: '<who>', description: 'as "peers banned" prints it' }],
  examples: ['aip-node peers unban 198.51.100.0/24'],

  async run(invocation, { connect, output }) {
    const subject = invocation.needed(0)
    const { readmitted } = await (await connect()).readmitPeer({ subject })
    output.answer({ subject, readmitted }, () => [
      readmitted
        ? `${subject} may connect again.`
        : `${subject} was not kept out, or the configuration says so (peers.deny).`,
    ])
    return readmitted ? EXIT.ok : EXIT.unknown
  },
}

const banned: CommandDefinition = {
  name: 'banned',
  summary: 'Whom this node keeps out',
  examples: ['aip-node peers banned'],

  async run(_invocation, { connect, output }) {
    const found = await (await connect()).listDenied({})
    output.answer(found, () =>
      found.items.length === 0
        ? ['Nobody is kept out.']
        : table(
            ['kind', 'who', 'since'],
            found.items.map(({ kind, subject, since }) => [
              kind,
              subject,
              since ?? 'configuration',
            ]),
          ),
    )
  },
}

export const peers: CommandDefinition = {
  name: 'peers',
  summary: 'The nodes around this one: list, add, remove, ban',
  examples: ['aip-node peers', 'aip-node peers add <invite>', 'aip-node peers remove <peer>'],
  subcommands: [list, add, remove, ban, unban, banned],
  ...(list.run === undefined ? {} : { run: list.run }),
}
