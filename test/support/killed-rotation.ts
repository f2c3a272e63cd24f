/** A change of the key that is killed at a step, and what must hold of its home afterwards. */
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS } from '../../src/base/units.ts'
import { readIdentity } from '../../src/node/own-identity.ts'
import { finishSuccession } from '../../src/node/succession.ts'
import { finishReissue } from '../../src/node/use/reissuing.ts'
import { rotateKey } from '../../src/node/use/rotating.ts'
import { vouch } from '../../src/node/use/vouching.ts'
import { startOffline, temporaryHome } from './nodes.ts'
import { identityWithSheet, rotationBy } from './own-sheet.ts'

export type ChangeKind = 'rotate' | 'compromised' | 'recover'

const CHILD = fileURLToPath(new URL('rotation-child.ts', import.meta.url))
const CHILD_LIMIT_MS = 60_000

interface Home {
  readonly home: string
  readonly secret: Uint8Array
  readonly did: string
  readonly subject: `did:aip:${string}`
  readonly keyHex: string
}

/** An agent that has rotated once and vouched for somebody, stopped. */
export async function vouchedHome(stack: AsyncDisposableStack): Promise<Home> {
  const home = await temporaryHome(stack)
  const { identity, secret } = await identityWithSheet(home)
  await using bob = await startOffline({})
  await using alice = await startOffline({ home, identity })
  const { node } = alice
  const known = bob.node.identities.get(bob.node.did)
  if (known === undefined) throw new Error('Bob knows himself')
  await node.writer.putIdentity(known)
  await rotateKey(node, rotationBy(secret, node))
  const subject = bob.node.did
  const expiresAtMs = node.clock() + 90 * DAY_MS
  await vouch(node, { subject, scope: 'general', level: 800, expiresAtMs })
  return { home, secret, did: node.did, subject, keyHex: node.author.keyHex }
}

/** @returns how many steps there were, when it was not killed. */
export async function changeKilledAt(
  kind: ChangeKind,
  { home, secret }: Home,
  killAt: number,
): Promise<number | 'killed'> {
  const child = spawn(process.execPath, [CHILD, kind, home, toHex(secret), `${killAt}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const limit = setTimeout(() => child.kill('SIGTERM'), CHILD_LIMIT_MS)
  const signal = await new Promise<NodeJS.Signals | null>((done) => {
    child.once('close', (_code, by) => done(by))
  })
  clearTimeout(limit)
  return signal === 'SIGKILL' ? 'killed' : Number(out)
}

/**
 * The old identity or the new one, whole: it starts, its one vouch counts under it, it signs, and it can
 * change its key again.
 */
export async function assertWhole(at: Home, kind: ChangeKind): Promise<'old' | 'new'> {
  const { home, secret, did, subject, keyHex } = at
  const keyFile = `${home}/keys/operational.key`
  await finishSuccession(keyFile)
  const identity = await readIdentity(keyFile)
  if (identity === undefined) throw new Error('the identity is gone')
  await using started = await startOffline({ home, identity })
  const { node } = started
  await finishReissue(node)
  expect([node.did, node.standing]).toEqual([did, 'active'])
  const isOld = node.author.keyHex === keyHex
  const paths = await node.outlook.paths({ subject, scope: 'general' }, 5)
  expect(paths.flatMap(({ hops }) => hops.map(({ level }) => level))).toEqual([800])
  const mine = [...node.evidence.all()].filter(({ record }) => record.type === 'vouch')
  const fresh = mine.filter(({ record }) => toHex(record.key) !== keyHex)
  expect(fresh).toHaveLength(isOld || kind === 'rotate' ? 0 : 1)
  await rotateKey(node, rotationBy(secret, node))
  const expiresAtMs = node.clock() + 90 * DAY_MS
  await vouch(node, { subject, scope: 'review', level: 300, expiresAtMs })
  const left = (await readdir(`${home}/keys`)).filter((name) => name === 'next.key')
  expect(left).toEqual([])
  return isOld ? 'old' : 'new'
}
