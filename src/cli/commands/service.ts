/** The node as a service of systemd: shown before it is written, taken away as it was made. */
import { spawnSync } from 'node:child_process'
import { access, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathsOf, type Environment } from '../../base/paths.ts'
import { SECOND_MS } from '../../base/units.ts'
import { writeDurably } from '../../store/durable-file.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { UNIT_NAME, unitText, type UnitKind } from '../systemd-unit.ts'

const SYSTEM_DIRECTORY = '/etc/systemd/system'
const MANAGER_LIMIT_MS = 10 * SECOND_MS

const SYSTEM_OPTION = {
  flags: '--system',
  description: 'for the whole machine, as root; left out, for this user',
} as const

const install: CommandDefinition = {
  name: 'install',
  summary: 'Write the unit file and say how to start it',
  options: [
    SYSTEM_OPTION,
    { flags: '--dry-run', description: 'show the file; write nothing' },
    { flags: '--force', description: 'replace a file that is there and is another' },
    { flags: '--yes', description: 'write without asking' },
  ],
  examples: ['aip-node service install --dry-run', 'aip-node service install'],

  async run(invocation, context) {
    const { output, ask } = context
    const { kind, path } = placeOf(invocation, context)
    const text = unitText(kind, startCommand(context))
    const before = await readFile(path, 'utf8').catch(() => undefined)
    const isSame = before === text
    if (before !== undefined && !isSame && !invocation.has('force')) {
      throw new CliError({
        code: 'cli/usage',
        problem: `${path} is there and is another; --force replaces it`,
      })
    }
    const next = managerWords(kind, ['daemon-reload', `enable --now ${UNIT_NAME}`])
    if (invocation.has('dryRun')) {
      output.answer({ path, text, written: false, next }, () => [`# ${path}`, ...text.split('\n')])
      return
    }
    if (!isSame) {
      for (const line of [`# ${path}`, ...text.split('\n')]) output.note(line)
      if (ask !== undefined && !invocation.has('yes') && !(await ask(`Write ${path}?`))) {
        output.answer({ path, text, written: false, next }, () => ['Nothing was written.'])
        return
      }
      await mkdir(dirname(path), { recursive: true })
      await writeDurably(path, text)
    }
    output.answer({ path, text, written: !isSame, next }, () => [
      isSame ? `${path} is there already.` : `Wrote ${path}.`,
      'Start it, now and at each boot:',
      ...next.map((line) => `  ${line}`),
      ...(kind === 'user' ? ['To run it while nobody is logged in: loginctl enable-linger'] : []),
    ])
  },
}

const uninstall: CommandDefinition = {
  name: 'uninstall',
  summary: 'Take the unit file away; the data stays',
  options: [SYSTEM_OPTION],
  examples: ['aip-node service uninstall'],

  async run(invocation, context) {
    const { kind, path } = placeOf(invocation, context)
    const isThere = await exists(path)
    manage(kind, ['disable', '--now', UNIT_NAME])
    await rm(path, { force: true })
    context.output.answer({ path, removed: isThere }, () => [
      isThere ? `Removed ${path}. The node's data is where it was.` : `There is no ${path}.`,
    ])
  },
}

const show: CommandDefinition = {
  name: 'status',
  summary: 'Whether the unit file is there, and what systemd says of it',
  options: [SYSTEM_OPTION],
  examples: ['aip-node service status'],

  async run(invocation, context) {
    const { kind, path } = placeOf(invocation, context)
    const installed = await exists(path)
    const active = manage(kind, ['is-active', UNIT_NAME])
    context.output.answer({ path, installed, active }, () => [
      `unit      ${installed ? path : 'not installed: "aip-node service install"'}`,
      `active    ${active ?? 'systemd does not answer here'}`,
    ])
  },
}

export const service: CommandDefinition = {
  name: 'service',
  summary: 'Run the node under systemd',
  examples: ['aip-node service install'],
  subcommands: [install, uninstall, show],
}

function placeOf(
  invocation: Invocation,
  { env, platform }: CommandContext,
): { readonly kind: UnitKind; readonly path: string } {
  if (platform !== 'linux') {
    const problem = 'services are for systemd; docs/operating.md shows launchd for macOS'
    throw new CliError({ code: 'cli/usage', problem })
  }
  if (invocation.has('system')) return { kind: 'system', path: join(SYSTEM_DIRECTORY, UNIT_NAME) }
  return { kind: 'user', path: join(configHome(env), 'systemd', 'user', UNIT_NAME) }
}

function configHome(env: Environment): string {
  const named = env['XDG_CONFIG_HOME']
  return named === undefined || named === '' ? join(env['HOME'] ?? '/root', '.config') : named
}

/** This very interpreter and this very file, wherever they are. */
function startCommand({ env, platform }: CommandContext): readonly string[] {
  const { home } = pathsOf(env, platform)
  const file = process.argv[1] ?? 'aip-node'
  const options = home === undefined ? [] : [`--home=${home}`]
  return [process.execPath, '--max-semi-space-size=8', file, 'start', ...options]
}

function managerWords(kind: UnitKind, calls: readonly string[]): readonly string[] {
  return calls.map((call) => `systemctl ${kind === 'user' ? '--user ' : ''}${call}`)
}

/** What systemctl prints; `undefined` where there is none that answers. */
function manage(kind: UnitKind, words: readonly string[]): string | undefined {
  const args = kind === 'user' ? ['--user', ...words] : words
  const { stdout, error } = spawnSync('systemctl', args, {
    encoding: 'utf8',
    timeout: MANAGER_LIMIT_MS,
  })
  const said = stdout?.trim() ?? ''
  return error !== undefined || said === '' ? undefined : said
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
