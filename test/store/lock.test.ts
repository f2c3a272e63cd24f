import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { StoreError } from '../../src/store/error.ts'
import { StoreLock } from '../../src/store/lock.ts'

async function lockPath(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-lock-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  return join(home, 'run', 'lock')
}

async function written(text: string): Promise<string> {
  const path = await lockPath()
  await mkdir(join(path, '..'))
  await writeFile(path, text)
  return path
}

/** Taken until the test ends. */
async function held(path: string): Promise<StoreLock> {
  const lock = await StoreLock.acquire(path)
  onTestFinished(() => lock[Symbol.asyncDispose]())
  return lock
}

async function faultOf(work: Promise<unknown>): Promise<StoreError['fault']> {
  const error: unknown = await work.catch((thrown: unknown) => thrown)
  if (error instanceof StoreError) return error.fault
  throw new Error('expected a StoreError', { cause: error })
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('the lock', () => {
  test('is held by one, and names the holder to the next', async () => {
    const path = await lockPath()
    await held(path)
    const fault = { code: 'store/locked', path, pid: process.pid }
    expect(await faultOf(StoreLock.acquire(path))).toEqual(fault)
  })

  test('is free again after its holder', async () => {
    const path = await lockPath()
    const lock = await StoreLock.acquire(path)
    await lock[Symbol.asyncDispose]()
    expect(await readdir(join(path, '..'))).toEqual([])
    await held(path)
  })

  test('of two that ask at once, one gets it', async () => {
    const path = await lockPath()
    const asked = await Promise.allSettled([StoreLock.acquire(path), StoreLock.acquire(path)])
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('of a process that died is taken over', async () => {
    const path = await written(JSON.stringify({ pid: await endedPid() }))
    await held(path)
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid })
  })

  test('of a living process stands', async () => {
    const path = await written(JSON.stringify({ pid: process.ppid }))
    expect(await faultOf(StoreLock.acquire(path))).toMatchObject({ pid: process.ppid })
  })

  test.runIf(process.platform === 'linux')(
    'of an earlier process with the same id is taken over',
    async () => {
      const path = await written(JSON.stringify({ pid: process.pid, started: 'an earlier boot 1' }))
      await held(path)
    },
  )

  test.each(['', '{"pid":', '{"pid":0}', '{"pid":"7"}', '[]'])(
    'that was never finished is taken over: %s',
    async (text) => {
      await held(await written(text))
    },
  )

  test('that another has taken meanwhile is left to it', async () => {
    const path = await lockPath()
    const lock = await StoreLock.acquire(path)
    await writeFile(path, '{"pid":1}')
    await lock[Symbol.asyncDispose]()
    expect(await readFile(path, 'utf8')).toBe('{"pid":1}')
  })

  test('is for its owner’s eyes', async () => {
    const path = await lockPath()
    await held(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
  })

  test('says that its directory cannot be written', async () => {
    const path = await lockPath()
    await writeFile(join(path, '..'), 'a file where the directory should be')
    await chmod(join(path, '..'), 0o600)
    expect(await faultOf(StoreLock.acquire(path))).toMatchObject({ code: 'store/not-writable' })
  })
})
