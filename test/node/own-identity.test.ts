import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rotate } from '../../src/identity/log-change.ts'
import { writeKeyFile } from '../../src/node/key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { createIdentity, readIdentity } from '../../src/node/own-identity.ts'
import { recoverySeed, rotationSeed } from '../../src/node/recovery-sheet.ts'
import { faultOf } from './fault.ts'

const NO_WORK = { workBits: 0 }

async function keyPath(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-own-'))
  onTestFinished(async () => rm(home, { recursive: true, force: true }))
  return join(home, 'operational.key')
}

describe('an identity', () => {
  test('is read back as it was made', async () => {
    const path = await keyPath()
    expect(await readIdentity(path)).toBeUndefined()
    const made = await createIdentity(path, NO_WORK)
    const read = await readIdentity(path)
    expect(read?.did).toBe(made.did)
    expect(read?.seed).toEqual(made.seed)
    expect(read?.log.bytes).toEqual(made.log.bytes)
    expect(read?.signer.publicKey).toEqual(made.log.current?.key)
  })

  test('is made once: a second one leaves the first as it is', async () => {
    const path = await keyPath()
    const { did } = await createIdentity(path, NO_WORK)
    const before = await readFile(path)
    expect(await faultOf(createIdentity(path, NO_WORK))).toEqual({
      code: 'node/identity-exists',
      did,
    })
    expect(await readFile(path)).toEqual(before)
  })

  test('is the same for all who make it at once: one succeeds', async () => {
    const path = await keyPath()
    const tries = await Promise.allSettled(
      Array.from({ length: 4 }, async () => createIdentity(path, { workBits: 4 })),
    )
    const made = tries.filter((one) => one.status === 'fulfilled')
    expect(made).toHaveLength(1)
    expect((await readIdentity(path))?.did).toBe(made[0]?.value.did)
  })

  test('commits to the keys of its recovery sheet, which can then rotate it', async () => {
    const secret = randomSeed()
    const { log } = await createIdentity(await keyPath(), { ...NO_WORK, recoverySecret: secret })
    const next = nativeSigner(randomSeed())
    const rotateBy = (seed: Uint8Array) =>
      rotate({
        log,
        authority: nativeSigner(seed),
        operationalKey: next.publicKey,
        verifier: nativeVerifier,
      }).log
    expect(rotateBy(rotationSeed(secret)).current?.key).toEqual(next.publicKey)
    expect(() => rotateBy(recoverySeed(secret))).toThrow()
    expect(() => rotateBy(rotationSeed(randomSeed()))).toThrow()
  })

  test('commits to nothing without a sheet', async () => {
    const { log } = await createIdentity(await keyPath(), NO_WORK)
    expect(log.entries[0]?.rotationCommitment).toBeUndefined()
  })

  test.each([1, 6, 10])('does the %i bits of work that its network asks for', async (workBits) => {
    const { log } = await createIdentity(await keyPath(), { workBits })
    expect(log.workBits).toBeGreaterThanOrEqual(workBits)
  })

  test('stops working when it is told to, and leaves no file', async () => {
    const path = await keyPath()
    const stop = new AbortController()
    const making = createIdentity(path, { workBits: 32, signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(making).rejects.toThrow('enough')
    expect(await readIdentity(path)).toBeUndefined()
  })

  test('is refused when its log is another key’s, or no log', async () => {
    const one = await createIdentity(await keyPath(), NO_WORK)
    const two = await createIdentity(await keyPath(), NO_WORK)
    const foreign = await keyPath()
    await writeKeyFile(foreign, { seed: one.seed, log: two.log.bytes })
    expect(await faultOf(readIdentity(foreign))).toMatchObject({
      code: 'node/key-file-invalid',
      reason: 'its key log names another key',
    })
    const broken = await keyPath()
    await writeKeyFile(broken, { seed: one.seed, log: one.log.bytes.slice(0, -1) })
    expect(await faultOf(readIdentity(broken))).toMatchObject({
      code: 'node/key-file-invalid',
      reason: 'its key log does not hold',
    })
  })

  test('is not made where a file that others may read stands in its place', async () => {
    const path = await keyPath()
    await writeFile(path, 'mine')
    await chmod(path, 0o644)
    expect(await faultOf(createIdentity(path, NO_WORK))).toMatchObject({
      code: 'node/key-file-mode',
    })
    expect(await readFile(path, 'utf8')).toBe('mine')
  })
})
