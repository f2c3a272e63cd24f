import { readFile } from 'node:fs/promises'
import { asError } from '../../base/error.ts'
import type { ProfileName } from '../../trust/profile.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { LinesError } from '../lab/lines-error.ts'

const SHOWN_FALLBACK_COUNT = 50

/** Research over files: the node's own arithmetic, without a node. */
export const view: CommandDefinition = {
  name: 'view',
  summary: 'Standing and scores over files, from one viewpoint; needs no node',
  arguments: [{ name: '<edges>', description: 'CSV: source,target,level[,scope,issued,expires]' }],
  options: [
    { flags: '--viewer <id>', description: 'whose view, as the files spell it', isRequired: true },
    {
      flags: '--observations <file>',
      description: 'CSV: observer,subject,promised,delivered,time[,attested,scope]',
    },
    {
      flags: '--profile <name>',
      description: 'how far trust travels',
      choices: ['strict', 'open'],
      fallback: 'strict',
    },
    { flags: '--scope <scope>', description: 'what for', fallback: 'general' },
    { flags: '--as-of <date>', description: 'the moment of the view, instead of now' },
    {
      flags: '--limit <n>',
      description: 'agents in the table; the JSON form has all',
      fallback: String(SHOWN_FALLBACK_COUNT),
    },
  ],
  examples: [
    'aip-node view edges.csv --viewer alice --observations seen.csv',
    'aip-node view edges.csv --viewer alice --as-of 2026-01-31 --profile open --json',
  ],

  async run(invocation, { output, clock }) {
    const { parseEdges, parseObservations, timeOf } = await import('../lab/files.ts')
    const { isScope } = await import('../../records/schema.ts')
    const { LabWorld } = await import('../lab/world.ts')
    const { reportLines, reportOf } = await import('../lab/report.ts')
    const asOf = invocation.text('asOf')
    const nowMs = asOf === undefined ? clock() : timeOf(asOf)
    if (nowMs === undefined) {
      throw usage(`--as-of: "${asOf}" is no time: write 2026-01-31 or 2026-01-31T12:00:00Z`)
    }
    const scope = invocation.text('scope') ?? 'general'
    if (!isScope(scope)) throw usage(`--scope: "${scope}" is no scope`)
    const limit = invocation.text('limit') ?? ''
    if (!/^[1-9]\d{0,8}$/.test(limit)) throw usage('--limit takes a number of agents')
    const observed = invocation.text('observations')
    const world = new LabWorld({
      edges: await parsedFile(invocation.needed(0), parseEdges),
      observations: observed === undefined ? [] : await parsedFile(observed, parseObservations),
    })
    const viewer = invocation.text('viewer') ?? ''
    if (!world.agents.has(viewer)) throw new CliError({ code: 'cli/agent-unknown', query: viewer })
    const question = {
      viewer,
      nowMs,
      profile: profileOf(invocation.text('profile')),
      scope,
    }
    const report = reportOf(world.view(question), world, question)
    output.answer(report, () => reportLines(report, Number(limit)))
    return EXIT.ok
  },
}

function profileOf(name: string | undefined): ProfileName {
  return name === 'open' ? 'open' : 'strict'
}

function usage(problem: string): CliError {
  return new CliError({ code: 'cli/usage', problem })
}

/** Both what the disk and what a line says against a file; the error names the lines. */
async function parsedFile<Lines>(path: string, parse: (text: string) => Lines): Promise<Lines> {
  const text = await textOf(path)
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof LinesError)) throw error
    const { line, reason } = error
    throw new CliError({ code: 'cli/line-invalid', path, line, reason }, { cause: error })
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = reasonOf(error)
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'it is a directory'
    case 'EACCES':
      return 'permission denied'
    default:
      return asError(error).message
  }
}
