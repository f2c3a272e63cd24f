import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openKeyFile, readKeyFile, writeKeyFile, type KeyFile } from '../../src/node/key-file.ts'
import { deriveBoxKey } from '../../src/node/passphrase-box.ts'
import { textBytes } from '../../src/base/bytes.ts'
import { sha256Hex } from '../../src/crypto/hash.ts'
import { faultOf } from './fault.ts'

const PAIR: KeyFile = { seed: new Uint8Array(32).fill(7), log: Uint8Array.of(0x80, 1, 2) }

async function keyPath(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-key-'))
  onTestFinished(async () => rm(home, { recursive: true, force: true }))
  return join(home, 'keys', 'operational.key')
}

async function written(): Promise<string> {
  const path = await keyPath()
  expect(await writeKeyFile(path, PAIR)).toBe(true)
  return path
}

async function rewritten(change: (line: string) => string): Promise<string> {
  const path = await written()
  await writeFile(path, change(await readFile(path, 'utf8')))
  return path
}

describe('the key file', () => {
  test('gives back the seed and the log that were written', async () => {
    expect(await readKeyFile(await written())).toEqual(PAIR)
  })

  test('is for its owner alone, and so is its directory', async () => {
    const path = await written()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
  })

  test('is absent rather than wrong when there is none', async () => {
    expect(await readKeyFile(await keyPath())).toBeUndefined()
  })

  test.each([
    [0o640, '0640'],
    [0o604, '0604'],
    [0o644, '0644'],
    [0o610, '0610'],
  ])('is refused with mode %o, with the line that mends it', async (mode, shown) => {
    const path = await written()
    await chmod(path, mode)
    const error = await readKeyFile(path).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ fault: { code: 'node/key-file-mode', path, mode: shown } })
    expect(String(error)).toContain(`chmod 600 ${path}`)
    await chmod(path, 0o400)
    expect(await readKeyFile(path)).toEqual(PAIR)
  })

  test('is damaged when a digit of seed, log or check has changed, or its end is gone', async () => {
    const line = await readFile(await written(), 'utf8')
    const digits = [...line].flatMap((_, at) => (at < 15 || line[at] === ' ' ? [] : [at]))
    for (const at of digits.slice(0, -1)) {
      const path = await rewritten(() => line.slice(0, at) + other(line[at]) + line.slice(at + 1))
      expect(await faultOf(readKeyFile(path))).toMatchObject({
        code: 'node/key-file-invalid',
        reason: 'it is damaged',
      })
    }
    for (const length of [16, 90, line.length - 1]) {
      const path = await rewritten(() => line.slice(0, length))
      expect(await faultOf(readKeyFile(path))).toMatchObject({ code: 'node/key-file-invalid' })
    }
  })

  test.each([
    ['empty', ''],
    ['another key', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
    ['large', 'x'.repeat(100_000)],
  ])('is no key file when it is %s', async (_, text) => {
    const path = await rewritten(() => text)
    expect(await faultOf(readKeyFile(path))).toMatchObject({
      code: 'node/key-file-invalid',
      reason: 'it is no key file of a node',
    })
  })

  test('cannot be a directory', async () => {
    const path = await keyPath()
    await mkdir(path, { recursive: true, mode: 0o700 })
    expect(await faultOf(readKeyFile(path))).toMatchObject({ code: 'node/key-file-invalid' })
  })

  test('is never written over another', async () => {
    const path = await written()
    const second = { ...PAIR, seed: new Uint8Array(32).fill(8) }
    expect(await writeKeyFile(path, second)).toBe(false)
    expect(await readKeyFile(path)).toEqual(PAIR)
    expect(await readdir(join(path, '..'))).toEqual(['operational.key'])
  })

  test('is not there at all after a crash before its name was given', async () => {
    const path = await written()
    const whole = await readFile(path, 'utf8')
    await rm(path)
    // What such a crash leaves: the file beside, cut anywhere.
    for (const length of [0, 40, whole.length]) {
      await writeFile(`${path}.1-${length}.new`, whole.slice(0, length))
      expect(await readKeyFile(path)).toBeUndefined()
    }
    expect(await writeKeyFile(path, PAIR)).toBe(true)
    expect(await readKeyFile(path)).toEqual(PAIR)
  })

  test('names the directory that cannot be written', async () => {
    const path = '/dev/null/keys/operational.key'
    expect(await faultOf(writeKeyFile(path, PAIR))).toMatchObject({
      code: 'node/home-not-writable',
      path: '/dev/null/keys',
    })
  })
})

describe('the key file under a passphrase', () => {
  const passphrase = 'correct horse'

  async function sealed(): Promise<string> {
    const path = await keyPath()
    const boxKey = await deriveBoxKey(passphrase, new Uint8Array(16).fill(1))
    await writeKeyFile(path, { ...PAIR, boxKey })
    return path
  }

  async function opened(path: string, words = passphrase): Promise<KeyFile> {
    const file = await readKeyFile(path)
    if (file === undefined || 'seed' in file) throw new Error('it is not sealed')
    return openKeyFile(file, words)
  }

  test('shows its log to anybody and its seed to whoever knows the words', async () => {
    const path = await sealed()
    expect(await readKeyFile(path)).toMatchObject({ log: PAIR.log })
    expect(await opened(path)).toMatchObject(PAIR)
    expect(await faultOf(opened(path, 'Correct horse'))).toEqual({
      code: 'node/passphrase-wrong',
      path,
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('is damaged when any digit has changed', async () => {
    const path = await sealed()
    const line = await readFile(path, 'utf8')
    const digits = [...line].flatMap((_, at) => (at < 15 || line[at] === ' ' ? [] : [at]))
    for (const at of digits.slice(0, -1)) {
      await writeFile(path, line.slice(0, at) + other(line[at]) + line.slice(at + 1))
      expect(await faultOf(readKeyFile(path))).toMatchObject({ reason: 'it is damaged' })
    }
  })

  test('stays shut when salt, nonce, seed or log was altered by one who mended the check', async () => {
    const path = await sealed()
    const line = await readFile(path, 'utf8')
    // A digit of the sealed seed, and one of the log beside it.
    for (const at of [73, 170]) {
      const body = (line.slice(0, at) + other(line[at]) + line.slice(at + 1)).slice(0, -10)
      await writeFile(path, `${body} ${sha256Hex(textBytes(body)).slice(0, 8)}\n`)
      expect(await faultOf(opened(path))).toMatchObject({ code: 'node/passphrase-wrong' })
    }
  })

  test('of a later version is told from a foreign file', async () => {
    const path = await rewritten((line) => line.replace('key-1', 'key-3'))
    expect(await faultOf(readKeyFile(path))).toMatchObject({
      reason: 'a newer version of the node wrote it',
    })
  })
})

function other(digit: string | undefined): string {
  return digit === '0' ? '1' : '0'
}
