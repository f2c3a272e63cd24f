import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { EXIT } from '../../../src/cli/exit.ts'
import { nodeCommands } from '../../../src/cli/node-commands.ts'
import { readNetwork } from '../../../src/node/config.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { Store } from '../../../src/store/store.ts'
import { run } from '../../cli/run.ts'
import { homeOfSchema1 } from '../store/earlier-home.ts'
import { NETWORK } from '../store/records.ts'
import { temporaryDirectory } from '../store/fixture.ts'

const HOW = { network: NETWORK, log: silentLogger, verifier: nativeVerifier }

async function migrate(home: string, ...words: readonly string[]) {
  const network = join(home, 'network.json')
  await writeFile(network, JSON.stringify({ ...readNetwork('local'), name: NETWORK }))
  const argv = ['migrate', ...words, '--network', network, '--home', home, '--json']
  return run(argv, { commands: nodeCommands })
}

async function filesOf(home: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(home, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'network.json')
    .map(({ parentPath, name }) => join(parentPath, name))
  const read = names.map(
    async (name) => [name.slice(home.length), await readFile(name, 'hex')] as const,
  )
  return new Map(await Promise.all(read))
}

describe('aip-node migrate', () => {
  test('says what it would do, and changes no byte', async () => {
    const home = await homeOfSchema1()
    const before = await filesOf(home)
    const { code, out } = await migrate(home, '--dry-run')
    expect(code).toBe(EXIT.ok)
    expect(JSON.parse(out)).toMatchObject({
      data: { found: 1, known: 2, done: false, steps: [{ to: 2 }] },
    })
    expect(await filesOf(home)).toEqual(before)
  })

  test('copies the store before its steps; the copy is the way back', async () => {
    const home = await homeOfSchema1()
    const before = await filesOf(home)
    const { code, out } = await migrate(home)
    expect(code).toBe(EXIT.ok)
    const backup = join(home, 'store-of-schema-1')
    expect(JSON.parse(out)).toMatchObject({ data: { done: true, records: 25, backup } })
    expect(await filesOf(backup)).toEqual(before)
    const { schema } = JSON.parse(await readFile(join(home, 'store.json'), 'utf8')) as {
      schema: number
    }
    expect(schema).toBe(2)

    const again = await migrate(home)
    expect(JSON.parse(again.out)).toMatchObject({ data: { steps: [], done: true, backup: null } })
    expect(await filesOf(backup)).toEqual(before)
  })

  test('keeps the copy of before a step that was cut short', async () => {
    const home = await homeOfSchema1()
    await migrate(home)
    const description = join(home, 'store.json')
    const text = await readFile(description, 'utf8')
    await writeFile(description, text.replace('"schema":2', '"schema":1'))
    const backup = join(home, 'store-of-schema-1')
    const kept = await filesOf(backup)
    expect((await migrate(home)).code).toBe(EXIT.ok)
    expect(await filesOf(backup)).toEqual(kept)
  })

  test('refuses a newer store, and touches it as little as a running one or none', async () => {
    const home = await homeOfSchema1()
    const description = join(home, 'store.json')
    const text = await readFile(description, 'utf8')
    await writeFile(description, text.replace('"schema":1', '"schema":3'))
    const before = await filesOf(home)
    for (const words of [[], ['--dry-run']]) {
      const newer = await migrate(home, ...words)
      expect([newer.code, newer.err]).toEqual([
        EXIT.incompatible,
        expect.stringContaining('store/newer'),
      ])
    }
    expect(await filesOf(home)).toEqual(before)

    expect((await migrate(await temporaryDirectory())).code).toBe(EXIT.unknown)

    const used = await temporaryDirectory()
    const store = await Store.open(used, HOW)
    onTestFinished(() => store[Symbol.asyncDispose]())
    expect((await migrate(used)).code).toBe(EXIT.running)
  })
})
