import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { rangeOf, PREFIX } from '../../../src/store/keys.ts'
import { DROP_JOURNAL } from '../../../src/store/drop-journal.ts'
import type { Rows } from '../../../src/store/level.ts'
import { MIGRATION_STEPS, schemaAfter, type MigrationStep } from '../../../src/store/migrations.ts'
import type { Store } from '../../../src/store/store.ts'
import { all, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import { homeOfSchema1 } from './home-of-schema-1.ts'
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

async function journalRows(level: Rows): Promise<number> {
  return (await level.keys(rangeOf(PREFIX.journal)).all()).length
}

/** The step, as the next one, with a look at what is left of the journal after it. */
function dropping(left: number[]): readonly MigrationStep[] {
  const { describe: words, run } = DROP_JOURNAL
  const step: MigrationStep = {
    to: schemaAfter(MIGRATION_STEPS) + 1,
    describe: words,
    run: async (level) => {
      await run(level)
      left.push(await journalRows(level))
    },
  }
  return [...MIGRATION_STEPS, step]
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

  test('loses its journal to the step for that, and nothing else', async () => {
    const home = await homeOfSchema1()
    const left: number[] = []
    {
      await using store = await openStore(home, { steps: dropping(left) })
      await assertWhole(store)
    }
    expect(left).toEqual([0])
    await assertWhole(await openStore(home, { steps: dropping(left) }))
    expect(left).toEqual([0])
  })

  test('comes to the same when the step is killed in its middle', async () => {
    const home = await homeOfSchema1()
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [CHILD, home], { stdio: ['ignore', 'pipe', 'inherit'] })
      onTestFinished(() => {
        child.kill('SIGKILL')
      })
      // It says so when a part of the journal is gone, and waits.
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const left: number[] = []
    await assertWhole(await openStore(home, { steps: dropping(left) }))
    expect(left).toEqual([0])
  })

  test('the step leaves a new store alone', async () => {
    const left: number[] = []
    await openStore(await temporaryDirectory(), { steps: dropping(left) })
    expect(left).toEqual([])
  })
})
