/** The life of an identity as its operator lives it: init, rotate, recover, back up, restore, end. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/sdk/client.ts'
import { begin, run, scratch, type Ended, type Running } from './cli-run.ts'

const LOCAL = ['--network', 'local']

interface Agent {
  readonly directory: string
  readonly home: readonly string[]
  readonly sheet: readonly string[]
  readonly words: readonly string[]
  readonly did: string
}

async function agent(): Promise<Agent> {
  const directory = await scratch()
  const home = ['--home', join(directory, 'home'), ...LOCAL]
  const sheetFile = join(directory, 'sheet.txt')
  const wordsFile = join(directory, 'words.txt')
  await writeFile(wordsFile, 'correct horse\n', { mode: 0o600 })
  const words = ['--passphrase-file', wordsFile]
  const made = await run(['init', ...home, ...words, '--recovery-sheet', sheetFile, '--json'])
  expect(made.code, made.err).toBe(0)
  const { did } = dataIn(made)
  return { directory, home, sheet: ['--sheet', sheetFile], words, did: String(did) }
}

function dataIn({ out, err }: Ended): Record<string, unknown> {
  if (out === '') throw new Error(err)
  return (JSON.parse(out) as { data: Record<string, unknown> }).data
}

async function running(
  { home, words }: Agent,
  work: (client: Awaited<ReturnType<typeof connect>>) => Promise<void>,
): Promise<void> {
  const node: Running = begin(['start', ...home, ...words, '--profile', 'test'])
  try {
    const ready = await run(['status', ...home.slice(0, 2), '--wait', 'ready'])
    expect(ready.code, ready.err).toBe(0)
    using client = await connect({ home: home[1] ?? '' })
    await work(client)
  } finally {
    node.process.kill('SIGTERM')
    await node.ended
  }
}

describe('an identity under a passphrase', () => {
  test('lives through rotation, theft, loss, backup and restore, and keeps its name', async () => {
    const one = await agent()
    const { home, sheet, words, did, directory } = one
    const yes = ['--yes', '--json']
    const offline = await run(['rotate', ...home, ...sheet, ...words, ...yes])
    expect(dataIn(offline)).toMatchObject({ did, keyId: `${did}#k0.1` })
    const file = join(directory, 'agent.aipbak')

    await running(one, async (client) => {
      const before = await client.identity({})
      const rotated = await run(['rotate', ...home, ...sheet, ...yes])
      expect(dataIn(rotated)).toMatchObject({ did, keyId: `${did}#k0.2`, state: 'active' })
      const after = await client.identity({})
      expect(after.did).toBe(before.did)
      expect(after.peerId).not.toBe(before.peerId)
      expect((await client.status({})).listen[0]).toContain(after.peerId)
      await client.putPin({ did: `did:aip:${'0'.repeat(32)}`, kind: 'distrust', name: 'nobody' })
      const stolen = await run(['recover', ...home, ...sheet, '--compromised', ...yes])
      expect(dataIn(stolen)).toMatchObject({ did, keyId: `${did}#k1.0`, state: 'active' })
      const made = await run(['backup', file, ...home, ...words, '--json'])
      expect(dataIn(made)).toMatchObject({ did })
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    })
    expect(await readFile(join(directory, 'home', 'keys', 'operational.key'), 'utf8')).toMatch(
      /^aip-node-key-2 /,
    )

    const other = ['--home', join(directory, 'other'), ...LOCAL]
    const back = await run(['restore', file, ...other, ...words, ...sheet, '--rotate', ...yes])
    expect(dataIn(back)).toMatchObject({ did, pins: 1, keyId: `${did}#k1.1` })

    // The key file is lost: the store has the log.
    await rm(join(directory, 'other', 'keys'), { recursive: true })
    const found = await run(['recover', ...other, ...sheet, ...words, ...yes])
    expect(dataIn(found)).toMatchObject({ did, keyId: `${did}#k2.0` })
    const ended = await run(['deactivate', ...other, ...sheet, ...words, ...yes])
    expect(dataIn(ended)).toMatchObject({ did, state: 'deactivated' })
  })
})

describe('import', () => {
  test('brings a key along, once, and says what it lacks', async () => {
    const directory = await scratch()
    const home = ['--home', join(directory, 'home'), ...LOCAL]
    const file = join(directory, 'credentials.json')
    await mkdir(directory, { recursive: true })
    const credentials = {
      did: 'did:aip:34750f98bd59fcfc946da45aaabe933b',
      public_key: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=',
      private_key: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
      platform: 'github',
    }
    await writeFile(file, JSON.stringify(credentials))
    const done = await run(['import', '--aip-credentials', file, ...home])
    expect(done.code, done.err).toBe(0)
    expect(done.out).toContain(credentials.did)
    expect(done.out).toMatch(/can neither rotate nor recover/)
  })
})
