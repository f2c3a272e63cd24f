/**
 * The server scenarios of `@modelcontextprotocol/conformance` that ask nothing of a server's tools but
 * that they are tools. The others, and why they do not fit, stand in docs/mcp.md.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode } from '../../support/nodes.ts'
import { serveNode } from '../../support/seeded-mesh.ts'
import { tokenProxy, type TokenProxy } from '../../support/token-proxy.ts'

const ROOT = join(import.meta.dirname, '../../..')
const CONFORMANCE = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'),
)
const LIMIT_MS = 50_000

/** Each with the checks that it makes. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  'server-initialize': ['server-initialize'],
  ping: ['ping'],
  'tools-list': ['tools-list'],
  'tools-call-error': ['tools-call-error'],
  'resources-list': ['resources-list'],
  'prompts-list': ['prompts-list'],
  'dns-rebinding-protection': [
    'localhost-host-rebinding-rejected',
    'localhost-host-valid-accepted',
  ],
}

const stack = new AsyncDisposableStack()
let door: TokenProxy

beforeAll(async () => {
  const { url, tokens } = await serveNode(stack, stack.use(await startNode()))
  const { token } = await tokens.create('conformance', ['read', 'observe', 'sign'], null)
  door = stack.use(await tokenProxy({ url, token }))
})
afterAll(async () => stack.disposeAsync())

async function conformance(...argv: readonly string[]): Promise<string> {
  const run = promisify(execFile)
  const options = { timeout: LIMIT_MS, env: { ...process.env, NO_COLOR: '1' } }
  // A failed check ends it with 1, and says which.
  return run(process.execPath, [CONFORMANCE, ...argv], options).then(
    ({ stdout }) => stdout,
    (error: unknown) => String(Reflect.get(Object(error), 'stdout')),
  )
}

interface Check {
  readonly id: string
  readonly status: string
  readonly errorMessage?: string
}

async function checksOf(scenario: string): Promise<readonly Check[]> {
  const url = `${door.url}/mcp`
  const out = await conformance('server', '--url', url, '--scenario', scenario, '--verbose')
  const [json = '[]'] = /^\[\n[\s\S]*?^\]$/m.exec(out) ?? []
  return JSON.parse(json) as Check[]
}

describe('conformance of the MCP server', () => {
  test.each(Object.entries(FITTING))('%s', async (scenario, ids) => {
    const checks = await checksOf(scenario)
    expect(checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO')).toEqual([])
    expect(checks.map(({ id }) => id)).toEqual(ids)
  })

  test('every other scenario stands in docs/mcp.md, and no other does', async () => {
    const out = await conformance('list', '--server')
    const [server = ''] = out.split('Client scenarios')
    const listed = [...server.matchAll(/^ {2}- (\S+)/gm)].map(([, name = '']) => name)
    expect(listed.length).toBeGreaterThan(Object.keys(FITTING).length)
    const page = readFileSync(join(ROOT, 'docs/mcp.md'), 'utf8')
    const [, section = ''] = page.split('## Conformance\n')
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const said = rows.flatMap((row) => {
      const [, names = ''] = row.split('|')
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    })
    const other = listed.filter((name) => !Object.hasOwn(FITTING, name))
    expect(said.toSorted()).toEqual(other.toSorted())
  })
})
