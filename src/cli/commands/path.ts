import type { Output } from '../../api/contract.ts'
import { findAgent, loadNames } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { parseNumber } from '../input.ts'
import { share, shortDid, shortId } from '../text.ts'

export const path: CommandDefinition = {
  name: 'path',
  summary: 'How I reach an agent: vouch paths, strongest first',
  arguments: [{ name: '<agent>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '-k <n>', description: 'how many paths at most', fallback: '5' },
  ],
  examples: ['aip-node path bob', 'aip-node path bob --scope code-review -k 3'],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const k = parseNumber(invocation.text('k') ?? '5', '-k')
    if (!Number.isInteger(k) || k < 1 || k > 50) {
      throw new CliError({ code: 'cli/usage', problem: '-k is a whole number from 1 to 50' })
    }
    const found = await client.paths({ did, scope: invocation.text('scope') ?? 'general', k })
    const names = output.isJson ? new Map<string, string>() : await loadNames(client, found.viewer)
    output.answer(found, () =>
      found.items.length === 0
        ? [`No path of vouches leads from you to ${did}.`]
        : found.items.map((one) => pathLine(one, found.viewer, names)),
    )
    return found.items.length === 0 ? EXIT.unknown : EXIT.ok
  },
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
