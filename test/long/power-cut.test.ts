import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openStore, idsIn } from '../integration/store/fixture.ts'
import { loopDisk, whyNoLoopDisk } from '../support/loop-disk.ts'

/**
 * The disk is an ext4 in a file. What the writer's kernel has not written out is not in the file, so a
 * copy of it, taken while the writer is stopped, is the disk as a power cut leaves it. (A disk that
 * says it has written what it has not is not modelled.)
 */
const CHILD = fileURLToPath(new URL('../integration/store/child.ts', import.meta.url))
const ROUNDS = Number(process.env['ROUNDS'] ?? 8)
/** So many rounds differ in how long the store has written. */
const LENGTHS = 8
const DISK_MIB = 64
const reason = whyNoLoopDisk()

async function cut(round: number, how: 'durable' | 'lazy') {
  using disk = loopDisk(DISK_MIB)
  const copies = await mkdtemp(join(tmpdir(), 'aip-cut-'))
  const acknowledged: string[] = []
  try {
    const args = [CHILD, join(disk.path, 'home'), 'vouch', String(10_000 * round), how]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const image = join(copies, 'image')
    try {
      for await (const line of createInterface(child.stdout)) {
        if (/^[0-9a-f]{64}$/.test(line)) acknowledged.push(line)
        if (acknowledged.length >= 150 + 37 * (round % LENGTHS)) break
      }
      child.kill('SIGSTOP')
      await copyFile(disk.image, image)
    } finally {
      child.kill('SIGKILL')
      if (child.signalCode === null) await once(child, 'exit')
    }
    using after = loopDisk(DISK_MIB, image)
    await using store = await openStore(join(after.path, 'home'))
    const ids = new Set(await idsIn(store))
    const { records } = await store.stats()
    expect(records.vouch).toBe(ids.size)
    return {
      acknowledged: acknowledged.length,
      lost: acknowledged.filter((id) => !ids.has(id)).length,
    }
  } finally {
    await rm(copies, { recursive: true, force: true })
  }
}

test('a power cut loses nothing that was acknowledged', async ({ skip }) => {
  skip(reason !== undefined, reason)
  expect(ROUNDS).toBeGreaterThan(0)
  for (let round = 0; round < ROUNDS; round++) {
    expect(await cut(round, 'durable'), `round ${round}`).toMatchObject({ lost: 0 })
  }
})

test('and the test would see it: without syncing, some is lost', async ({ skip }) => {
  skip(reason !== undefined, reason)
  let lost = 0
  for (let round = 0; round < ROUNDS && lost === 0; round++) {
    lost += (await cut(round, 'lazy')).lost
  }
  expect(lost).toBeGreaterThan(0)
})
