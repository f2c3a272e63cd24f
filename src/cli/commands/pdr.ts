import type { SlidingOptions } from '../../trust/reference/sliding-window.ts'
import type { CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import type { AgentReport } from '../pdr-file.ts'
import { counted, share, table } from '../text.ts'

export const pdr: CommandDefinition = {
  name: 'pdr',
  summary: 'Scores by the arithmetic of aip 0.5.52 from a file of observations; needs no node',
  arguments: [{ name: '<file>', description: 'observations, one JSON object a line' }],
  options: [
    {
      flags: '--from <form>',
      description: 'what to score: what was promised, or what was verified',
      choices: ['promises', 'verifications'],
      fallback: 'promises',
    },
    {
      flags: '--window <n>',
      description: 'how many of the latest observations are held against all',
      fallback: '20',
    },
    {
      flags: '--min-observations <n>',
      description: 'fewer observations have no cumulative scores',
      fallback: '5',
    },
    {
      flags: '--min-days <n>',
      description: 'fewer whole days have no cumulative scores',
      fallback: '3',
    },
    { flags: '--strict', description: 'stop at the first line that is no observation' },
  ],
  examples: [
    'aip-node pdr observations.jsonl',
    'aip-node pdr observations.jsonl --from verifications --window 10 --json',
  ],

  async run(invocation, { output }) {
    const path = invocation.needed(0)
    const { readPdrFile } = await import('../pdr-file.ts')
    const { SLIDING_DEFAULTS } = await import('../../trust/reference/sliding-window.ts')
    const isStrict = invocation.has('strict')
    const { agents, lineCount, skippedCount } = await readPdrFile(
      path,
      optionsOf(invocation, SLIDING_DEFAULTS),
      (line, reason) => {
        if (isStrict) throw new CliError({ code: 'cli/line-invalid', path, line, reason })
        output.note(`line ${line}: ${reason}`)
      },
    )
    if (skippedCount > 0) output.note(`Skipped ${skippedCount} of ${counted(lineCount, 'line')}.`)
    output.answer(agents, () =>
      agents.length === 0 ? ['No observations.'] : agents.flatMap(agentLines),
    )
  },
}

function optionsOf(invocation: Invocation, defaults: SlidingOptions): SlidingOptions {
  return {
    ...defaults,
    from: invocation.text('from') === 'verifications' ? 'verifications' : 'promises',
    window: wholeNumber(invocation, 'window', '--window', 1),
    minima: {
      minObservations: wholeNumber(invocation, 'minObservations', '--min-observations', 0),
      minDays: wholeNumber(invocation, 'minDays', '--min-days', 0),
    },
  }
}

function wholeNumber(invocation: Invocation, name: string, flag: string, least: number): number {
  const text = invocation.text(name) ?? ''
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least) {
    const problem = `${flag} is a whole number from ${least}: "${text}" is not`
    throw new CliError({ code: 'cli/usage', problem })
  }
  return value
}

function agentLines(report: AgentReport): string[] {
  const { cumulative, windowed } = report
  const header = ['', 'calibration', 'adaptation', 'robustness', 'observations', 'days', 'chain']
  const name = report.agent_id === '' ? '(no agent_id)' : report.agent_id
  return [
    `${name}   ${report.method}   confidence ${share(report.confidence, 4)}`,
    ...table(header, [
      row('cumulative', cumulative),
      row(`latest ${report.window_size}`, windowed),
    ]).map((line) => `  ${line}`),
    ...report.drift_alerts.map(({ severity, message }) => `  ${severity}: ${message}`),
  ]
}

function row(name: string, scores: AgentReport['cumulative']): string[] {
  return [
    name,
    share(scores.calibration, 4),
    share(scores.adaptation, 4),
    share(scores.robustness, 4),
    String(scores.observation_count),
    String(scores.window_days),
    scores.chain_hash,
  ]
}
