/** What the commands of an identity's life refuse, and how: in this process, on real homes. */
import { access, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clientCommands } from '../../../src/cli/commands.ts'
import { nodeCommands } from '../../../src/cli/node-commands.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { connect } from '../../../src/sdk/client.ts'
import { temporaryHome } from '../../support/nodes.ts'

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly fault: string | undefined
}

/** Whoever sits at the terminal: answers yes or no, and types these secrets in turn. */
interface Person {
  readonly answer?: boolean
  readonly secrets?: readonly string[]
}

async function run(argv: readonly string[], person?: Person): Promise<Ran> {
  let out = ''
  let err = ''
  const secrets = [...(person?.secrets ?? [])]
  const code = await runProgram(argv, {
    commands: [...nodeCommands, ...clientCommands],
    streams: {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
    },
    stdin: Readable.from([]),
    env: {},
    platform: 'linux',
    clock: Date.now,
    signal: new AbortController().signal,
    ask: person === undefined ? undefined : async () => person.answer ?? true,
    askSecret: person === undefined ? undefined : async () => secrets.shift() ?? '',
    connect: async (env, limits) => connect({ env, platform: 'linux', ...limits }),
  })
  const [, fault] = /\[([a-z0-9]+\/[a-z0-9-]+)\]\s*$/.exec(err) ?? []
  return { code, out, err, fault }
}

async function directory(): Promise<string> {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  return temporaryHome(stack)
}

async function made(options: readonly string[] = [], person?: Person) {
  const root = await directory()
  const home = ['--home', join(root, 'home'), '--network', 'local']
  const sheet = join(root, 'sheet.txt')
  const init = await run(['init', ...home, '--recovery-sheet', sheet, ...options], person)
  expect(init.code, init.err).toBe(0)
  return { root, home, sheet: ['--sheet', sheet], init }
}

async function file(root: string, name: string, text: string): Promise<string> {
  const path = join(root, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

describe('init', () => {
  test('says which root it made; profile server has a cold one unless told', async () => {
    const roots = await Promise.all(
      [[], ['--cold-root'], ['--profile', 'server'], ['--profile', 'server', '--hot-root']].map(
        async (options) => /^root +(\w+)$/m.exec((await made(options)).init.out)?.[1],
      ),
    )
    expect(roots).toEqual(['hot', 'cold', 'cold', 'hot'])
    const root = await directory()
    const both = await run(['init', '--home', root, '--cold-root', '--hot-root'])
    expect([both.code, both.fault]).toEqual([2, 'cli/usage'])
  })

  test('asks for a passphrase twice, and shows the sheet once to whoever sits there', async () => {
    const root = await directory()
    const init = ['init', '--home', join(root, 'home'), '--network', 'local', '--encrypt']
    const unlike = await run(init, { secrets: ['correct horse', 'correct house'] })
    expect([unlike.code, unlike.fault]).toEqual([2, 'cli/usage'])
    const short = await run(init, { secrets: ['1234567', '1234567'] })
    expect([short.code, short.fault]).toEqual([2, 'node/passphrase-weak'])
    expect(await readdir(root)).toEqual(['home'])
    const done = await run(init, { secrets: ['correct horse', 'correct horse'] })
    expect(done.code, done.err).toBe(0)
    expect(done.err).toMatch(/secret {2}(?:[a-z2-7]{4}-){13}[a-z2-7]{4}/)
    expect(done.out).not.toContain('secret')
    expect(done.out).toContain('(encrypted)')
  })
})

describe('a change of the key', () => {
  test('is asked about, and takes a sheet that is typed', async () => {
    const { root, home, sheet } = await made()
    const unasked = await run(['rotate', ...home, ...sheet])
    expect([unasked.code, unasked.fault]).toEqual([2, 'cli/yes-needed'])
    const declined = await run(['rotate', ...home, ...sheet], { answer: false })
    expect([declined.code, declined.fault]).toEqual([1, 'cli/declined'])
    const nowhere = await run(['rotate', ...home, '--yes'])
    expect([nowhere.code, nowhere.fault]).toEqual([2, 'cli/usage'])
    const slip = await run(['rotate', ...home], { secrets: ['abcd-efgh'] })
    expect([slip.code, slip.fault]).toEqual([2, 'node/sheet-invalid'])
    const page = await run(['rotate', ...home, '--sheet', join(root, 'none'), '--yes'])
    expect([page.code, page.fault]).toEqual([2, 'cli/file-unreadable'])
    const since = await run(['rotate', ...home, ...sheet, '--stolen-since', '3d', '--yes'])
    expect([since.code, since.fault]).toEqual([2, 'cli/usage'])
    const typed = await run(['rotate', ...home], { secrets: [await secretIn(sheet[1] ?? '')] })
    expect(typed.code, typed.err).toBe(0)
    expect(typed.out).toMatch(/^key +k0\.1$/m)
  })

  test('is refused with the sheet of another', async () => {
    const [one, other] = [await made(), await made()]
    for (const command of ['rotate', 'recover', 'deactivate']) {
      const named = await run([command, ...one.home, ...other.sheet, '--yes'])
      expect([named.code, named.fault], command).toEqual([5, 'node/sheet-other'])
      const secret = await file(one.root, 'secret', await secretIn(other.sheet[1] ?? ''))
      const unnamed = await run([command, ...one.home, '--sheet', secret, '--yes'])
      expect([unnamed.code, unnamed.fault], command).toEqual([5, 'node/sheet-other'])
    }
  })

  test('needs an identity, and a sheet that it was made with', async () => {
    const { sheet, root } = await made()
    const empty = ['--home', join(root, 'empty'), '--network', 'local']
    const none = await run(['rotate', ...empty, ...sheet, '--yes'])
    expect([none.code, none.fault]).toEqual([1, 'node/key-file-missing'])
    const bare = ['--home', join(root, 'bare'), '--network', 'local']
    expect((await run(['init', ...bare])).code).toBe(0)
    const secret = await file(root, 'secret', await secretIn(sheet[1] ?? ''))
    const without = await run(['rotate', ...bare, '--sheet', secret, '--yes'])
    expect([without.code, without.fault]).toEqual([1, 'node/no-commitment'])
  })
})

describe('a recovery without the key', () => {
  test('takes the log from a bundle, and needs to be told whose', async () => {
    const { root, home, sheet } = await made()
    const words = await file(root, 'words', 'correct horse')
    const archive = join(root, 'a.aipbak')
    expect((await run(['backup', archive, ...home, '--passphrase-file', words])).code).toBe(0)
    const bundle = join(root, 'mine.aip')
    const { openArchive } = await import('../../../src/node/backup/archive.ts')
    const { readFile } = await import('node:fs/promises')
    const pack = await openArchive(await readFile(archive), 'correct horse')
    await writeFile(bundle, pack.files.get('records.aip') ?? '')
    // The bundle of an agent without records names nobody: its log is in it all the same.
    const elsewhere = ['--home', join(root, 'elsewhere'), '--network', 'local']
    const secret = await file(root, 'secret', await secretIn(sheet[1] ?? ''))
    const from = ['--log', bundle, '--yes']
    const nameless = await run(['recover', ...elsewhere, '--sheet', secret, ...from])
    expect([nameless.code, nameless.fault]).toEqual([2, 'cli/usage'])
    const found = await run(['recover', ...elsewhere, ...sheet, '--log', bundle, '--yes'])
    expect(found.code, found.err).toBe(0)
    expect(found.out).toMatch(/^key +k1\.0$/m)
    expect(found.out).toContain(pack.did)
  })
})

describe('a backup', () => {
  test('is restored into an empty home alone, with its own passphrase, and asks first', async () => {
    const { root, home } = await made()
    const words = ['--passphrase-file', await file(root, 'words', 'correct horse')]
    const archive = join(root, 'a.aipbak')
    const unsaid = await run(['backup', archive, ...home])
    expect([unsaid.code, unsaid.fault]).toEqual([7, 'node/passphrase-needed'])
    const saved = await run(['backup', archive, ...home, ...words])
    expect(saved.code, saved.err).toBe(0)
    const twice = await run(['backup', archive, ...home, ...words])
    expect([twice.code, twice.fault]).toEqual([2, 'cli/file-unwritable'])

    const over = await run(['restore', archive, ...home, ...words, '--yes'])
    expect([over.code, over.fault]).toEqual([1, 'node/identity-exists'])
    const target = ['--home', join(root, 'target'), '--network', 'local']
    const wrong = ['--passphrase-file', await file(root, 'wrong', 'another horse')]
    const refused = await run(['restore', archive, ...target, ...wrong, '--yes'])
    expect([refused.code, refused.fault]).toEqual([7, 'backup/passphrase-wrong'])
    const unasked = await run(['restore', archive, ...target, ...words])
    expect([unasked.code, unasked.fault]).toEqual([2, 'cli/yes-needed'])
    expect(unasked.err).toMatch(/Two nodes with one key/)
    const network = ['--home', join(root, 'target')]
    const other = await run(['restore', archive, ...network, ...words, '--yes'])
    expect([other.code, other.fault]).toEqual([6, 'backup/other-network'])
    await expect(access(join(root, 'target', 'keys'))).rejects.toThrow()
    const back = await run(['restore', archive, ...target, ...words, '--yes'])
    expect(back.code, back.err).toBe(0)
    expect(back.err).toMatch(/Two nodes with one key/)
  })

  test('brings settings, pins, private observations and author sequences back', async () => {
    const { root, home } = await made()
    const homeDirectory = home[1] ?? ''
    await writeFile(join(homeDirectory, 'config.toml'), 'network = "local"\n')
    const { AipNode } = await import('../../../src/node/node.ts')
    const { pathsOf } = await import('../../../src/base/paths.ts')
    const { readIdentity } = await import('../../../src/node/own-identity.ts')
    const { nodeOptions, prepare } = await import('../../../src/cli/daemon.ts')
    const { silentLogger } = await import('../../../src/base/log.ts')
    const { promise, observePrivately } = await import('../../../src/node/use/observing.ts')
    const open = async (at: string) => {
      const env = { AIP_NODE_HOME: at }
      const prepared = await prepare({ env, platform: 'linux', flags: {} })
      const identity = await readIdentity(pathsOf(env, 'linux').keyFile)
      if (identity === undefined) throw new Error('no identity')
      const parts = { identity, clock: Date.now, log: silentLogger }
      return AipNode.start({ ...nodeOptions(prepared, parts), profile: 'offline', listen: [] })
    }
    const subject = `did:aip:${'0'.repeat(32)}` as const
    const work = { kind: 'count', count: 1 } as const
    let sequence = 0
    {
      await using node = await open(homeDirectory)
      await node.notes.putPin(
        { did: subject, kind: 'cap', cap: 0.3, petname: 'nobody' },
        Date.now(),
      )
      const deadlineMs = Date.now() + 60_000
      await promise(node, { delegator: subject, scope: 'review', work, deadlineMs })
      const outcome = { scope: 'review', promised: work, delivered: work, clarity: 0 } as const
      await observePrivately(node, subject, [{ ...outcome, observedAtMs: node.clock() }])
      sequence = node.author.sequence
    }
    const words = ['--passphrase-file', await file(root, 'words', 'correct horse')]
    const archive = join(root, 'a.aipbak')
    await run(['backup', archive, ...home, ...words])
    await rm(homeDirectory, { recursive: true })
    const back = await run([
      'restore',
      archive,
      '--home',
      homeDirectory,
      ...words,
      '--yes',
      '--json',
    ])
    expect(back.code, back.err).toBe(0)
    expect(JSON.parse(back.out)).toMatchObject({
      data: { config: true, pins: 1, privateObservations: 1, records: 1 },
    })
    await using node = await open(homeDirectory)
    expect(node.notes.named.get(subject)).toMatchObject({
      kind: 'cap',
      cap: 0.3,
      petname: 'nobody',
    })
    expect(node.notes.privateOutcomes).toHaveLength(1)
    expect(node.author.sequence).toBe(sequence)
  })
})

async function secretIn(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return /^secret\s+(.*)$/m.exec(await readFile(path, 'utf8'))?.[1] ?? ''
}
