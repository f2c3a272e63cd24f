import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rotate } from '../../src/identity/log-change.ts'
import { keyFileText, type KeyFile } from '../../src/node/key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { createIdentity, readIdentity, type OwnIdentity } from '../../src/node/own-identity.ts'
import { rotationSeed } from '../../src/node/recovery-sheet.ts'
import {
  completeSuccession,
  dropSuccessor,
  finishSuccession,
  prepareSuccessor,
  successorPath,
} from '../../src/node/succession.ts'
import { faultOf } from './fault.ts'

async function rotating(): Promise<{
  readonly keyFile: string
  readonly old: OwnIdentity
  readonly next: KeyFile
}> {
  const home = await mkdtemp(join(tmpdir(), 'aip-next-'))
  onTestFinished(async () => rm(home, { recursive: true, force: true }))
  const keyFile = join(home, 'keys', 'operational.key')
  const recoverySecret = randomSeed()
  const old = await createIdentity(keyFile, { workBits: 0, recoverySecret })
  const seed = randomSeed()
  const { log } = rotate({
    log: old.log,
    authority: nativeSigner(rotationSeed(recoverySecret, 0, 1)),
    operationalKey: nativeSigner(seed).publicKey,
    verifier: nativeVerifier,
  })
  return { keyFile, old, next: { seed, log: log.bytes } }
}

describe('from one key to the next', () => {
  test('the old one is the key until the step is complete, the new one from then on', async () => {
    const { keyFile, old, next } = await rotating()
    await prepareSuccessor(keyFile, next)
    expect((await readIdentity(keyFile))?.seed).toEqual(old.seed)
    await completeSuccession(keyFile)
    expect((await readIdentity(keyFile))?.seed).toEqual(next.seed)
    expect((await readIdentity(keyFile))?.did).toBe(old.did)
    expect(await readdir(dirname(keyFile))).toEqual(['operational.key'])
  })

  test('what waited at a crash is finished, once', async () => {
    const { keyFile, next } = await rotating()
    expect(await finishSuccession(keyFile)).toBe(false)
    await prepareSuccessor(keyFile, next)
    expect(await finishSuccession(keyFile)).toBe(true)
    expect((await readIdentity(keyFile))?.seed).toEqual(next.seed)
    expect(await finishSuccession(keyFile)).toBe(false)
  })

  test('a file that a crash cut off is no successor: the old key stays', async () => {
    const { keyFile, old, next } = await rotating()
    const whole = keyFileText(next)
    for (const length of [0, 40, whole.length]) {
      await writeFile(`${successorPath(keyFile)}.1-${length}.new`, whole.slice(0, length), {
        mode: 0o600,
      })
      expect(await finishSuccession(keyFile)).toBe(false)
      expect((await readIdentity(keyFile))?.seed).toEqual(old.seed)
    }
  })

  test('can be taken back before anybody has seen the new log', async () => {
    const { keyFile, old, next } = await rotating()
    await prepareSuccessor(keyFile, next)
    await dropSuccessor(keyFile)
    await dropSuccessor(keyFile)
    expect(await finishSuccession(keyFile)).toBe(false)
    expect((await readIdentity(keyFile))?.seed).toEqual(old.seed)
  })

  test('of another identity, an older log or a damaged file stops the start, and changes nothing', async () => {
    const { keyFile, old, next } = await rotating()
    const before = await readFile(keyFile, 'utf8')
    const other = await rotating()
    const path = successorPath(keyFile)
    const put = async (text: string): Promise<void> => writeFile(path, text, { mode: 0o600 })
    for (const text of [keyFileText(other.next), keyFileText(next).replace(/.\n$/, 'x\n')]) {
      await put(text)
      expect(await faultOf(finishSuccession(keyFile))).toMatchObject({
        code: 'node/key-file-invalid',
        path,
      })
      expect(await readFile(keyFile, 'utf8')).toBe(before)
    }
    await put(keyFileText(next))
    await finishSuccession(keyFile)
    await put(keyFileText({ seed: old.seed, log: old.log.bytes }))
    expect(await faultOf(finishSuccession(keyFile))).toMatchObject({
      code: 'node/key-file-invalid',
    })
    expect((await readIdentity(keyFile))?.seed).toEqual(next.seed)
  })
})
