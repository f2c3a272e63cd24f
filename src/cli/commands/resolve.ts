import type { Output } from '../../api/contract.ts'
import { parseDidUrl, selectFragment } from '../../identity/did-url.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { shortDid } from '../text.ts'

type Resolution = Output<'resolve'>
type ResolutionMetadata = Resolution['didResolutionMetadata']

export const resolve: CommandDefinition = {
  name: 'resolve',
  summary: 'The DID document of an agent, how it was obtained, how fresh and how verified it is',
  arguments: [
    {
      name: '<agent>',
      description: 'did:aip, did:key, did:web or a DID URL with #fragment; petname or @me',
    },
  ],
  options: [
    { flags: '--fresh', description: 'ask peers and the DHT even if what is held is fresh' },
  ],
  examples: [
    'aip-node resolve did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2',
    'aip-node resolve bob --fresh',
    'aip-node resolve did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
    'aip-node resolve @me --json',
  ],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const [name, fragment] = splitFragment(invocation.needed(0))
    const isForeign = name.startsWith('did:') && !name.startsWith('did:aip:')
    const did = isForeign ? parseDidUrl(name).did : await findAgent(name, client)
    const result = await client.resolve({ did, noCache: invocation.has('fresh') })
    const shown = partOf(result, did, fragment)
    const data = fragment === undefined ? result : { ...result, content: shown }
    output.answer(data, () => [
      ...JSON.stringify(shown, undefined, 2).split('\n'),
      ...(result.didDocumentMetadata['deactivated'] === true
        ? ['DEACTIVATED: the identity has ended']
        : []),
      obtainedLine(result.didResolutionMetadata),
      verifiedLine(result.didResolutionMetadata),
      ...forkLines(result.didDocumentMetadata.fork),
    ])
  },
}

function splitFragment(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('#')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function partOf({ didDocument }: Resolution, did: string, fragment: string | undefined): unknown {
  return fragment === undefined || didDocument === null
    ? didDocument
    : selectFragment(didDocument, did, fragment)
}

const OBTAINED: Readonly<Record<ResolutionMetadata['source'], string>> = {
  own: 'this node itself',
  store: 'the store of this node',
  pinned: 'the store of this node, as you pinned it',
  peer: 'a connected peer',
  dht: 'the DHT',
  subject: "the agent's own node",
  computed: 'the DID itself',
  web: 'its web host',
}

function obtainedLine(metadata: ResolutionMetadata): string {
  const { source, confirmed, unconfirmed, stale, peersAsked } = metadata
  const asked = typeof peersAsked === 'string' && peersAsked !== '0' ? `, ${peersAsked} asked` : ''
  let age = `confirmed ${confirmed}`
  if (confirmed === null) age = 'not confirmed since the start'
  else if (unconfirmed) age = `UNCONFIRMED: only the DHT has said so, ${confirmed}`
  return `obtained from ${OBTAINED[source]}${asked}; ${age}${stale ? '; STALE' : ''}`
}

function verifiedLine({ verified }: ResolutionMetadata): string {
  const { by, logEntries, document, documentExpires, forked } = verified
  if (typeof logEntries !== 'string') return `verified by ${String(by)}`
  const expiry = typeof documentExpires === 'string' ? ` (expires ${documentExpires})` : ''
  const fork = forked === true ? '; FORKED: two key logs contradict each other' : ''
  return `verified by its key log: entries ${logEntries}; document ${String(document)}${expiry}${fork}`
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
