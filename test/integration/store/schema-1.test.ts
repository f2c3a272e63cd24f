import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { textBytes, toHex } from '../../../src/base/bytes.ts'
import { rangeOf } from '../../../src/store/keys.ts'
import type { Rows } from '../../../src/store/level.ts'
import type { MigrationStep } from '../../../src/store/migrations.ts'
import { toSchema2 } from '../../../src/store/schema-2.ts'
import type { Store } from '../../../src/store/store.ts'
import { all, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import { homeOfSchema1 } from './earlier-home.ts'
import { DURABLE, NOW_MS, alice, bob, carol, identity, vouch } from './records.ts'

const CHILD = fileURLToPath(new URL('migrating-child.ts', import.meta.url))

async function assertWhole(store: Store): Promise<void> {
  expect(store.damage).toEqual([])
  expect(await idsIn(store)).toHaveLength(25)
  expect((await store.stats()).records).toEqual({
    vouch: 17,
    revocation: 2,
    promise: 5,
    observation: 1,
  })
  const dids = (await all(store.identities())).map(({ did }) => did).toSorted()
  expect(dids).toEqual([alice.did, bob.did, carol.did].toSorted())
  expect((await store.identity(bob.did))?.bytes).toEqual(identity(bob, 2).bytes)
  expect(await all(store.recordsBy(bob.did))).toHaveLength(5)
  expect(await store.ownSequence(toHex(alice.signer.publicKey))).toBe(NOW_MS + 15)
  expect(await store.pins.get(bob.did)).toMatchObject({ kind: 'trust', petname: 'Bob' })
  expect(await store.forgotten.get(carol.did)).toMatchObject({ sinceMs: NOW_MS })
  for (const table of [store.privateObservations, store.peers, store.notes]) {
    expect(await table.list()).toHaveLength(1)
  }
}

/** Rows of the journal, and how long the rows of an index are. */
async function shapeOf(level: Rows): Promise<readonly unknown[]> {
  const rows = async (prefix: string) => level.iterator(rangeOf(textBytes(prefix))).all()
  const lengths = async (prefix: string) => [
    ...new Set((await rows(prefix)).map(([, value]) => value.length)),
  ]
  return [(await rows('j/')).length, await lengths('r/'), await lengths('a/'), await lengths('s/')]
}

/** No journal; each index row is its seal and what its key does not say. */
const SHAPE_2 = [0, [16], [14], [7]]

/** The step, with a look at what it leaves. */
function looking(left: unknown[]): readonly MigrationStep[] {
  return [
    {
      to: 2,
      describe: 'the step, watched',
      run: async (level) => {
        await toSchema2(level)
        left.push(await shapeOf(level))
      },
    },
  ]
}

describe('a store of the first release', () => {
  test('opens as it was', async () => {
    const store = await openStore(await homeOfSchema1())
    await assertWhole(store)
    await store.commit({ put: [vouch(carol, alice, 50)] }, DURABLE)
    expect(await idsIn(store)).toHaveLength(26)
  })

  test('is repaired like any other', async () => {
    await assertWhole(await openStore(await homeOfSchema1(), { repair: 'now' }))
  })

  test('loses its journal and what its keys say twice, and nothing else', async () => {
    const home = await homeOfSchema1()
    const left: unknown[] = []
    {
      await using store = await openStore(home, { steps: looking(left) })
      await assertWhole(store)
    }
    expect(left).toEqual([SHAPE_2])
    await assertWhole(await openStore(home, { steps: looking(left) }))
    expect(left).toEqual([SHAPE_2])
  })

  test('comes to the same when the step is killed in its middle', async () => {
    const home = await homeOfSchema1()
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [CHILD, home, String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => {
        child.kill('SIGKILL')
      })
      // It says so when a part is done, and waits.
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const left: unknown[] = []
    await assertWhole(await openStore(home, { steps: looking(left) }))
    expect(left).toEqual([SHAPE_2])
  })

  test('the step leaves a new store alone', async () => {
    const left: unknown[] = []
    await openStore(await temporaryDirectory(), { steps: looking(left) })
    expect(left).toEqual([])
  })
})
