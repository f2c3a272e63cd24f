import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { problemOf } from '../../src/api/problem.ts'
import { DAY_MS, KIB_BYTES, MIB_BYTES, SECOND_MS } from '../../src/base/units.ts'
import { silentLogger } from '../../src/base/log.ts'
import { AipNode } from '../../src/node/node.ts'
import { createIdentity, readIdentity } from '../../src/node/own-identity.ts'
import type { Unnumbered } from '../../src/node/author.ts'
import { exists } from '../../src/store/database.ts'
import { agent } from '../support/records.ts'
import { loopDisk, whyNoLoopDisk } from '../support/loop-disk.ts'
import { eventually } from '../support/mesh.ts'

const reason = whyNoLoopDisk()
const ANSWER_LIMIT_MS = 1 * SECOND_MS
const RECOVERY_LIMIT_MS = 10 * SECOND_MS

/** Writes until nothing more goes in. */
async function fill(path: string): Promise<void> {
  await using file = await open(path, 'a')
  for (const size of [MIB_BYTES, 4 * KIB_BYTES]) {
    const chunk = new Uint8Array(size).fill(7)
    try {
      for (;;) await file.write(chunk)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}

async function started(home: string): Promise<AipNode> {
  const keyFile = join(home, 'keys', 'operational.key')
  const identity = (await readIdentity(keyFile)) ?? (await createIdentity(keyFile, { workBits: 0 }))
  return AipNode.start({
    home,
    identity,
    network: {
      v: 1,
      name: 'local',
      preset: 'local',
      bootstrap: [],
      shardBits: 0,
      shardLimitBytes: 2 ** 30,
      workBits: 0,
    },
    profile: 'edge',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    trust: { profile: 'strict', introducers: [] },
    userAgent: 'aip-node/test',
    clock: Date.now,
    log: silentLogger,
  })
}

/** Some kilobytes each, of which an hour holds 64. */
function observation(n: number): Unnumbered {
  const observedAtMs = Date.now()
  return {
    type: 'observation',
    subject: agent('bob').did,
    expiresAtMs: observedAtMs + DAY_MS,
    outcomes: Array.from({ length: 64 }, (_, at) => ({
      scope: 'general',
      promised: { kind: 'count', count: 1 } as const,
      delivered: { kind: 'count', count: 1 } as const,
      clarity: 0 as const,
      observedAtMs,
      evidence: crypto.getRandomValues(new Uint8Array(32)).fill(n + at, 0, 1),
    })),
  }
}

/** Tries until it fails, and says how long the attempt that failed took. */
async function firstFailure(attempt: (n: number) => Promise<void>) {
  for (let n = 0; n < 20; n++) {
    const begun = performance.now()
    try {
      await attempt(n)
    } catch (failure) {
      return { failure, answeredMs: performance.now() - begun }
    }
  }
  throw new Error('nothing failed')
}

test('a full disk is answered at once, read from all the while, and left by itself', async ({
  skip,
}) => {
  skip(reason !== undefined, reason)
  using disk = loopDisk(64)
  const home = join(disk.path, 'home')
  const filler = join(disk.path, 'filler')
  const acknowledged: string[] = []
  const issue = async (node: AipNode, n: number): Promise<void> => {
    const stored = await node.author.issue([observation(n)])
    acknowledged.push(...stored.map(({ id }) => id))
  }
  {
    await using node = await started(home)
    await eventually('ballast', async () => exists(join(home, 'store.ballast')))
    for (let n = 0; n < 10; n++) await issue(node, n)
    for (let outage = 0; outage < 2; outage++) {
      await fill(filler)
      const { failure, answeredMs } = await firstFailure(async (n) => issue(node, n))
      expect(problemOf(failure)).toMatchObject({ status: 507, code: 'store/disk-full' })
      expect(answeredMs).toBeLessThan(ANSWER_LIMIT_MS)
      await expect(node.author.issue([observation(0)])).rejects.toMatchObject({
        fault: { code: 'store/disk-full' },
      })
      for (const id of acknowledged) expect((await node.store.get(id))?.id).toBe(id)

      // The ballast is no room for others' records: it is for LevelDB to be opened in.
      expect(node.store.failed?.fault.code).toBe('store/disk-full')
      await rm(filler)
      const freed = performance.now()
      await eventually('writes are taken', () => node.store.failed === undefined)
      await issue(node, outage)
      expect(performance.now() - freed).toBeLessThan(RECOVERY_LIMIT_MS)
    }
    for (const id of acknowledged) expect((await node.store.get(id))?.id).toBe(id)
  }
  await using again = await started(home)
  for (const id of acknowledged) expect((await again.store.get(id))?.id).toBe(id)
  expect(again.store.damage).toEqual([])
})
