/** How a node starts, refuses to start, and stops. */
import { access, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stage } from '../support/processes.ts'
import { begin, faultIn, run, runAll, scratch, type Running } from './cli-run.ts'

const LOCAL = ['--network', 'local', '--profile', 'test']
const STOP_LIMIT_MS = 10_000

async function appears(path: string): Promise<void> {
  await expect
    .poll(
      async () =>
        access(path).then(
          () => true,
          () => false,
        ),
      { timeout: 30_000, interval: 5 },
    )
    .toBe(true)
}

/** Asks the process to end, and says how it did and how long that took. */
async function stopped(running: Running, signal: NodeJS.Signals) {
  const begun = Date.now()
  running.process.kill(signal)
  return { ...(await running.ended), tookMs: Date.now() - begun }
}

describe('a start', () => {
  test('makes an identity, says where everything is, and keeps secrets to its owner', async () => {
    const home = join(await scratch(), 'new')
    const running = begin(['start', '--home', home, ...LOCAL])
    await appears(join(home, 'run', 'address.json'))
    const modeOf = async (path: string): Promise<number> =>
      (await stat(join(home, path))).mode & 0o777
    for (const path of ['.', 'keys', 'store', 'run']) expect(await modeOf(path), path).toBe(0o700)
    for (const path of ['keys/operational.key', 'run/token', 'run/address.json', 'run/lock']) {
      expect(await modeOf(path), path).toBe(0o600)
    }
    const { code, out } = await stopped(running, 'SIGTERM')
    expect(code).toBe(0)
    for (const word of ['did', 'peer id', 'network', 'listen', 'data', 'api', 'warning']) {
      expect(out).toMatch(new RegExp(`^${word} `, 'm'))
    }
    expect(out).toContain(home)
    expect(await readdir(join(home, 'run'))).toEqual(['token'])
  })

  test('takes the identity that init made, with its recovery sheet on file', async () => {
    const directory = await scratch()
    const home = join(directory, 'new')
    const sheet = join(directory, 'sheet.txt')
    const init = ['init', '--home', home, '--network', 'local', '--recovery-sheet', sheet]
    const made = await run([...init, '--json'])
    expect(made.code).toBe(0)
    const { data } = JSON.parse(made.out) as { data: { did: string } }
    const page = await readFile(sheet, 'utf8')
    const [, secret = ''] = /^secret {2}((?:[a-z2-7]{4}-){13}[a-z2-7]{4})$/m.exec(page) ?? []
    expect(secret).not.toBe('')
    expect(page).toContain(data.did)
    expect((await stat(sheet)).mode & 0o777).toBe(0o600)
    expect(made.out + made.err).not.toContain(secret)

    const again = await run([...init, '--recovery-sheet', join(directory, 'second.txt')])
    expect([again.code, faultIn(again)]).toEqual([1, 'node/identity-exists'])
    expect(again.err).toContain(data.did)

    const running = begin(['start', '--home', home, ...LOCAL])
    await appears(join(home, 'run', 'address.json'))
    const { out } = await stopped(running, 'SIGTERM')
    expect(out).toContain(data.did)
    expect(out).not.toContain('recovery sheet')
  })

  test('of an init whose sheet cannot be written makes no identity', async () => {
    const directory = await scratch()
    const home = join(directory, 'new')
    const sheet = join(directory, 'there.txt')
    await writeFile(sheet, 'mine')
    const init = ['init', '--home', home, '--network', 'local', '--recovery-sheet']
    const [exists, nowhere] = await runAll([
      [...init, sheet],
      [...init, join(directory, 'no', 'such', 'sheet')],
    ])
    for (const ended of [exists, nowhere]) {
      expect(ended?.code).toBe(2)
      expect(ended?.err).toContain('cli/file-unwritable')
    }
    expect(await readFile(sheet, 'utf8')).toBe('mine')
    await expect(access(join(home, 'keys', 'operational.key'))).rejects.toThrow()
  })

  test('is refused where the key can be read by others, with the line that mends it', async () => {
    const home = join(await scratch(), 'new')
    await run(['init', '--home', home, '--network', 'local'])
    const key = join(home, 'keys', 'operational.key')
    await chmod(key, 0o644)
    const before = await readFile(key)
    const ended = await run(['start', '--home', home, ...LOCAL])
    expect([ended.code, faultIn(ended)]).toEqual([7, 'node/key-file-mode'])
    expect(ended.err).toContain(`chmod 600 ${key}`)
    expect(ended.err.trim().split('\n')).toHaveLength(1)
    expect(await readFile(key)).toEqual(before)
    await expect(access(join(home, 'store'))).rejects.toThrow()
  })

  test('is refused where the key is gone but the data of an identity is there', async () => {
    const home = join(await scratch(), 'new')
    const running = begin(['start', '--home', home, ...LOCAL])
    await appears(join(home, 'run', 'address.json'))
    await stopped(running, 'SIGTERM')
    await rm(join(home, 'keys'), { recursive: true })
    const ended = await run(['start', '--home', home, ...LOCAL])
    expect([ended.code, faultIn(ended)]).toEqual([1, 'node/key-file-missing'])
    await expect(access(join(home, 'keys'))).rejects.toThrow()
  })

  test('is refused with one sentence for each wrong setting', async () => {
    const directory = await scratch()
    const config = async (name: string, text: string): Promise<string> => {
      const home = join(directory, name)
      await mkdir(home)
      await writeFile(join(home, 'config.toml'), text)
      return home
    }
    const json = join(directory, 'network.json')
    await writeFile(json, '{"v":1}')
    const fresh = join(directory, 'fresh')
    const bad: readonly (readonly [readonly string[], number, string, string])[] = [
      [['--home', '/dev/null/x'], 7, 'node/home-not-writable', '/dev/null/x'],
      [['--home', fresh, '--network', 'nope'], 2, 'node/network-unknown', 'local, public'],
      [['--home', fresh, '--network', json], 2, 'node/config-invalid', json],
      [['--home', fresh, '--api-port', '65536'], 2, 'node/config-invalid', 'api.port'],
      [['--home', fresh, '--api-port', 'x'], 2, 'node/config-invalid', 'api.port'],
      [['--home', fresh, '--listen', '/ip4/1.2.3.4/udp/1'], 2, 'node/config-invalid', 'listen.0'],
      [['--home', fresh, '--bootstrap', 'bob'], 2, 'node/config-invalid', '"bob"'],
      [['--home', await config('a', 'lisen = []')], 2, 'node/config-invalid', '"listen"'],
      [['--home', await config('b', '\n[log')], 2, 'node/config-invalid', 'line 2'],
    ]
    const ended = await runAll(bad.map(([flags]) => ['start', ...flags]))
    for (const [at, one] of ended.entries()) {
      const [flags, code, fault, word] = bad[at] ?? [[], 0, '', '']
      expect([one.code, faultIn(one)], flags.join(' ')).toEqual([code, fault])
      expect(one.err, flags.join(' ')).toContain(word)
      expect(one.err.trim().split('\n'), flags.join(' ')).toHaveLength(1)
      expect(one.out).toBe('')
    }
    // Nothing was made for a setting that was wrong.
    await expect(access(fresh)).rejects.toThrow()
    expect(await readdir(join(directory, 'a'))).toEqual(['config.toml'])
  })

  test('names the port that is taken, and the flag for another', async () => {
    const taken = createServer()
    await new Promise<void>((done) => {
      taken.listen(0, '127.0.0.1', done)
    })
    const address = taken.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const { port } = address
    const directory = await scratch()
    const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']
    const start = ['start', '--network', 'local']
    const [api, p2p] = await runAll([
      [...start, ...listen, '--home', join(directory, 'a'), '--api-port', String(port)],
      [...start, '--home', join(directory, 'b'), '--listen', `/ip4/127.0.0.1/tcp/${port}`],
    ])
    expect(api?.code).toBe(1)
    expect(api?.err).toContain('node/port-taken')
    expect(api?.err).toMatch(new RegExp(`${port}.*--api-port`))
    expect(p2p?.code).toBe(1)
    expect(p2p?.err).toContain('p2p/listen-failed')
    expect(p2p?.err).toMatch(new RegExp(`${port}.*--listen`))
    // Both have gone again without a trace of running.
    for (const name of ['a', 'b']) {
      expect(await readdir(join(directory, name, 'run'))).not.toContain('lock')
    }
    await new Promise((done) => {
      taken.close(done)
    })
  })

  test('in a directory that was there before leaves its mode as it is', async () => {
    const home = await scratch()
    await chmod(home, 0o755)
    expect((await run(['init', '--home', home, '--network', 'local'])).code).toBe(0)
    expect((await stat(home)).mode & 0o777).toBe(0o755)
    expect((await stat(join(home, 'keys'))).mode & 0o777).toBe(0o700)
  })
})

describe('a stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('by %s ends in time, with exit 0', async (signal) => {
    await using cast = await stage()
    const alice = await cast.enter('alice', [])
    const bob = await cast.enter('bob', [alice.address])
    await expect
      .poll(async () => (await alice.client.status({})).peers.connected, { timeout: 30_000 })
      .toBe(1)
    // Somebody is listening while it stops.
    const watching = begin(['watch', '--home', alice.home])
    await bob.client.createVouch({ subject: alice.did, level: 0.5 })
    const begun = Date.now()
    const ended = new Promise<number | null>((done) => {
      alice.process.once('exit', done)
    })
    alice.process.kill(signal)
    expect(await ended).toBe(0)
    expect(Date.now() - begun).toBeLessThan(STOP_LIMIT_MS)
    await watching.ended
    expect(await readdir(join(alice.home, 'run'))).toEqual(['token'])
  })

  test.each([
    ['its key is made', 'keys/operational.key'],
    ['its store is locked', 'run/lock'],
    ['its store is open', 'store/CURRENT'],
    ['it listens', 'run/aip-node.sock'],
  ])('while it starts ends in time too, with exit 0: %s', async (_, sign) => {
    const home = join(await scratch(), 'new')
    const running = begin(['start', '--home', home, ...LOCAL])
    await appears(join(home, sign))
    const { code, signal, tookMs } = await stopped(running, 'SIGTERM')
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(tookMs).toBeLessThan(STOP_LIMIT_MS)
    expect(await readdir(join(home, 'run'))).not.toContain('lock')
    // What is there is whole: the next start goes well.
    const again = begin(['start', '--home', home, ...LOCAL])
    await appears(join(home, 'run', 'address.json'))
    expect((await stopped(again, 'SIGTERM')).code).toBe(0)
  })
})
