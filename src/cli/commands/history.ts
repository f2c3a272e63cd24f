import type { Output } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { parseNumber } from '../input.ts'
import { counted, share } from '../text.ts'

export const history: CommandDefinition = {
  name: 'history',
  summary: 'How an agent did, day by day, and when its latest outcomes left the rest',
  arguments: [{ name: '<agent>', description: 'DID, its beginning or petname' }],
  options: [
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--days <n>', description: 'the latest so many days', fallback: '90' },
  ],
  examples: ['aip-node history bob', 'aip-node history bob --scope review --days 28 --json'],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const days = parseNumber(invocation.text('days') ?? '90', '--days')
    if (!Number.isInteger(days) || days < 1 || days > 400) {
      throw new CliError({ code: 'cli/usage', problem: '--days is a whole number from 1 to 400' })
    }
    const scope = invocation.text('scope') ?? 'general'
    const found = await client.history({ did, scope, days })
    output.answer(found, () => historyLines(found))
    return found.points.length === 0 ? EXIT.unknown : EXIT.ok
  },
}

const BAR_CHARS = 20

function historyLines({ points, events, subject }: Output<'history'>): string[] {
  if (points.length === 0) return [`Nobody whose word counts saw ${subject} work in that time.`]
  return [
    'day           kept   latest 20   all so far',
    ...points.map(({ day, outcomes, mean, windowed, cumulative }) => {
      const bar = '█'.repeat(Math.round(mean * BAR_CHARS)).padEnd(BAR_CHARS, '·')
      const figures = `${share(mean)}   ${share(windowed)}       ${share(cumulative)}`
      return `${day}   ${figures}   ${bar}  ${counted(outcomes, 'outcome')}`
    }),
    ...events.map(({ day, severity, direction, from, to }) => {
      const mark = direction === 'down' ? '▼' : '▲'
      const what = severity === 'none' ? 'drift ended' : `drift ${mark} ${severity}`
      return `${day}   ${what}: latest ${share(to)}, all ${share(from)}`
    }),
  ]
}
