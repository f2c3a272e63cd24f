/** `record verify` over files that were changed in each field, without a node. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/api/contract.ts'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import { ClientError } from '../../src/sdk/error.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { ALICE_STATE, everyChange, signedCredential } from '../support/credentials.ts'
import { NETWORK, signedBytes, vouchClaim } from '../support/records.ts'
import { data, run, type Run } from './run.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-verify-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

const identity = ALICE_STATE.bytes

async function noNode(): Promise<Client> {
  throw new ClientError({ code: 'client/not-running', where: '/nowhere' })
}

async function written(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

async function verify(path: string, ...more: readonly string[]): Promise<Run> {
  return run(['record', 'verify', path, '--network', NETWORK, ...more], { connect: noNode })
}

interface Leaf {
  readonly path: string
  readonly set: (to: unknown) => void
  readonly value: unknown
}

function leavesOf(fields: Record<string, unknown>, before = ''): Leaf[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = `${before}${name}`
    const isMap = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
    if (isMap) return leavesOf(value as Record<string, unknown>, `${path}.`)
    const set = (to: unknown): void => {
      fields[name] = to
    }
    return [{ path, set, value }]
  })
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.map((byte, at) => (at === 1 ? byte ^ 1 : byte))
  if (typeof value === 'number') return value + 1
  return value === 'vouch' ? 'promise' : `${String(value)}s`
}

describe('a bundle', () => {
  const sound = signedBytes(vouchClaim({ statement: 'Careful' }))
  const read = (): Record<string, unknown> => decodeCbor(sound, 1_024) as Record<string, unknown>
  const paths = leavesOf(read()).map(({ path }) => path)

  test('has these fields in its record', () => {
    expect(paths.toSorted()).toEqual(
      ['a', 'b.c', 'b.d', 'b.h', 'b.l', 'b.m', 'e', 'i', 'k', 'n', 's', 't', 'v'].toSorted(),
    )
  })

  test('is sound as it was signed', async () => {
    const path = await written('sound', encodeBundle({ identities: [identity], records: [sound] }))
    expect(await verify(path, '--json')).toMatchObject({ code: 0, err: '' })
  })

  test.each(paths)('is refused with another %s in its record', async (name) => {
    const fields = read()
    const leaf = leavesOf(fields).find(({ path }) => path === name)
    leaf?.set(other(leaf.value))
    const records = [encodeCbor(fields)]
    const path = await written(name, encodeBundle({ identities: [identity], records }))
    const ended = await verify(path, '--json')
    expect(ended.code).toBe(5)
    expect(data(ended)).toMatchObject({
      sound: 0,
      items: [
        { kind: 'identity', valid: true },
        { kind: 'record', valid: false, rule: expect.stringMatching(/^R[0-9]/) },
      ],
    })
  })

  test('without its header is no bundle', async () => {
    expect(await verify(await written('none', 'no bundle'))).toMatchObject({ code: 2 })
  })

  test('takes no other beside it', async () => {
    const path = await written('alone', encodeBundle({ identities: [], records: [] }))
    expect((await verify(path, '--bundle', path)).code).toBe(2)
  })
})

describe('a credential', () => {
  test.each(everyChange(signedCredential()).map(({ what, changed }) => [what, changed] as const))(
    'is refused with a change: %s',
    async (_, changed) => {
      const logs = await written('logs', encodeBundle({ identities: [identity], records: [] }))
      const path = await written('credential', JSON.stringify(changed))
      const ended = await verify(path, '--bundle', logs, '--json')
      expect(ended.code).toBe(5)
      expect(data(ended)).toMatchObject({ valid: false, rule: expect.stringMatching(/^[RV]\d/) })
    },
  )

  test('asks the node where there is no bundle', async () => {
    const path = await written('credential', JSON.stringify(signedCredential()))
    expect(await verify(path)).toMatchObject({ code: 3 })
    const asked = await run(['record', 'verify', path])
    expect(asked.out).toBe('not valid: V7  It was changed. [credential/proof-invalid]\n')
    expect(asked.code).toBe(5)
    expect(asked.memory.calls[0]).toEqual({
      name: 'verifyCredential',
      input: { credential: JSON.stringify(signedCredential()) },
    })
  })
})

describe('record export --as vc', () => {
  test('writes what the node signed, once', async () => {
    const path = join(directory, 'made.json')
    const argv = ['record', 'export', path, '--as', 'vc', '--id', `bafyrei${'a'.repeat(52)}`]
    expect(await run([...argv, '--json'])).toMatchObject({ code: 0, err: '' })
    expect(await run(argv)).toMatchObject({ code: 2 })
  })

  test.each([
    [['--as', 'vc']],
    [['--id', `bafyrei${'a'.repeat(52)}`]],
    [['--as', 'vc', '--id', `bafyrei${'a'.repeat(52)}`, '--issuer', '@me']],
  ])('needs a vouch, and no other choice: %j', async (more) => {
    const ended = await run(['record', 'export', join(directory, 'never'), ...more])
    expect(ended.code).toBe(2)
    expect(ended.err).toContain('[cli/usage]')
  })
})
