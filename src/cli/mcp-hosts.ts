/**
 * Programs that start MCP servers, and the file in which each of them keeps whom it starts. Sources: the
 * configuration pages of Claude Code, Claude Desktop, Cursor and Visual Studio Code.
 */
import { copyFile, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../base/paths.ts'
import { CliError } from './error.ts'

/** A host's list of servers is small; what is larger is something else. */
const FILE_LIMIT_BYTES = 16_777_216
const NAME = 'aip-node'

export interface ServerEntry {
  readonly command: string
  readonly args: readonly string[]
}

interface Host {
  /** As people call it. */
  readonly title: string
  /** The field of the file that holds the servers by name. */
  readonly list: 'mcpServers' | 'servers'
  /** Below the home directory. */
  readonly path: (platform: string) => readonly string[]
  readonly extra?: Readonly<Record<string, string>>
  /** What to do for it to notice. */
  readonly after: string
}

export const MCP_HOSTS: Readonly<Record<string, Host>> = {
  claude: {
    title: 'Claude Code',
    list: 'mcpServers',
    path: () => ['.claude.json'],
    extra: { type: 'stdio' },
    after: 'Start Claude Code anew; /mcp lists the server.',
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    list: 'mcpServers',
    path: (platform) =>
      platform === 'darwin'
        ? ['Library', 'Application Support', 'Claude', 'claude_desktop_config.json']
        : ['.config', 'Claude', 'claude_desktop_config.json'],
    after: 'Quit Claude Desktop and open it again.',
  },
  cursor: {
    title: 'Cursor',
    list: 'mcpServers',
    path: () => ['.cursor', 'mcp.json'],
    after: 'Cursor lists the server under Settings, MCP.',
  },
  vscode: {
    title: 'Visual Studio Code',
    list: 'servers',
    path: (platform) =>
      platform === 'darwin'
        ? ['Library', 'Application Support', 'Code', 'User', 'mcp.json']
        : ['.config', 'Code', 'User', 'mcp.json'],
    extra: { type: 'stdio' },
    after: 'Run "MCP: List Servers" in the command palette.',
  },
}

export interface HostChange {
  readonly file: string
  readonly host: string
  /** What stands in the file under the name of this node now; null: nothing. */
  readonly before: unknown
  readonly entry: Readonly<Record<string, unknown>>
  readonly isNew: boolean
  readonly isSame: boolean
  /** The whole file as it would be. */
  readonly text: string
  readonly after: string
}

const Config = z.record(z.string(), z.unknown())

/**
 * What would change in a host's file. Everything else in it is kept.
 *
 * @throws {CliError} `cli/usage` for an unknown host; `cli/file-unreadable` for a file that is no JSON object.
 */
export async function planHost(
  name: string,
  server: ServerEntry,
  { env, platform }: { readonly env: Environment; readonly platform: string },
): Promise<HostChange> {
  const host = MCP_HOSTS[name]
  const home = env['HOME'] ?? ''
  if (host === undefined || home === '') {
    const problem =
      host === undefined
        ? `a host is one of ${Object.keys(MCP_HOSTS).join(', ')}`
        : 'HOME is not set, so that the file of the host cannot be found'
    throw new CliError({ code: 'cli/usage', problem })
  }
  const named = join(home, ...host.path(platform))
  // A link stays one: what it leads to is written.
  const file = await realpath(named).catch(() => named)
  const found = await readConfig(file)
  const config = found ?? {}
  const list = Config.safeParse(config[host.list] ?? {})
  if (!list.success) {
    throw new CliError({
      code: 'cli/file-unreadable',
      path: file,
      reason: `"${host.list}" in it is no object`,
    })
  }
  const entry = { ...host.extra, command: server.command, args: [...server.args] }
  const before = list.data[NAME] ?? null
  const changed = { ...config, [host.list]: { ...list.data, [NAME]: entry } }
  return {
    file,
    host: host.title,
    before,
    entry,
    isNew: found === undefined,
    isSame: JSON.stringify(before) === JSON.stringify(entry),
    text: `${JSON.stringify(changed, null, 2)}\n`,
    after: host.after,
  }
}

/** Writes it in one step; what was there before is kept beside it. @returns the copy's path. */
export async function writeHost({ file, text, isNew }: HostChange): Promise<string | undefined> {
  await mkdir(dirname(file), { recursive: true })
  const copy = `${file}.before-aip-node`
  const mode = isNew ? 0o600 : (await stat(file)).mode & 0o777
  if (!isNew) await copyFile(file, copy)
  const fresh = `${file}.aip-node.new`
  await writeFile(fresh, text, { mode, flush: true })
  await rename(fresh, file)
  return isNew ? undefined : copy
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  let text: string
  try {
    if ((await stat(file)).size > FILE_LIMIT_BYTES) {
      throw new CliError({ code: 'cli/file-unreadable', path: file, reason: 'it is too large' })
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  if (text.trim() === '') return {}
  try {
    return Config.parse(JSON.parse(text))
  } catch (cause) {
    const reason = 'it is no JSON object; comments in it have to be edited by hand'
    throw new CliError({ code: 'cli/file-unreadable', path: file, reason }, { cause })
  }
}
