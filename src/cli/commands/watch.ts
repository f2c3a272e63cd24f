import { EVENT_KINDS } from '../../api/views.ts'
import { CliError } from '../error.ts'
import { checked, given } from '../input.ts'
import type { CommandDefinition } from '../command.ts'

export const watch: CommandDefinition = {
  name: 'watch',
  summary: 'What happens at the node, as it happens; Ctrl-C ends it',
  options: [
    { flags: '--kind <kinds>', description: 'only these, separated by commas' },
    { flags: '--jsonl', description: 'one JSON object a line' },
  ],
  examples: ['aip-node watch', 'aip-node watch --kind record.accepted,peer.up --jsonl'],

  async run(invocation, { connect, output, signal, clock }) {
    const kinds = invocation.text('kind')?.split(',').map(parseKind)
    const input = checked('events', given({ kinds }), clock())
    const client = await connect()
    for await (const event of client.events(input, { signal })) {
      if (invocation.has('jsonl') || output.isJson) output.json(event)
      else output.line(`${event.at}  ${event.kind}  ${fieldsText(event.data)}`)
    }
  },
}

type EventKind = (typeof EVENT_KINDS)[number]

function parseKind(text: string): EventKind {
  const kind = EVENT_KINDS.find((known) => known === text)
  if (kind !== undefined) return kind
  const problem = `"${text}" is no kind of event: those are ${EVENT_KINDS.join(', ')}`
  throw new CliError({ code: 'cli/usage', problem })
}

function fieldsText(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
