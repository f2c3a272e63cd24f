/** The node under a service manager and without a terminal. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { begin, run, scratch } from './cli-run.ts'

const LOCAL = ['--network', 'local', '--profile', 'test']

/** A datagram socket as systemd's, on which every message is kept; "@" begins a name of no file. */
async function listening(path: string): Promise<readonly string[]> {
  const script = [
    'import socket, sys, json',
    's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
    's.bind("\\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])',
    'print("ready", flush=True)',
    'while True: print(json.dumps(s.recv(4096).decode()), flush=True)',
  ].join('\n')
  const child = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill()
  })
  const messages: string[] = []
  const lines = createInterface(child.stdout)
  await once(lines, 'line')
  lines.on('line', (line) => {
    messages.push(JSON.parse(line) as string)
  })
  return messages
}

describe('under a service manager', () => {
  test('the node says when it is ready, reads its settings again, is alive, and stops', async () => {
    const directory = await scratch()
    const home = join(directory, 'home')
    const socket = join(directory, 'notify.sock')
    await mkdir(home, { mode: 0o700 })
    const config = join(home, 'config.toml')
    await writeFile(config, '[log]\nlevel = "info"\n')
    const messages = await listening(socket)
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' }
    const running = begin(['start', '--home', home, ...LOCAL, '--log-format', 'json'], { env })
    const told = async (word: string) =>
      expect
        .poll(() => messages.some((message) => message.includes(word)), { timeout: 30_000 })
        .toBe(true)
    await told('READY=1')
    expect(messages.find((message) => message.includes('READY=1'))).toContain('STATUS=did:aip:')
    await told('WATCHDOG=1')

    let log = ''
    running.process.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    const heard = async (words: string) =>
      expect.poll(() => log, { timeout: 20_000 }).toContain(words)
    await writeFile(config, '[log]\nlevels = ["gossip=debug"]\n[store]\nlimitBytes = 300000000\n')
    running.process.kill('SIGHUP')
    await told('RELOADING=1')
    await heard('"changed":"log.levels","needRestart":"store.limitBytes"')

    await writeFile(config, '[log]\nlevle = "debug"\n')
    running.process.kill('SIGHUP')
    await heard('the settings are not valid; those before stay')

    const did = `did:aip:${'ab'.repeat(16)}`
    const introducers = `introducers = [{ did = "${did}", level = 0.5 }]`
    await writeFile(config, `[trust]\n${introducers}\n`)
    running.process.kill('SIGHUP')
    await heard('trust.introducers')
    const profile = async (): Promise<string> => {
      const { out } = await run(['score', did, '--home', home, '--json'])
      return (JSON.parse(out) as { data: { profile: string } }).data.profile
    }
    expect(await profile()).toBe('strict')
    await writeFile(config, `[trust]\nprofile = "open"\n${introducers}\n`)
    running.process.kill('SIGHUP')
    await heard('"changed":"trust.profile"')
    expect(await profile()).toBe('open')
    const agents = await run(['graph', '--home', home, '--json'])
    expect(agents.out).toContain(did)

    running.process.kill('SIGTERM')
    const { code } = await running.ended
    expect(code).toBe(0)
    await told('STOPPING=1')
  })

  test('the socket may be one that has a name and no file', async () => {
    const home = join(await scratch(), 'home')
    const socket = `@aip-node-test/${randomUUID()}`
    const messages = await listening(socket)
    const env = { NOTIFY_SOCKET: socket }
    const running = begin(['start', '--home', home, ...LOCAL], { env })
    const told = async (word: string) =>
      expect
        .poll(() => messages.some((message) => message.includes(word)), { timeout: 30_000 })
        .toBe(true)
    await told('READY=1')
    expect(messages.find((message) => message.includes('READY=1'))).toContain(
      `MAINPID=${running.process.pid}`,
    )
    running.process.kill('SIGTERM')
    const { code, err } = await running.ended
    expect(code).toBe(0)
    await told('STOPPING=1')
    expect(err).not.toContain('service manager')
  })
})

describe('without a terminal', () => {
  test('a start returns when the node is ready, and the node goes on', async () => {
    const home = join(await scratch(), 'home')
    const started = await run(['start', '--home', home, ...LOCAL, '--detach', '--json'])
    expect([started.code, started.err]).toEqual([0, ''])
    const { data } = JSON.parse(started.out) as { data: { pid: number; log: string } }
    onTestFinished(() => {
      try {
        process.kill(data.pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    })
    const status = await run(['status', '--home', home, '--json'])
    expect(JSON.parse(status.out)).toMatchObject({ data: { pid: data.pid } })
    expect(await readFile(data.log, 'utf8')).toContain('did:aip:')

    const second = await run(['start', '--home', home, ...LOCAL, '--detach'])
    expect(second.code).toBe(8)
    expect(second.err).toContain(String(data.pid))

    const watching = begin(['status', '--watch', '--home', home])
    let seen = ''
    watching.process.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
    })
    await expect
      .poll(() => seen.split('\n').filter((line) => line.startsWith('node ')).length, {
        timeout: 20_000,
      })
      .toBeGreaterThan(1)
    watching.process.kill('SIGINT')
    expect((await watching.ended).code).toBe(0)

    const file = join(home, 'bundle.json')
    const bundle = await run(['support-bundle', file, '--home', home, '--json'])
    expect([bundle.code, bundle.err]).toEqual([0, ''])
    const text = await readFile(file, 'utf8')
    const parts = [
      'versions',
      'machine',
      'settings',
      'home',
      'status',
      'doctor',
      'peers',
      'log',
      'events',
    ]
    expect(JSON.parse(bundle.out)).toMatchObject({
      data: { parts: expect.arrayContaining(parts) as unknown },
    })
    const key = await readFile(join(home, 'keys', 'operational.key'), 'utf8')
    const token = await readFile(join(home, 'run', 'token'), 'utf8')
    const did = (JSON.parse(status.out) as { data: { did: string } }).data.did
    for (const secret of [key.split(' ')[1] ?? '', token.trim(), did]) {
      expect(secret.length).toBeGreaterThan(20)
      expect(text).not.toContain(secret)
    }
    expect((await run(['support-bundle', file, '--home', home])).code).toBe(2)

    process.kill(data.pid, 'SIGTERM')
    await expect
      .poll(async () => (await run(['status', '--home', home])).code, { timeout: 20_000 })
      .toBe(3)
  })

  test('the unit file is shown, written, found and taken away', async () => {
    const home = await scratch()
    const env = { XDG_CONFIG_HOME: join(home, 'config') }
    const shown = await run(['service', 'install', '--dry-run', '--home', home], { env })
    expect(shown.code).toBe(0)
    expect(shown.out).toContain(`--home=${home}`)
    const written = await run(['service', 'install', '--yes', '--home', home, '--json'], { env })
    const { path } = (JSON.parse(written.out) as { data: { path: string } }).data
    expect(await readFile(path, 'utf8')).toContain('Type=notify')
    await writeFile(path, 'mine')
    expect((await run(['service', 'install', '--home', home], { env })).code).toBe(2)
    const status = await run(['service', 'status', '--home', home, '--json'], { env })
    expect(JSON.parse(status.out)).toMatchObject({ data: { installed: true } })
    const removed = await run(['service', 'uninstall', '--home', home, '--json'], { env })
    expect(JSON.parse(removed.out)).toMatchObject({ data: { path, removed: true } })
  })
})
