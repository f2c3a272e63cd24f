import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readSettings, Settings } from '../../src/node/config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const NO_FILE = join(ROOT, 'there is no such file')

function text(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Every setting as `a.b`, with its value; a list is one value. */
function leavesOf(tree: unknown, under = ''): (readonly [name: string, value: unknown])[] {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return [[under, tree]]
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    leavesOf(value, under === '' ? key : `${under}.${key}`),
  )
}

const Shape = z.object({
  get properties() {
    return z.record(z.string(), Shape).optional()
  },
})
type Shape = z.infer<typeof Shape>

function namesOf({ properties }: Shape, under = ''): string[] {
  return Object.entries(properties ?? {}).flatMap(([key, inner]) => {
    const name = under === '' ? key : `${under}.${key}`
    return inner.properties === undefined ? [name] : namesOf(inner, name)
  })
}

const schemaNames = namesOf(Shape.parse(z.toJSONSchema(Settings, { io: 'input' }))).toSorted()

function code(cell: string | undefined): string | undefined {
  return /^`(.*)`$/.exec(cell?.trim() ?? '')?.[1]
}

/** The rows of the table of settings: name, default as JSON, environment variable, flag. */
const rows = text('docs/operating.md')
  .split(/\n#{2,3} /)
  .filter((section) => section.startsWith('Settings\n'))
  .flatMap((section) => section.split('\n'))
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, name, fallback, variable, flag] = line.split('|').map(code)
    return { name: name ?? line, fallback: fallback ?? '', variable, flag }
  })

/** A value that no setting has by default, as the environment spells it. */
const OTHER: Readonly<Record<string, string>> = {
  'store.limitBytes': '300000000',
  network: 'local',
  profile: 'server',
  replication: 'none',
  listen: '/ip4/127.0.0.1/tcp/1',
  bootstrap: '/ip4/127.0.0.1/tcp/2',
  announce: '/ip4/203.0.113.7/tcp/7471',
  preSharedKeyFile: '/etc/aip/mesh.key',
  'peers.target': '9',
  'peers.deny': '198.51.100.0/24',
  'transports.webSocket': 'true',
  'transports.quic': 'false',
  'transports.relay': 'false',
  'transports.upnp': 'false',
  'transports.mdns': 'false',
  origins: 'https://agent.example',
  'api.port': 'off',
  'webBotAuth.agent': 'https://agent.example',
  'api.lab': 'true',
  'trust.profile': 'open',
  'resolve.didWeb': 'true',
  'mcp.allow': 'vouch',
  'log.level': 'error',
  'log.levels': 'gossip=debug',
  'log.format': 'json',
}

describe('config/default.json', () => {
  test('says what the schema fills in, and nothing else', () => {
    expect(JSON.parse(text('config/default.json'))).toEqual(Settings.parse({}))
  })

  test('names every setting that there is', () => {
    const named = leavesOf(JSON.parse(text('config/default.json'))).map(([name]) => name)
    expect(named.toSorted()).toEqual(schemaNames)
  })
})

describe('the table of settings in docs/operating.md', () => {
  test('has a row for every setting, and for no other', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(schemaNames)
  })

  test('gives the defaults of the schema', () => {
    const documented = rows.map(({ name, fallback }) => [name, JSON.parse(fallback)] as const)
    expect(new Map(documented)).toEqual(new Map(leavesOf(Settings.parse({}))))
  })

  test('names the variable of each setting, and the node reads it into that setting', () => {
    const withVariable = rows.filter(({ variable }) => variable !== undefined)
    expect(withVariable.length).toBeGreaterThan(5)
    for (const { name, variable = '' } of withVariable) {
      const environment = { [variable]: OTHER[name] }
      const settings = readSettings({ flags: {}, environment, file: NO_FILE })
      const before = new Map(leavesOf(Settings.parse({})))
      const changed = leavesOf(settings).filter(
        ([leaf, value]) => JSON.stringify(value) !== JSON.stringify(before.get(leaf)),
      )
      expect(
        changed.map(([leaf]) => leaf),
        variable,
      ).toEqual([name])
    }
  })

  test('leaves out no variable that the node reads', () => {
    const read = [...text('src/node/config.ts').matchAll(/^ {2}(AIP_NODE_[A-Z_]+):/gm)]
    const variables = rows.flatMap(({ variable }) => (variable === undefined ? [] : [variable]))
    expect(variables.toSorted()).toEqual(read.map(([, name = '']) => name).toSorted())
  })

  test('names flags that "start" has', () => {
    const flags = rows.flatMap(({ flag }) => (flag === undefined ? [] : [flag]))
    const start = text('src/cli/commands/start.ts')
    expect(flags.length).toBeGreaterThan(4)
    for (const flag of flags) expect(start, flag).toContain(`'${flag} <`)
  })
})
