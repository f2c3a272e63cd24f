import type { Output } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { shortDid } from '../text.ts'

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
      ...forkLines(result.didDocumentMetadata.fork),
    ])
  },
}

type Fork = NonNullable<Output<'resolve'>['didDocumentMetadata']['fork']>

/** Which of two key logs this node goes by, why, and what the other is. */
function forkLines(fork: Fork | undefined): string[] {
  if (fork === undefined) return []
  const { at, branch, because, by, other } = fork
  return [
    `forked at its ${at}: two key logs claim this name`,
    ...(branch === null ? [] : [`  goes by    ${branchText(branch)}`]),
    `  because    ${REASON[because]}${by.length === 0 ? '' : `: ${by.map(shortDid).join(', ')}`}`,
    ...other.map((one) => `  ${branch === null ? 'claims' : 'other '}     ${branchText(one)}`),
  ]
}

const REASON: Record<Fork['because'], string> = {
  own: 'it is your own log',
  pin: 'it is the one that you knew when you pinned the agent',
  'own-vouch': 'your own vouch names it',
  vouches: 'vouches that you trust name it',
  unsettled: 'nobody you trust says which is real; a pin with --branch settles it for you',
}

function branchText({ inception, head, key }: Fork['other'][number]): string {
  const keyText = key === null ? 'deactivated' : `key ${key.slice(0, 16)}`
  return `inception ${inception.slice(0, 16)}, head ${head.slice(0, 16)}, ${keyText}`
}
