/** The life of an identity as its operator lives it: init, rotate, recover, back up, restore, end. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/sdk/client.ts'
import { begin, faultIn, run, scratch, type Ended, type Running } from './cli-run.ts'

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
    const place = async (): Promise<string> => {
      const offline = await run(['rotate', ...home, ...sheet, ...words, '--yes', '--json'])
      return String(dataIn(offline)['keyId'])
    }
    // With no node: nobody can say the passphrase, then somebody can.
    const shut = await run(['rotate', ...home, ...sheet, '--yes'])
    expect([shut.code, faultIn(shut)]).toEqual([7, 'node/passphrase-needed'])
    const unasked = await run(['rotate', ...home, ...sheet, ...words])
    expect([unasked.code, faultIn(unasked)]).toEqual([2, 'cli/yes-needed'])
    expect(await place()).toBe(`${did}#k0.1`)

    // With a node that runs.
    await running(one, async (client) => {
      const before = await client.identity({})
      const rotated = await run(['rotate', ...home, ...sheet, '--yes', '--json'])
      expect(dataIn(rotated)).toMatchObject({ did, keyId: `${did}#k0.2`, state: 'active' })
      const after = await client.identity({})
      expect(after.did).toBe(before.did)
      expect(after.peerId).not.toBe(before.peerId)
      expect((await client.status({})).listen[0]).toContain(after.peerId)
      await client.putPin({ did: `did:aip:${'0'.repeat(32)}`, kind: 'distrust', name: 'nobody' })
      const stolen = await run(['recover', ...home, ...sheet, '--compromised', '--yes', '--json'])
      expect(dataIn(stolen)).toMatchObject({ did, keyId: `${did}#k1.0`, state: 'active' })
      const saved = await run(['backup', join(directory, 'one.aipbak'), ...words, '--json'])
      expect(saved.code).not.toBe(0) // it names no home: another node's, or none, would be saved
      const file = join(directory, 'agent.aipbak')
      const made = await run(['backup', file, ...home, ...words, '--json'])
      expect(dataIn(made)).toMatchObject({ did })
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    })
    expect(await readFile(join(directory, 'home', 'keys', 'operational.key'), 'utf8')).toMatch(
      /^aip-node-key-2 /,
    )

    // Over an identity nothing is restored; elsewhere it is, with a new key at once.
    const file = join(directory, 'agent.aipbak')
    const over = await run(['restore', file, ...home, ...words, '--yes'])
    expect([over.code, faultIn(over)]).toEqual([1, 'node/identity-exists'])
    await writeFile(join(directory, 'wrong.txt'), 'another horse', { mode: 0o600 })
    const other = ['--home', join(directory, 'other'), ...LOCAL]
    const wrong = ['--passphrase-file', join(directory, 'wrong.txt')]
    const refused = await run(['restore', file, ...other, ...wrong, '--yes'])
    expect([refused.code, faultIn(refused)]).toEqual([7, 'backup/passphrase-wrong'])
    const turned = [...sheet, '--rotate', '--yes', '--json']
    const back = await run(['restore', file, ...other, ...words, ...turned])
    expect(dataIn(back)).toMatchObject({ did, pins: 1, keyId: `${did}#k1.1` })

    // The key file is lost: the store has the log.
    await rm(join(directory, 'other', 'keys'), { recursive: true })
    const gone = await run(['start', ...other, ...words, '--profile', 'test'])
    expect([gone.code, faultIn(gone)]).toEqual([1, 'node/key-file-missing'])
    const found = await run(['recover', ...other, ...sheet, ...words, '--yes', '--json'])
    expect(dataIn(found)).toMatchObject({ did, keyId: `${did}#k2.0` })

    // And the end.
    const ended = await run(['deactivate', ...other, ...sheet, ...words, '--yes', '--json'])
    expect(dataIn(ended)).toMatchObject({ did, state: 'deactivated' })
    const again = await run(['rotate', ...other, ...sheet, ...words, '--yes'])
    expect([again.code, faultIn(again)]).toEqual([1, 'node/deactivated'])
  })
})

describe('the passphrase', () => {
  test('is changed and taken away, with nobody running the node meanwhile', async () => {
    const { home, words, directory } = await agent()
    const file = join(directory, 'new.txt')
    await writeFile(file, 'battery staple', { mode: 0o600 })
    const fresh = ['--passphrase-file', file]
    const keyFile = join(directory, 'home', 'keys', 'operational.key')
    const where = home.slice(0, 2)
    const changed = await run(['passphrase', ...where, ...words, '--new-passphrase-file', file])
    expect(changed.code, changed.err).toBe(0)
    const old = await run(['passphrase', ...where, ...words, '--remove'])
    expect([old.code, faultIn(old)]).toEqual([7, 'node/passphrase-wrong'])
    expect((await run(['passphrase', ...where, ...fresh, '--remove'])).code).toBe(0)
    expect(await readFile(keyFile, 'utf8')).toMatch(/^aip-node-key-1 /)
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
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
    const twice = await run(['import', '--aip-credentials', file, ...home])
    expect([twice.code, faultIn(twice)]).toEqual([1, 'node/identity-exists'])
    const rotated = await run(['rotate', ...home, '--sheet', file, '--yes'])
    expect([rotated.code, faultIn(rotated)]).toEqual([2, 'node/sheet-invalid'])
  })
})
