import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readNetwork, readSettings, type SettingSources } from '../../src/node/config.ts'
import { NodeError } from '../../src/node/error.ts'

async function file(name: string, text: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-config-'))
  onTestFinished(async () => rm(home, { recursive: true, force: true }))
  const path = join(home, name)
  await writeFile(path, text)
  return path
}

async function settings(sources: {
  readonly toml?: string
  readonly environment?: SettingSources['environment']
  readonly flags?: SettingSources['flags']
}) {
  const path = sources.toml === undefined ? '/nowhere' : await file('config.toml', sources.toml)
  const { environment = {}, flags = {} } = sources
  return readSettings({ flags, environment, file: path })
}

/** The sentence that is thrown, and the code that goes with it. */
async function complaint(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof NodeError) return `${error.fault.code}: ${error.message}`
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('a setting', () => {
  test('is taken from the flags, then the environment, then the file, then the defaults', async () => {
    const toml = 'network = "file"\n[log]\nlevel = "warn"'
    const environment = { AIP_NODE_NETWORK: 'environment' }
    expect((await settings({})).network).toBe('public')
    expect((await settings({ toml })).network).toBe('file')
    expect((await settings({ toml, environment })).network).toBe('environment')
    const all = await settings({ toml, environment, flags: { network: 'flag' } })
    expect(all.network).toBe('flag')
    expect(all.log).toEqual({ level: 'warn', levels: [], format: 'text' })
  })

  test('of a group leaves the others of the group as a lower source has them', async () => {
    const { api, log, trust } = await settings({
      toml: '[log]\nlevel = "warn"\nformat = "json"\n[trust]\nprofile = "open"',
      environment: { AIP_NODE_API_PORT: '8000' },
      flags: { log: { level: 'debug', format: undefined }, api: undefined },
    })
    expect(log).toEqual({ level: 'debug', levels: [], format: 'json' })
    expect(api.port).toBe(8000)
    expect(trust).toEqual({ profile: 'open', introducers: [] })
  })

  test.each([
    ['AIP_NODE_NETWORK', 'local', { network: 'local' }],
    ['AIP_NODE_PROFILE', 'server', { profile: 'server' }],
    [
      'AIP_NODE_LISTEN',
      '/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/2',
      { listen: ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2'] },
    ],
    ['AIP_NODE_BOOTSTRAP', '/ip4/127.0.0.1/tcp/1', { bootstrap: ['/ip4/127.0.0.1/tcp/1'] }],
    ['AIP_NODE_API_PORT', '0', { api: { port: 0 } }],
    ['AIP_NODE_API_PORT', 'off', { api: { port: 'off' } }],
    ['AIP_NODE_TRUST_PROFILE', 'open', { trust: { profile: 'open' } }],
    ['AIP_NODE_LOG_LEVEL', 'debug', { log: { level: 'debug' } }],
    [
      'AIP_NODE_LOG_LEVELS',
      'gossip=debug, sync=warn',
      { log: { levels: ['gossip=debug', 'sync=warn'] } },
    ],
    ['AIP_NODE_LOG_FORMAT', 'json', { log: { format: 'json' } }],
  ])('comes from the variable %s = %j', async (name, value, expected) => {
    expect(await settings({ environment: { [name]: value } })).toMatchObject(expected)
    // Empty counts as absent.
    expect(await settings({ environment: { [name]: '' } })).toEqual(await settings({}))
  })

  test('that nobody knows is refused, with one of a like name', async () => {
    expect(await complaint(async () => settings({ toml: 'lisen = []' }))).toBe(
      'node/config-invalid: The setting lisen is not valid: there is no such setting, but there is "listen".',
    )
    expect(await complaint(async () => settings({ toml: '[log]\nlevle = "info"' }))).toContain(
      'log.levle is not valid: there is no such setting, but there is "level"',
    )
    expect(await complaint(async () => settings({ toml: 'zebra = 1' }))).toContain(
      'The setting zebra is not valid: there is no such setting.',
    )
  })

  test('in a file that is no TOML is refused with its line', async () => {
    const path = await file('config.toml', 'network = "local"\n\nlisten = = 3\n')
    expect(await complaint(() => readSettings({ flags: {}, environment: {}, file: path }))).toBe(
      `node/config-invalid: The setting ${path} line 3 is not valid: invalid value.`,
    )
  })

  test.each([
    ['port too high', { api: { port: 65_536 } }, 'api.port'],
    ['port below 0', { api: { port: -1 } }, 'api.port'],
    ['port with a fraction', { api: { port: 1.5 } }, 'api.port'],
    ['port that is a word', { api: { port: 'on' } }, 'api.port'],
    ['profile of no such name', { profile: 'fast' }, 'profile'],
    ['list that is text', { listen: '/ip4/127.0.0.1/tcp/1' }, 'listen'],
    ['address of another transport', { listen: ['/ip4/127.0.0.1/udp/1'] }, 'listen.0'],
    ['bootstrap peer that is no address', { bootstrap: ['alice'] }, 'bootstrap.0'],
    [
      'introducer that is no DID',
      { trust: { introducers: [{ did: 'did:web:a.b', level: 1 }] } },
      'trust.introducers.0.did',
    ],
    [
      'introducer at level 0',
      { trust: { introducers: [{ did: `did:aip:${'0'.repeat(32)}`, level: 0 }] } },
      'trust.introducers.0.level',
    ],
  ])('is refused by its name: %s', async (_, flags, name) => {
    expect(await complaint(async () => settings({ flags }))).toContain(
      `node/config-invalid: The setting ${name} is not valid: `,
    )
  })

  test('may be at either end of its range', async () => {
    for (const port of [0, 65_535]) {
      expect((await settings({ flags: { api: { port } } })).api.port).toBe(port)
    }
    const introducers = [{ did: `did:aip:${'0'.repeat(32)}`, level: 1 }]
    const { trust } = await settings({ flags: { trust: { introducers } } })
    expect(trust.introducers).toEqual(introducers)
  })

  test('named __proto__ changes nothing', async () => {
    const toml = '[__proto__]\nnetwork = "polluted"'
    expect(await complaint(async () => settings({ toml }))).toContain('__proto__')
    expect(Reflect.get({}, 'network')).toBeUndefined()
  })
})

describe('a network', () => {
  const LOCAL = {
    v: 1,
    name: 'mine',
    preset: 'local',
    bootstrap: [],
    shardBits: 0,
    shardLimitBytes: 1024,
    workBits: 0,
  }

  test('is one of those that come with the node', () => {
    expect(readNetwork('local')).toMatchObject({ name: 'local', preset: 'local' })
    expect(readNetwork('public')).toMatchObject({ name: 'main', preset: 'public', bootstrap: [] })
  })

  test('is in a file of its own', async () => {
    expect(readNetwork(await file('mine.json', JSON.stringify(LOCAL)))).toEqual(LOCAL)
  })

  test.each(['nope', './none.json', '', 'constructor'])(
    'is unknown, and the known ones are named: %j',
    async (name) => {
      expect(await complaint(() => readNetwork(name))).toBe(
        `node/network-unknown: There is no network "${name}". Known: local, public; or name a JSON file.`,
      )
    },
  )

  test.each([
    ['another version', { v: 2 }, 'v'],
    ['a name with capitals', { name: 'Main' }, 'name'],
    ['no such preset', { preset: 'lan' }, 'preset'],
    ['too many shards', { shardBits: 17 }, 'shardBits'],
    ['no room', { shardLimitBytes: 0 }, 'shardLimitBytes'],
    ['too much work', { workBits: 33 }, 'workBits'],
    ['a bootstrap peer that is no address', { bootstrap: ['x'] }, 'bootstrap.0'],
    ['a field of a later version', { relays: [] }, 'relays'],
  ])('is refused with the field and the file: %s', async (_, change, field) => {
    const path = await file('mine.json', JSON.stringify({ ...LOCAL, ...change }))
    expect(await complaint(() => readNetwork(path))).toContain(
      `node/config-invalid: The setting ${field} in ${path} is not valid: `,
    )
  })

  test('is refused with its place when it is no JSON', async () => {
    const path = await file('mine.json', '{"v": 1,\n}')
    expect(await complaint(() => readNetwork(path))).toMatch(/mine\.json is not valid: .*line 2/)
  })
})
