import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MCP_HOSTS, planHost, writeHost } from '../../src/cli/mcp-hosts.ts'
import { SNIPPETS } from '../../src/cli/snippets.ts'

const server = { command: 'aip-node', args: ['mcp'] }
let home = ''

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aip-connect-'))
})
afterEach(async () => rm(home, { recursive: true }))

async function plan(host: string, platform = 'linux') {
  return planHost(host, server, { env: { HOME: home }, platform })
}

describe('the file of a host', () => {
  test.each(Object.keys(MCP_HOSTS))(
    '%s: is made where there is none, and is its owner’s alone',
    async (host) => {
      const change = await plan(host)
      expect(change.isNew).toBe(true)
      expect(await writeHost(change)).toBeUndefined()
      expect((await stat(change.file)).mode & 0o777).toBe(0o600)
      const list = MCP_HOSTS[host]?.list ?? ''
      const written = JSON.parse(await readFile(change.file, 'utf8')) as Record<string, unknown>
      expect(written).toMatchObject({ [list]: { 'aip-node': server } })
      expect((await plan(host)).isSame).toBe(true)
    },
  )

  test('lies elsewhere on a Mac', async () => {
    expect((await plan('claude-desktop', 'darwin')).file).toBe(
      join(home, 'Library', 'Application Support', 'Claude', 'claude_desktop_config.json'),
    )
  })

  test('keeps everything else, its mode, and a copy of what it was', async () => {
    const { file } = await plan('cursor')
    await mkdir(dirname(file))
    const before = JSON.stringify({
      theme: 'dark',
      mcpServers: { other: { command: 'x' }, 'aip-node': { command: 'old' } },
    })
    await writeFile(file, before, { mode: 0o640 })
    const change = await plan('cursor')
    expect(change.before).toEqual({ command: 'old' })
    const copy = await writeHost(change)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      theme: 'dark',
      mcpServers: { other: { command: 'x' }, 'aip-node': server },
    })
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readFile(copy ?? '', 'utf8')).toBe(before)
  })

  test.each([
    ['comments', '{ // mine\n}'],
    ['a list', '[]'],
    ['servers that are no object', '{"mcpServers":[]}'],
  ])('is not touched when it holds %s', async (_what, text) => {
    const { file } = await plan('cursor')
    await mkdir(dirname(file))
    await writeFile(file, text)
    await expect(plan('cursor')).rejects.toMatchObject({ fault: { code: 'cli/file-unreadable' } })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('an empty one is taken for one without servers', async () => {
    const { file } = await plan('cursor')
    await mkdir(dirname(file))
    await writeFile(file, '')
    expect((await plan('cursor')).isNew).toBe(false)
  })

  test('an unknown host and a missing home are said', async () => {
    await expect(plan('emacs')).rejects.toThrow(/a host is one of claude/)
    await expect(planHost('cursor', server, { env: {}, platform: 'linux' })).rejects.toThrow(/HOME/)
  })
})

test.each(Object.entries(SNIPPETS))('the lines for %s are Python', async (_name, snippet) => {
  const file = join(home, 'snippet.py')
  await writeFile(file, snippet)
  await expect(promisify(execFile)('python3', ['-m', 'py_compile', file])).resolves.toBeDefined()
})
