import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import type { Logger } from '../../../src/base/log.ts'
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

/** Keeps what is logged: the level, and the fields with the message. */
function listLogger() {
  const lines: (readonly [level: string, fields: object])[] = []
  const at =
    (level: string) =>
    (message: string, fields: object = {}): void => {
      lines.push([level, { message, ...fields }])
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  }
  return { logger, lines }
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

  test('of a start keeps one copy of the store as it was, which opens', async () => {
    const home = await homeOfSchema1()
    await mkdir(join(home, 'store-of-schema-0'))
    const { logger, lines } = listLogger()
    const ran: number[] = []
    const options = { steps: steps(ran), copiesBeforeSteps: true, log: logger }
    await (await openStore(home, options))[Symbol.asyncDispose]()
    expect(ran).toEqual([2, 3])
    const copies = async () => (await readdir(home)).filter((name) => name.startsWith('store-of'))
    expect(await copies()).toEqual(['store-of-schema-1'])
    const copy = join(home, 'store-of-schema-1')
    expect(lines).toContainEqual(['info', expect.objectContaining({ copy, found: 1, known: 3 })])
    expect((await readDescription(join(copy, 'store.json')))?.schema).toBe(1)
    expect(await idsIn(await openStore(copy, { steps: [] }))).toHaveLength(1)

    // Nothing is due any more: nothing is copied.
    await rm(copy, { recursive: true })
    await (await openStore(home, options))[Symbol.asyncDispose]()
    expect(await copies()).toEqual([])
  })

  test('of a start goes on without a copy where there is no room for one, and says so', async () => {
    const home = await homeOfSchema1()
    const { logger, lines } = listLogger()
    const ran: number[] = []
    await openStore(home, {
      steps: steps(ran),
      copiesBeforeSteps: true,
      log: logger,
      room: { roomAt: async () => Promise.resolve({ freeBytes: 100, totalBytes: 1_000 }) },
    })
    expect(ran).toEqual([2, 3])
    expect((await readdir(home)).filter((name) => name.startsWith('store-of'))).toEqual([])
    expect(lines).toContainEqual([
      'warn',
      expect.objectContaining({ message: expect.stringContaining('no room for a copy') as string }),
    ])
  })

  test('of a store that cannot be used is refused as ever, and no copy is left', async () => {
    const home = await homeOfSchema1()
    const { logger } = listLogger()
    await rm(join(home, 'store'), { recursive: true })
    const options = { steps: steps([]), copiesBeforeSteps: true, log: logger }
    expect(await faultOf(openStore(home, options))).toMatchObject({ code: 'store/half-written' })
    expect((await readdir(home)).filter((name) => name.startsWith('store-of'))).toEqual([])
  })

  test('leaves a new store alone', async () => {
    const ran: number[] = []
    await openStore(await temporaryDirectory(), { steps: steps(ran) })
    expect(ran).toEqual([])
  })
})
