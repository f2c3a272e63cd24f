import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { arrivalsIn, idsIn, openStore, temporaryDirectory } from './fixture.ts'

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))
const ROUNDS = 4
/** More kilobytes than a new store takes, fewer than LevelDB's write buffer. */
const FILE_LIMIT_KIB = 2_048

type Child = ChildProcessByStdio<null, Readable, null>

function start(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

describe('a process that dies', () => {
  test('by SIGKILL in the middle of writing loses nothing that it acknowledged', async () => {
    const home = await temporaryDirectory()
    const acknowledged = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      const target = acknowledged.size + 20 + 7 * round
      const child = start(process.execPath, [CHILD, home, 'vouch', String(10_000 * round)])
      // Its last line may be cut; an id that is whole was acknowledged.
      for await (const line of createInterface(child.stdout)) {
        if (/^[0-9a-f]{64}$/.test(line)) acknowledged.add(line)
        if (acknowledged.size === target) child.kill('SIGKILL')
      }
      expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL')
      await using store = await openStore(home)
      const ids = new Set(await idsIn(store))
      expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([])
      expect(store.damage).toEqual([])
      expect(new Set(await arrivalsIn(store)).size).toBe(ids.size)
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(20 * ROUNDS)
  })
})

describe('a disk that takes no more', () => {
  test.runIf(process.platform !== 'win32')(
    'stops the store, which stays readable and keeps what it acknowledged',
    async () => {
      const home = await temporaryDirectory()
      const limited = `ulimit -f ${FILE_LIMIT_KIB} && exec "$0" "$@"`
      const args = ['-c', limited, process.execPath, CHILD, home, 'observation', '0']
      const child = start('bash', args)
      const lines: string[] = []
      for await (const line of createInterface(child.stdout)) lines.push(line)
      const report: unknown = JSON.parse(lines.pop() ?? '')
      const failure = { code: 'store/io', again: 'store/io', failed: 'store/io' }
      expect(report).toEqual({ ...failure, readable: lines.length })
      expect(lines.length).toBeGreaterThan(50)
      await using store = await openStore(home)
      const ids = new Set(await idsIn(store))
      expect(lines.filter((id) => !ids.has(id))).toEqual([])
    },
  )
})
