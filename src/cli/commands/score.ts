import type { Output } from '../../api/contract.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { parseNumber } from '../input.ts'
import { counted, share } from '../text.ts'
import { agoText } from '../time.ts'

export const NO_VIEW = 'No view yet: vouch for somebody, or set trust.introducers'

export const score: CommandDefinition = {
  name: 'score',
  summary: 'Should I delegate to this agent? The answer from my viewpoint',
  arguments: [{ name: '<agent>', description: 'DID, its beginning, petname or @me' }],
  options: [
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--min <n>', description: 'exit 5 unless the assured score is at least this' },
  ],
  examples: [
    'aip-node score bob --scope code-review',
    'aip-node score did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 --min 0.3 && delegate',
  ],

  async run(invocation, { connect, output, clock }) {
    const min = minimum(invocation.text('min'))
    const client = await connect()
    const did = await findAgent(invocation.needed(0), client)
    const found = await client.score({ did, scope: invocation.text('scope') ?? 'general' })
    const hasView = found.state !== 'unknown' || (await client.status({})).hasView
    output.answer(found, () => (hasView ? scoreLines(found, clock()) : [NO_VIEW]))
    if (output.isJson && !hasView) output.note(NO_VIEW)
    return verdict(found, min)
  },
}

/** A gate asks for the assured score, and what is not known does not pass. */
function verdict({ state, assured }: Output<'score'>, min: number | undefined): ExitCode {
  if (min !== undefined) return assured !== null && assured >= min ? EXIT.ok : EXIT.policy
  return state === 'unknown' ? EXIT.unknown : EXIT.ok
}

function minimum(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const min = parseNumber(text, '--min')
  if (min < 0 || min > 1) {
    throw new CliError({ code: 'cli/usage', problem: '--min is from 0 to 1' })
  }
  return min
}

function scoreLines(found: Output<'score'>, nowMs: number): string[] {
  const early =
    found.from === 'checkpoint'
      ? [`As it was ${agoText(found.asOf, nowMs)}: the node is still loading its view.`]
      : []
  return [scoreLine(found, nowMs), found.reason, ...early, ...completenessLines(found)]
}

/** Nothing where nothing is missing: the usual case needs no line. */
export function completenessLines({ completeness }: Output<'score'>): string[] {
  const { followed, complete, peersAsked, peersAnswered, peersAgreed } = completeness
  if (followed) return []
  const peers = counted(peersAsked, 'peer')
  const answers = `asked ${peers}, ${peersAnswered} answered, ${peersAgreed} agree`
  return [complete ? answers : `Not all may be here: ${answers}`]
}

/** The one line of numbers that `score` and `explain` share. */
export function scoreLine(found: Output<'score'>, nowMs: number): string {
  const { outcomes, observers, lastAt } = found.evidence
  const last = lastAt === null ? '' : `, the last ${agoText(lastAt, nowMs)}`
  const evidence = `${counted(outcomes, 'outcome')} by ${counted(observers, 'observer')}${last}`
  return [
    `score ${share(found.score)}`,
    `assured ${share(found.assured)}`,
    `confidence ${share(found.confidence, 2)}`,
    `${found.state} (${evidence})`,
  ].join('   ')
}
