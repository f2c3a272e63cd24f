/** The manual pages, made from the definitions of the commands and the schema of the settings. */
import { z } from 'zod'
import { VERSION } from '../../src/api/version.ts'
import { allCommands } from '../../src/cli/all-commands.ts'
import type { CommandDefinition } from '../../src/cli/command.ts'
import { EXIT } from '../../src/cli/exit.ts'
import { Settings, tellSettings } from '../../src/node/config.ts'

const GLOBAL_OPTIONS = [
  ['--home <dir>', 'the directory of this node, in place of AIP_NODE_HOME'],
  ['--json', 'one line of JSON for programs: {"v":1,"data":…}'],
  ['--timeout <time>', 'how long to wait for the node: 30s, 2m'],
] as const

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'well done',
  failed: 'failed',
  usage: 'a wrong command line, input or setting',
  notRunning: 'no node runs here',
  unknown: 'not found, or not known',
  policy: 'a verification or a policy failed: a score below --min',
  incompatible: 'data, or a peer, of another version',
  permission: 'not permitted',
  running: 'another process runs a node in this home',
  unwell: 'doctor found something wrong',
  timeout: 'it took too long',
  interrupted: 'interrupted',
}

interface Leaf {
  readonly words: string
  readonly command: CommandDefinition
}

function leavesOf(commands: readonly CommandDefinition[], before = ''): readonly Leaf[] {
  return commands.flatMap((command) => {
    const words = `${before}${command.name}`
    const own = command.run === undefined ? [] : [{ words, command }]
    return [...own, ...leavesOf(command.subcommands ?? [], `${words} `)]
  })
}

/** `aip-node.1`. */
export function commandsManual(): string {
  return page([
    `.TH AIP-NODE 1 "" "aip-node ${VERSION}" "User Commands"`,
    '.SH NAME',
    'aip\\-node \\- a peer\\-to\\-peer trust node beside an agent',
    '.SH SYNOPSIS',
    '.B aip\\-node',
    '.I command',
    '[\\fIarguments\\fR] [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    text(
      'It proves who an agent is, keeps what agents signed about each other, and says from its own copy of those records whether an agent can be relied on, and why.',
    ),
    '.SH OPTIONS OF EVERY COMMAND',
    ...GLOBAL_OPTIONS.flatMap(([flags, what]) => item(flags, what)),
    '.SH COMMANDS',
    ...leavesOf(allCommands).flatMap(({ words, command }) => [
      `.SS ${text([words, ...(command.arguments ?? []).map(({ name }) => name)].join(' '))}`,
      text(`${command.summary}.`),
      ...(command.arguments ?? []).flatMap(({ name, description }) => item(name, description)),
      ...(command.options ?? []).flatMap(({ flags, description, fallback }) =>
        item(flags, fallback === undefined ? description : `${description} (${fallback})`),
      ),
      ...command.examples.flatMap((example) => ['.PP', '.RS', '.nf', text(example), '.fi', '.RE']),
    ]),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT).flatMap(([name, code]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of EXIT
      item(String(code), EXIT_WORDS[name as keyof typeof EXIT]),
    ),
    '.SH SEE ALSO',
    '.BR aip\\-node\\-config (5)',
  ])
}

/** `aip-node-config.5`. */
export function settingsManual(): string {
  const told = tellSettings({ flags: {}, environment: {}, file: '' })
  const meanings = meaningsOf(z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' }))
  return page([
    `.TH AIP-NODE-CONFIG 5 "" "aip-node ${VERSION}" "File Formats"`,
    '.SH NAME',
    'aip\\-node\\-config \\- the settings of aip\\-node',
    '.SH DESCRIPTION',
    text(
      'The file is TOML, where "aip-node config path" says; it need not be there. What the command line says goes before the environment, that before the file, that before the defaults. An unknown key is an error.',
    ),
    '.SH SETTINGS',
    ...told.flatMap(({ name, value, variable }) =>
      item(
        name,
        `${meanings.get(name) ?? ''} Default: ${JSON.stringify(value)}.${variable === undefined ? '' : ` Environment: ${variable}.`}`.trim(),
      ),
    ),
    '.SH SEE ALSO',
    '.BR aip\\-node (1)',
  ])
}

/** `docs/cli.md`: the same, to read where the documents are. */
export function commandsPage(): string {
  const rows = leavesOf(allCommands).flatMap(({ words, command }) => [
    `## ${words}`,
    '',
    `${command.summary}.`,
    '',
    '```text',
    [`aip-node ${words}`, ...(command.arguments ?? []).map(({ name }) => name)].join(' '),
    ...(command.options ?? []).map(
      ({ flags, description, fallback }) =>
        `  ${flags.padEnd(28)} ${description}${fallback === undefined ? '' : ` (${fallback})`}`,
    ),
    '',
    ...command.examples,
    '```',
    '',
  ])
  return [
    '# Commands',
    '',
    'Made from the definitions of the commands by `npm run reference`; `man aip-node` has the same. Every command takes `--home`, `--json` and',
    '`--timeout`.',
    '',
    ...rows,
  ].join('\n')
}

function meaningsOf(schema: object, under = ''): Map<string, string> {
  const found = new Map<string, string>()
  if (!('properties' in schema) || typeof schema.properties !== 'object') return found
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const name = under === '' ? key : `${under}.${key}`
    if (typeof inner !== 'object' || inner === null) continue
    if ('description' in inner && typeof inner.description === 'string') {
      found.set(name, inner.description)
    }
    for (const [deeper, words] of meaningsOf(inner, name)) found.set(deeper, words)
  }
  return found
}

function item(term: string, what: string): readonly string[] {
  return ['.TP', `.B ${text(term)}`, text(what)]
}

/** Source: man(7) of groff: a hyphen is a minus where one types it, and a dot begins a request. */
function text(words: string): string {
  const escaped = words.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

function page(lines: readonly string[]): string {
  return `.\\" Made by "npm run reference".\n${lines.join('\n')}\n`
}
