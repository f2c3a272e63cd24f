import { ALLOWABLE } from '../../mcp/tools.ts'
import type { CommandDefinition } from '../command.ts'
import { readAllowed } from '../mcp-allowed.ts'
import { MCP_HOSTS, planHost, writeHost, type HostChange } from '../mcp-hosts.ts'
import { SNIPPETS } from '../snippets.ts'

export const connect: CommandDefinition = {
  name: 'connect',
  summary: 'Give an AI host or a framework this node: shows the change, then makes it',
  arguments: [
    {
      name: '<host>',
      description: [...Object.keys(MCP_HOSTS), ...Object.keys(SNIPPETS)].join(', '),
    },
  ],
  options: [
    { flags: '--yes', description: 'write without asking' },
    {
      flags: '--allow <changes>',
      description: `what a model may do beyond reading and observing: ${ALLOWABLE.join(', ')}, with commas`,
    },
    {
      flags: '--command <path>',
      description: 'the command that the host starts',
      fallback: 'aip-node',
    },
  ],
  examples: [
    'aip-node connect claude',
    'aip-node connect vscode --yes',
    'aip-node connect langchain',
  ],

  async run(invocation, { output, env, platform, ask }) {
    const name = invocation.needed(0)
    const snippet = SNIPPETS[name]
    if (snippet !== undefined) {
      output.answer({ host: name, snippet }, () => snippet.trimEnd().split('\n'))
      return
    }
    const change = await planHost(
      name,
      {
        command: invocation.text('command') ?? 'aip-node',
        args: serverArguments(invocation.text('allow'), env['AIP_NODE_HOME']),
      },
      { env, platform },
    )
    if (change.isSame) {
      output.answer({ ...toldOf(change), written: false }, () => [
        `${change.host} has this node already, in ${change.file}.`,
      ])
      return
    }
    if (!output.isJson) for (const line of planLines(change)) output.note(line)
    const isWanted = invocation.has('yes') || (await ask?.('Write it?')) === true
    if (!isWanted) {
      output.answer({ ...toldOf(change), written: false }, () => [
        'Nothing was written. Run it again with --yes, or put the lines there yourself.',
      ])
      return
    }
    const copy = await writeHost(change)
    output.answer({ ...toldOf(change), written: true }, () => [
      `Wrote ${change.file}.`,
      ...(copy === undefined ? [] : [`What it was before is in ${copy}.`]),
      change.after,
    ])
  },
}

/** Asks for nothing that the environment of the host may not have: the home is spelled out. */
function serverArguments(allow: string | undefined, home: string | undefined): readonly string[] {
  const words = readAllowed(allow)
  return [
    'mcp',
    ...(home === undefined || home === '' ? [] : ['--home', home]),
    ...(words.length === 0 ? [] : ['--allow', words.join(',')]),
  ]
}

function toldOf({ host, file, before, entry }: HostChange) {
  return { host, file, before, entry }
}

function planLines({ host, file, before, entry, isNew }: HostChange): readonly string[] {
  return [
    `${host}: ${file}${isNew ? ' (a new file)' : ''}`,
    ...(before === null ? [] : spelled('-', before)),
    ...spelled('+', entry),
  ]
}

function spelled(sign: string, value: unknown): readonly string[] {
  return JSON.stringify({ 'aip-node': value }, null, 2)
    .split('\n')
    .slice(1, -1)
    .map((line) => `${sign} ${line}`)
}
