import type { Output } from '../../api/contract.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { parseNumber } from '../input.ts'
import { share, shortDid, shortId, table } from '../text.ts'

const FORMATS = ['table', 'dot', 'json', 'svg'] as const

type Graph = Output<'graph'>

export const graph: CommandDefinition = {
  name: 'graph',
  summary: 'Agents by their distance from me, and the vouches between them',
  options: [
    { flags: '--depth <n>', description: 'steps from me at most', fallback: '3' },
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--limit <n>', description: 'agents at most', fallback: '300' },
    {
      flags: '--format <format>',
      description: 'how it is printed',
      choices: FORMATS,
      fallback: 'table',
    },
  ],
  examples: ['aip-node graph', 'aip-node graph --depth 2 --format dot | dot -Tpng > trust.png'],

  async run(invocation, { connect, output }) {
    const depth = wholeNumber(invocation.text('depth') ?? '3', '--depth', 6)
    const limit = wholeNumber(invocation.text('limit') ?? '300', '--limit', 2_000)
    const scope = invocation.text('scope') ?? 'general'
    const found = await (await connect()).graph({ depth, limit, scope })
    const format = invocation.text('format')
    if (output.isJson || format === 'json') output.answer(found, () => [JSON.stringify(found)])
    else if (format === 'dot') for (const line of dotLines(found)) output.line(line)
    else if (format === 'svg') for (const line of svgLines(found)) output.line(line)
    else for (const line of tableLines(found)) output.line(line)
    if (found.left.nodes > 0) {
      output.note(`${found.left.nodes} agents more are not shown: raise --limit.`)
    }
  },
}

function wholeNumber(text: string, flag: string, most: number): number {
  const number = parseNumber(text, flag)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new CliError({ code: 'cli/usage', problem: `${flag} is a whole number from 1 to ${most}` })
}

function labelOf({ name, did, isMe }: Graph['nodes'][number]): string {
  return isMe ? 'you' : (name ?? shortDid(did))
}

function tableLines(found: Graph): string[] {
  const names = new Map(found.nodes.map((node) => [node.did, labelOf(node)]))
  const hops = new Map(found.nodes.map(({ did, hop }) => [did, hop]))
  if (found.edges.length === 0) return ['Nobody yet: vouch for somebody, and the graph begins.']
  return table(
    ['hop', 'from', 'to', 'level', 'scope', 'state', 'record'],
    found.edges.map((edge) => [
      String(hops.get(edge.to) ?? ''),
      names.get(edge.from) ?? edge.from,
      names.get(edge.to) ?? edge.to,
      String(edge.level),
      edge.scope,
      edge.via === 'vouch' ? edge.state : edge.via,
      edge.vouch === null ? '' : shortId(edge.vouch),
    ]),
  )
}

/** Source: the DOT language of Graphviz. Text stands in quotes, with quotes and backslashes escaped. */
export function dotLines(found: Graph): string[] {
  const styles = { live: 'solid', expired: 'dashed', revoked: 'dotted' } as const
  return [
    'digraph trust {',
    '  rankdir=LR;',
    ...found.nodes.map(
      (node) => `  ${quoted(node.did)} [label=${quoted(labelOf(node), share(node.score, 2))}];`,
    ),
    ...found.edges.map(
      ({ from, to, level, state }) =>
        `  ${quoted(from)} -> ${quoted(to)} [label="${level}", style=${styles[state]}];`,
    ),
    '}',
  ]
}

const RING = 110
const MARGIN = 90

/** Rings by hop around me; where an agent stands on its ring is told by its place in the list. */
export function svgLines(found: Graph): string[] {
  const rings = Math.max(1, ...found.nodes.map(({ hop }) => hop))
  const middle = MARGIN + rings * RING
  const places = new Map<string, { x: number; y: number }>()
  for (let hop = 0; hop <= rings; hop++) {
    const own = found.nodes.filter((node) => node.hop === hop)
    for (const [at, { did }] of own.entries()) {
      const angle = (2 * Math.PI * at) / own.length - Math.PI / 2
      places.set(did, {
        x: middle + hop * RING * Math.cos(angle),
        y: middle + hop * RING * Math.sin(angle),
      })
    }
  }
  const dashes = {
    live: '',
    expired: ' stroke-dasharray="6 4"',
    revoked: ' stroke-dasharray="2 4"',
  }
  const size = 2 * middle
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" font-family="sans-serif" font-size="12">`,
    ...found.edges.flatMap(({ from, to, level, state }) => {
      const [a, b] = [places.get(from), places.get(to)]
      if (a === undefined || b === undefined) return []
      const line = `x1="${a.x.toFixed(1)}" y1="${a.y.toFixed(1)}" x2="${b.x.toFixed(1)}" y2="${b.y.toFixed(1)}"`
      return [
        `<line ${line} stroke="#1b62c4" stroke-width="${(1 + 3 * level).toFixed(1)}"${dashes[state]}/>`,
      ]
    }),
    ...found.nodes.flatMap((node) => {
      const at = places.get(node.did)
      if (at === undefined) return []
      const [x, y] = [at.x.toFixed(1), at.y.toFixed(1)]
      return [
        `<circle cx="${x}" cy="${y}" r="7" fill="${node.score === null ? '#fff' : '#1b62c4'}" stroke="#1b62c4"/>`,
        `<text x="${x}" y="${(at.y + 22).toFixed(1)}" text-anchor="middle">${escaped(labelOf(node))}</text>`,
      ]
    }),
    '</svg>',
  ]
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** One line of a label for each value. */
function quoted(...values: readonly string[]): string {
  return `"${values.map((value) => value.replaceAll(/["\\]/g, '\\$&')).join('\\n')}"`
}
