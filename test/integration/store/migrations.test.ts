import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import type { MigrationStep } from '../../../src/store/migrations.ts'
import { readDescription } from '../../../src/store/store-file.ts'
import { faultOf, idsIn, openStore, temporaryDirectory } from './fixture.ts'
import { LAZY, alice, bob, vouch } from './records.ts'

/** Notes which steps ran, in order. */
function steps(ran: number[], failAt?: number): readonly MigrationStep[] {
  return [2, 3].map((to) => ({
    to,
    describe: `the step to ${to}`,
    run: async (level) => {
      if (to === failAt) throw new Error('cut short')
      ran.push(to)
      await level.put(textBytes(`x/${to}`), textBytes('done'))
    },
  }))
}

async function homeOfSchema1(): Promise<string> {
  const home = await temporaryDirectory()
  await using store = await openStore(home, { steps: [] })
  await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
  return home
}

describe('migration', () => {
  test('runs the steps that are new, in order, once', async () => {
    const home = await homeOfSchema1()
    const ran: number[] = []
    for (let start = 0; start < 2; start++) {
      await using store = await openStore(home, { steps: steps(ran) })
      expect(await idsIn(store)).toHaveLength(1)
    }
    expect(ran).toEqual([2, 3])
    expect((await readDescription(join(home, 'store.json')))?.schema).toBe(3)
    const fault = { code: 'store/newer', found: 3, known: 2 }
    expect(await faultOf(openStore(home))).toEqual(fault)
  })

  test('that was cut short goes on at the step that failed', async () => {
    const home = await homeOfSchema1()
    const ran: number[] = []
    await faultOf(openStore(home, { steps: steps(ran, 3) }))
    expect(ran).toEqual([2])
    await openStore(home, { steps: steps(ran) })
    expect(ran).toEqual([2, 3])
  })

  test('leaves a new store alone', async () => {
    const ran: number[] = []
    await openStore(await temporaryDirectory(), { steps: steps(ran) })
    expect(ran).toEqual([])
  })
})
