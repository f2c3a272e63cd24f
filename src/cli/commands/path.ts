import type { Client, Output } from '../../api/contract.ts'
import { findAgent, loadNames } from '../agent-name.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { given, parseNumber } from '../input.ts'
import { findRecord } from '../record-name.ts'
import { share, shortDid, shortId } from '../text.ts'

export const path: CommandDefinition = {
  name: 'path',
  summary: 'How I reach an agent: vouch paths, strongest first',
  arguments: [{ name: '<agent>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    {
      flags: '--without <agent or vouch>',
      description: 'what if this agent vouched for nobody, or this vouch were not there',
      repeats: true,
    },
    { flags: '--from <agent>', description: 'from whose place; mine if left out' },
    { flags: '-k <n>', description: 'how many paths at most', fallback: '5' },
  ],
  examples: [
    'aip-node path bob',
    'aip-node path bob --scope code-review -k 3',
    'aip-node path bob --without alice',
  ],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const k = parseNumber(invocation.text('k') ?? '5', '-k')
    if (!Number.isInteger(k) || k < 1 || k > 50) {
      throw new CliError({ code: 'cli/usage', problem: '-k is a whole number from 1 to 50' })
    }
    const scope = invocation.text('scope') ?? 'general'
    const without = invocation.texts('without')
    if (without.length > 0 || invocation.has('from')) {
      return whatIf({ invocation, client, output, to: did, scope, k })
    }
    const found = await client.paths({ did, scope, k })
    const names = output.isJson ? new Map<string, string>() : await loadNames(client, found.viewer)
    output.answer(found, () =>
      found.items.length === 0
        ? [`No path of vouches leads from you to ${did}.`]
        : found.items.map((one) => pathLine(one, found.viewer, names)),
    )
    return found.items.length === 0 ? EXIT.unknown : EXIT.ok
  },
}

interface WhatIfCall {
  readonly invocation: Invocation
  readonly client: Client
  readonly output: CommandContext['output']
  readonly to: string
  readonly scope: string
  readonly k: number
}

/** The same question, without some of what there is, or from another agent's place. */
async function whatIf({ invocation, client, output, to, scope, k }: WhatIfCall): Promise<ExitCode> {
  const place = invocation.text('from')
  const from = place === undefined ? undefined : await findAgent(place, client)
  const without: string[] = []
  for (const text of invocation.texts('without')) without.push(await findPart(text, client))
  const found = await client.pathsBetween({ to, scope, without, k, ...given({ from }) })
  const names = output.isJson ? new Map<string, string>() : await loadNames(client)
  output.answer(found, () => [
    ...(found.items.length === 0 ? [`No path of vouches is left to ${to}.`] : []),
    ...found.items.map((one) => pathLine(one, found.from, names)),
    `standing ${share(found.standing, 4)}, and ${share(found.standingWithout, 4)} without what was left out`,
    ...(found.truncated ? ['There are more agents around than were looked at.'] : []),
  ])
  return found.items.length === 0 ? EXIT.unknown : EXIT.ok
}

/** A vouch by its id, or an agent by its name. */
async function findPart(text: string, client: Client): Promise<string> {
  return text.startsWith('baf') ? findRecord(text, client) : findAgent(text, client)
}

type TrustPath = Output<'paths'>['items'][number]

/** `0.0400  you → alice → bob     you vouched 0.8 · alice vouched 0.8      bafy…k2, bafy…9q` */
export function pathLine(
  { share: part, hops }: TrustPath,
  viewer: string,
  names: ReadonlyMap<string, string>,
): string {
  const name = (did: string): string => names.get(did) ?? shortDid(did)
  const route = [viewer, ...hops.map(({ did }) => did)].map(name).join(' → ')
  const steps = hops.map(({ via, level }, at) => {
    const from = at === 0 ? viewer : (hops[at - 1]?.did ?? viewer)
    return via === 'vouch' ? `${name(from)} vouched ${level}` : `${via} ${level}`
  })
  const ids = hops.flatMap(({ vouch }) => (vouch === null ? [] : [shortId(vouch)]))
  return [share(part, 4), route, `   ${steps.join(' · ')}`, `    ${ids.join(', ')}`]
    .join('  ')
    .trimEnd()
}
