/**
 * What the compose file shares, with mounts alone: an agent that sees the directory of the socket,
 * read-only and at the same path, and nothing else of the node's home.
 */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { COMMAND } from '../support/built.ts'
import { needProgram } from '../support/programs.ts'
import { stage } from '../support/processes.ts'
import { run } from './cli-run.ts'

const FILE = resolve(import.meta.dirname, '../../config/compose/compose.yaml')

/** In a namespace of mounts, where `$1` is empty but for its `run`, as `$2` keeps it: what `$3…` does. */
const AS_THE_AGENT = [
  'set -e',
  'home=$1 shared=$2; shift 2',
  'mount --bind "$home/run" "$shared"',
  'mount -t tmpfs tmpfs "$home"',
  'mkdir "$home/run"',
  'mount --bind "$shared" "$home/run"',
  'mount -o remount,bind,ro "$home/run"',
  'exec "$@"',
].join('\n')

test('the agent of the compose file reaches the node, and cannot see its key', async () => {
  needProgram('/usr/bin/unshare', 'util-linux')
  await using cast = await stage()
  const node = await cast.enter('data', [])
  const shared = join(cast.root, 'shared')
  await mkdir(shared)
  const program = [
    'unshare',
    process.getuid?.() === 0 ? '-m' : '-Urm',
    'sh',
    '-c',
    AS_THE_AGENT,
    'sh',
    node.home,
    shared,
  ] as const
  const env = { AIP_NODE_HOME: node.home, LC_ALL: 'C' }
  const asAgent = async (words: readonly string[]) => run(words, { program, env })

  const { services } = parse(readFileSync(FILE, 'utf8')) as {
    services: { agent: { command: string[] } }
  }
  const [, ...own] = services.agent.command
  const printed = await asAgent([process.execPath, ...own])
  expect(printed.err).toBe('')
  expect(JSON.parse(printed.out)).toMatchObject({ did: node.did })

  const status = await asAgent([process.execPath, COMMAND, 'status', '--json'])
  expect(status.code, status.err).toBe(0)
  expect(JSON.parse(status.out)).toMatchObject({ data: { did: node.did } })

  const seen = await asAgent(['find', node.home, '-mindepth', '1', '-maxdepth', '1'])
  expect(seen.out).toBe(`${join(node.home, 'run')}\n`)
  const written = await asAgent(['touch', join(node.home, 'run', 'token')])
  expect(written.err).toContain('Read-only file system')
})
