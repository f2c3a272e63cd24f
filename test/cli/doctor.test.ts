import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClientError } from '../../src/sdk/error.ts'
import { data, run, type RunOptions } from './run.ts'

interface Found {
  readonly well: boolean
  readonly running: boolean
  readonly checks: readonly { name: string; verdict: string; found: string; hint: string | null }[]
}

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aip-doctor-'))
  await mkdir(join(home, 'keys'))
  await writeFile(join(home, 'keys', 'operational.key'), '', { mode: 0o600 })
})
afterEach(async () => rm(home, { recursive: true, force: true }))

async function doctor(options: RunOptions = {}): Promise<{ code: number; found: Found }> {
  const result = await run(['doctor', '--json', '--home', home], options)
  return { code: result.code, found: data(result) as Found }
}

const verdictOf = ({ checks }: Found, name: string): string | undefined =>
  checks.find((check) => check.name === name)?.verdict

const absent = async (): Promise<never> => {
  throw new ClientError({ code: 'client/not-running', where: home })
}

describe('aip-node doctor', () => {
  test('puts what the home shows before what the running node says, and ends well', async () => {
    const { code, found } = await doctor()
    expect(code).toBe(0)
    expect(found).toMatchObject({ well: true, running: true })
    expect(found.checks.map(({ name }) => name)).toEqual([
      'home',
      'settings',
      'key file',
      'token file',
      'node',
      'store',
    ])
  })

  test('has an exit code of its own when something is wrong, and says what to do', async () => {
    const sick = { name: 'peers', verdict: 'fail', found: '0 connected', hint: 'Add one.' } as const
    const result = await run(['doctor', '--home', home], { memory: { checks: [sick] } })
    expect(result.code).toBe(9)
    expect(result.out).toContain('FAIL  peers: 0 connected\n      Add one.\n')
    expect(result.out).toContain('Something is wrong.')
    const warned = { ...sick, verdict: 'warn' } as const
    expect((await doctor({ memory: { checks: [warned] } })).code).toBe(0)
  })

  test('works without a running node, and says that none runs', async () => {
    const { code, found } = await doctor({ connect: absent })
    expect(code).toBe(0)
    expect(found.running).toBe(false)
    expect(verdictOf(found, 'node')).toBe('warn')
    expect(found.checks.at(-1)?.name).toBe('node')
  })

  test('sees a home that is not there', async () => {
    await rm(home, { recursive: true })
    const { code, found } = await doctor({ connect: absent })
    expect([code, verdictOf(found, 'home'), verdictOf(found, 'key file')]).toEqual([
      9,
      'fail',
      'fail',
    ])
  })

  test('sees a key that others may read', async () => {
    await chmod(join(home, 'keys', 'operational.key'), 0o640)
    const { code, found } = await doctor({ connect: absent })
    expect([code, verdictOf(found, 'key file')]).toEqual([9, 'fail'])
    expect(found.checks.find(({ name }) => name === 'key file')?.hint).toMatch(/^chmod 600 /)
  })

  test('sees settings that do not read', async () => {
    await writeFile(join(home, 'config.toml'), 'colour = "red"\n')
    const { code, found } = await doctor({ connect: absent })
    expect([code, verdictOf(found, 'settings')]).toEqual([9, 'fail'])
    await writeFile(join(home, 'config.toml'), `preSharedKeyFile = "${home}/none"\n`)
    expect(verdictOf((await doctor({ connect: absent })).found, 'settings')).toBe('fail')
  })
})

describe('aip-node peers ban', () => {
  test('keeps out, lists and lets in again', async () => {
    const { out, memory } = await run(['peers', 'ban', '198.51.100.0/24'])
    expect(out).toBe('Kept out: range 198.51.100.0/24.\n')
    const listed = await run(['peers', 'banned'], { memory })
    expect(listed.out).toContain('198.51.100.0/24')
    const { code } = await run(['peers', 'unban', '198.51.100.0/24'], { memory })
    expect(code).toBe(0)
    expect((await run(['peers', 'unban', '198.51.100.0/24'], { memory })).code).toBe(4)
    expect((await run(['peers', 'banned'], { memory })).out).toBe('Nobody is kept out.\n')
  })
})

describe('aip-node mesh-key', () => {
  test('makes a key that its owner alone may read, and never writes over a file', async () => {
    const path = join(home, 'mesh.key')
    expect((await run(['mesh-key', path])).code).toBe(0)
    const { readPreSharedKey } = await import('../../src/node/pre-shared-key.ts')
    expect(readPreSharedKey(path)).toHaveLength(96)
    const again = await run(['mesh-key', path])
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('EEXIST')])
    await chmod(path, 0o644)
    expect(() => readPreSharedKey(path)).toThrow(
      expect.objectContaining({ fault: { code: 'node/key-file-mode', path, mode: '0644' } }),
    )
    await chmod(path, 0o600)
    for (const bad of ['', '/key/swarm/psk/1.0.0/\n/base16/\n00', 'x'.repeat(300)]) {
      await writeFile(path, bad)
      expect(() => readPreSharedKey(path)).toThrow(
        expect.objectContaining({
          fault: expect.objectContaining({ code: 'node/pre-shared-key-invalid' }),
        }),
      )
    }
  })
})
