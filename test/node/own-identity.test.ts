import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { didOf } from '../../src/identity/did.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { writeKeyFile } from '../../src/node/key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../src/node/native-crypto.ts'
import { createIdentity, readIdentity, readPublicIdentity } from '../../src/node/own-identity.ts'
import { genesisSeed, recoverySeed, rotationSeed } from '../../src/node/recovery-sheet.ts'
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
    expect(rotateBy(rotationSeed(secret, 0, 1)).current?.key).toEqual(next.publicKey)
    expect(() => rotateBy(rotationSeed(secret, 0, 2))).toThrow()
    expect(() => rotateBy(rotationSeed(secret, 1, 1))).toThrow()
    expect(() => rotateBy(recoverySeed(secret, 1))).toThrow()
    expect(() => rotateBy(rotationSeed(randomSeed(), 0, 1))).toThrow()
  })

  test('with a cold root is named by a key of the sheet, and signs with another', async () => {
    const secret = randomSeed()
    const cold = { ...NO_WORK, recoverySecret: secret, hasColdRoot: true }
    const { did, log, signer } = await createIdentity(await keyPath(), cold)
    expect(log.hasColdRoot).toBe(true)
    expect(did).toBe(didOf(nativeSigner(genesisSeed(secret)).publicKey))
    expect(log.current?.key).toEqual(signer.publicKey)
    expect(log.genesisKey).not.toEqual(signer.publicKey)
    const without = await createIdentity(await keyPath(), { ...NO_WORK, hasColdRoot: true })
    expect(without.log.hasColdRoot).toBe(true)
    expect(without.log.genesisKey).not.toEqual(without.signer.publicKey)
  })

  test('with a passphrase is read by that passphrase alone, and its name without', async () => {
    const path = await keyPath()
    const passphrase = 'correct horse'
    const made = await createIdentity(path, { ...NO_WORK, passphrase })
    expect(await readFile(path, 'utf8')).not.toContain(Buffer.from(made.seed).toString('hex'))
    expect((await readIdentity(path, async () => passphrase))?.seed).toEqual(made.seed)
    expect(await readPublicIdentity(path)).toMatchObject({ did: made.did, isEncrypted: true })
    expect(await faultOf(readIdentity(path))).toEqual({ code: 'node/passphrase-needed', path })
    expect(await faultOf(readIdentity(path, async () => 'correct horsE'))).toEqual({
      code: 'node/passphrase-wrong',
      path,
    })
  })

  test('is not made with a passphrase that is too short', async () => {
    const path = await keyPath()
    expect(await faultOf(createIdentity(path, { ...NO_WORK, passphrase: '1234567' }))).toEqual({
      code: 'node/passphrase-weak',
      leastChars: 8,
      limitChars: 1_024,
    })
    expect(await readIdentity(path)).toBeUndefined()
  })

  test('is written when its sheet is kept, and not before', async () => {
    const path = await keyPath()
    const recoverySecret = randomSeed()
    const refusing = createIdentity(path, {
      ...NO_WORK,
      recoverySecret,
      keepSheet: async () => Promise.reject(new Error('no paper')),
    })
    await expect(refusing).rejects.toThrow('no paper')
    expect(await readIdentity(path)).toBeUndefined()
    let kept: string | undefined
    const keepSheet = async (did: string): Promise<void> => {
      kept = did
    }
    const { did } = await createIdentity(path, { ...NO_WORK, recoverySecret, keepSheet })
    expect(kept).toBe(did)
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
