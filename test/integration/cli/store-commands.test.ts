import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeCommands } from '../../../src/cli/node-commands.ts'
import { EXIT } from '../../../src/cli/exit.ts'
import { run } from '../../cli/run.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { readNetwork } from '../../../src/node/config.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { Store } from '../../../src/store/store.ts'
import { temporaryDirectory } from '../store/fixture.ts'
import { DURABLE, NETWORK, alice, bob, vouch } from '../store/records.ts'

const LOCAL = readNetwork('local')
const HOW = { network: NETWORK, log: silentLogger, verifier: nativeVerifier }

async function usedHome(): Promise<string> {
  const home = await temporaryDirectory()
  await using store = await Store.open(home, HOW)
  await store.commit({ put: [vouch(alice, bob, 1), vouch(alice, bob, 2)] }, DURABLE)
  return home
}

async function command(home: string, ...words: readonly string[]) {
  const network = join(home, 'network.json')
  await writeFile(network, JSON.stringify({ ...LOCAL, name: NETWORK }))
  const argv = ['store', ...words, '--network', network, '--home', home, '--json']
  return run(argv, { commands: nodeCommands })
}

describe('aip-node store', () => {
  test('check says that a sound store is sound', async () => {
    const { code, out } = await command(await usedHome(), 'check')
    expect(code).toBe(EXIT.ok)
    expect(JSON.parse(out)).toMatchObject({ data: { sound: true, damage: [], indexes: 0 } })
  })

  test('check names what does not open, and repair saves it', async () => {
    const home = await usedHome()
    await rm(join(home, 'store', 'CURRENT'))
    const found = await command(home, 'check')
    expect([found.code, found.err]).toEqual([
      EXIT.incompatible,
      expect.stringContaining('store/corrupt'),
    ])
    const { code, out } = await command(home, 'repair')
    expect(code).toBe(EXIT.ok)
    expect(JSON.parse(out)).toMatchObject({
      data: { records: 2, lost: 0, generation: 2, kept: join(home, 'store') },
    })
    expect((await command(home, 'check')).code).toBe(EXIT.ok)
    expect((await readdir(home)).filter((name) => name.startsWith('store'))).toHaveLength(3)
  })

  test('neither makes a store where there is none', async () => {
    const home = await temporaryDirectory()
    for (const word of ['check', 'repair']) {
      expect((await command(home, word)).code).toBe(EXIT.unknown)
    }
    expect(await readdir(home)).not.toContain('store')
  })

  test('neither touches a home whose node runs', async () => {
    const home = await usedHome()
    const store = await Store.open(home, HOW)
    onTestFinished(() => store[Symbol.asyncDispose]())
    for (const word of ['check', 'repair']) {
      expect((await command(home, word)).code).toBe(EXIT.running)
    }
  })
})
