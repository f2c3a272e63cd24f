/** The package as npm would publish it, installed in an empty directory and used there. */
import { spawn } from 'node:child_process'
import { access, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { begin, run, scratch } from './cli-run.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const INSTALL_LIMIT_MS = 150_000
/** What a checkout has and a publisher's clean tree has not. */
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'test', 'coverage'])

const Packed = z.tuple([
  z.object({
    filename: z.string(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
])

/** npm and npx, run by the same Node as this test. */
async function npm(
  program: 'npm' | 'npx',
  argv: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const child = spawn(program, argv, {
    cwd,
    env: { ...process.env, PATH: path, npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), INSTALL_LIMIT_MS)
  const code = await new Promise<number | null>((done) => {
    child.once('close', done)
  })
  clearTimeout(limit)
  return { code, out, err }
}

const TSC = [
  join(ROOT, 'node_modules/typescript/bin/tsc'),
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--module',
  'nodenext',
  '--target',
  'es2024',
]

const RIGHT = `
import { LiveView, View, type Score } from 'aip-node/trust'
import { parseDid, type Did } from 'aip-node/identity'
import { getResolver } from 'aip-node/did-resolver'
import * as records from 'aip-node/records'
const viewer: Did = parseDid('did:aip:${'0'.repeat(32)}')
const identityOf = () => undefined
const context = { viewer, nowMs: 0, profile: 'strict', identityOf, pins: new Map(), introducers: [], privateOutcomes: [] } as const
const score: Score = View.of([], context).score(viewer, 'general')
export const told: number | null = score.assured
export { LiveView, getResolver, records }
`

const WRONG = RIGHT.replace("'strict'", "'strickt'")

test(
  'the package holds what it needs, installs alone, and runs',
  { timeout: 400_000 },
  async () => {
    const directory = await scratch()
    const tree = join(directory, 'tree')
    await cp(ROOT, tree, {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(source.slice(ROOT.length + 1).split(sep)[0] ?? ''),
    })
    // The compiler comes with the checkout; what it makes is all that the package needs of it.
    const built = await run([join(ROOT, 'scripts/build.ts'), join(tree, 'dist'), '--types'], {
      program: [process.execPath],
    })
    expect([built.code, built.err]).toEqual([0, ''])
    const packed = await npm('npm', ['pack', '--json', '--ignore-scripts'], tree)
    expect(packed.code, packed.err).toBe(0)
    const [{ filename, files, unpackedSize }] = Packed.parse(JSON.parse(packed.out))
    const paths = files.map(({ path }) => path)

    for (const path of [
      'package.json',
      'README.md',
      'LICENSE',
      'NOTICE',
      'dist/src/cli/main.js',
      'config/network/local.json',
      'config/network/public.json',
    ]) {
      expect(paths).toContain(path)
    }
    // No sources, no tests, nothing that is somebody's own.
    const ours = paths.filter((path) => !path.startsWith('config/tools/'))
    expect(ours.filter((path) => /(?<!\.d)\.ts$|^(?:src|test|scripts)\//.test(path))).toEqual([])
    expect(paths.filter((path) => /\.key$|token|\.aip$|\.env/.test(path))).toEqual([
      'dist/src/api/token-book.js',
      'dist/src/api/token.js',
      'dist/src/cli/commands/token.js',
    ])
    expect(unpackedSize).toBeLessThan(5_500_000)

    const place = join(directory, 'place')
    await mkdir(place)
    // npm looks upwards for a project to install into; this is one.
    await writeFile(join(place, 'package.json'), '{"private":true}')
    const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
    const installed = await npm('npm', ['install', ...flags, join(tree, filename)], place)
    expect(installed.code, installed.err).toBe(0)
    const manifest = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
    const present = await readdir(join(place, 'node_modules'))
    for (const name of ['typescript', 'vitest', 'oxlint']) {
      expect(Object.keys(manifest.devDependencies)).toContain(name)
      expect(present).not.toContain(name)
    }
    await rm(tree, { recursive: true })

    // What it offers to other programs has types, and they say what is wrong.
    await writeFile(join(place, 'right.mts'), RIGHT)
    await writeFile(join(place, 'wrong.mts'), WRONG)
    const compiled = await run([...TSC, 'right.mts'], { program: [process.execPath], cwd: place })
    expect([compiled.code, compiled.out]).toEqual([0, ''])
    const refused = await run([...TSC, 'wrong.mts'], { program: [process.execPath], cwd: place })
    expect(refused.code).not.toBe(0)
    expect(refused.out).toContain("'ProfileName'")

    const home = join(directory, 'home')
    const init = [
      '--no-install',
      'aip-node',
      'init',
      '--home',
      home,
      '--network',
      'local',
      '--json',
    ]
    const made = await npm('npx', init, place)
    expect(made.code, made.err).toBe(0)
    const { data } = JSON.parse(made.out) as { data: { did: string } }

    const command = join(place, 'node_modules', 'aip-node', 'dist', 'src', 'cli', 'main.js')
    const asInstalled = { program: [process.execPath, command] as const, cwd: place }
    const start = ['start', '--home', home, '--network', 'local', '--profile', 'test']
    const node = begin(start, { ...asInstalled, limitMs: 120_000 })
    await expect
      .poll(
        async () =>
          access(join(home, 'run', 'address.json')).then(
            () => true,
            () => false,
          ),
        { timeout: 60_000 },
      )
      .toBe(true)
    const other = `did:aip:${'0'.repeat(32)}`
    const score = await npm(
      'npx',
      ['--no-install', 'aip-node', 'score', other, '--home', home],
      place,
    )
    expect([score.code, score.out]).toEqual([
      4,
      'No view yet: vouch for somebody, or set trust.introducers\n',
    ])
    const identity = await run(['id', '--home', home, '--json'], asInstalled)
    expect(identity.out).toContain(data.did)
    const script = [
      "import { Resolver } from 'did-resolver'",
      "import { getResolver } from 'aip-node/did-resolver'",
      'const resolver = new Resolver(getResolver({ home: process.argv[1] }))',
      'const { didDocument } = await resolver.resolve(process.argv[2])',
      'console.log(didDocument.id)',
    ].join(';')
    const program = [process.execPath, '--input-type=module', '-e', script] as const
    const resolved = await run([home, data.did], { program, cwd: place })
    expect([resolved.code, resolved.err, resolved.out]).toEqual([0, '', `${data.did}\n`])
    node.process.kill('SIGTERM')
    const { code, out } = await node.ended
    expect(code).toBe(0)
    expect(out).toContain(data.did)
  },
)
