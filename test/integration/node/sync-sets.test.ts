import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { HeldSets } from '../../../src/node/sync/sync-sets.ts'
import { syncSource } from '../../../src/node/sync/sync-source.ts'
import { SYNC_LANES } from '../../../src/p2p/sync/sets.ts'
import type { Verified } from '../../../src/records/verified.ts'
import { NOW_MS, agent, bob, revocationClaim, verified, vouchClaim } from '../../support/records.ts'
import { Parts } from './parts.ts'

const PEER = { via: 'sync', peer: 'p1' } as const

function setsOf({ store, evidence, identities, time }: Parts): HeldSets {
  return new HeldSets({
    store,
    isHeld: (id) => evidence.hasBytes(id),
    identityOf: (did) => identities.get(did),
    shardBits: 0,
    shards: () => [0],
    clock: () => time.nowMs,
    log: silentLogger,
  })
}

async function watching(parts: Parts): Promise<HeldSets> {
  const sets = setsOf(parts)
  onTestFinished(parts.evidence.watch(sets))
  await sets.read()
  return sets
}

/** The root of each lane, as text. */
function rootsOf(sets: HeldSets): readonly string[] {
  return SYNC_LANES.map((lane) => {
    const tree = sets.tree(0, lane)
    return tree === undefined || tree.size === 0 ? '' : Buffer.from(tree.root()).toString('hex')
  })
}

function sizesOf(sets: HeldSets): readonly number[] {
  return SYNC_LANES.map((lane) => sets.tree(0, lane)?.size ?? 0)
}

/** What a node that starts now would compare. */
async function readAnew(parts: Parts): Promise<readonly string[]> {
  const sets = setsOf(parts)
  await sets.read()
  return rootsOf(sets)
}

function vouches(count: number): readonly Verified[] {
  return Array.from({ length: count }, (_, at) =>
    verified(vouchClaim({ subject: bob.did, sequence: NOW_MS + at }), agent(`issuer ${at % 10}`)),
  )
}

function logOf(name: string): IdentityState {
  return IdentityState.of(incept({ genesis: agent(name).signer, verifier: nativeVerifier }).log)
}

describe('the sets that are compared', () => {
  test('follow what is stored, and are what a fresh start reads', async () => {
    const parts = await Parts.open()
    const sets = await watching(parts)
    await parts.writer.put(vouches(100), PEER)
    await parts.writer.put([verified(revocationClaim({}))], PEER)
    expect(sizesOf(sets).reduce((sum, size) => sum + size, 0)).toBe(101)
    expect(sizesOf(sets)[1]).toBe(1)
    expect(rootsOf(sets)).toEqual(await readAnew(parts))
  })

  test('are not ahead of the disk', async () => {
    const parts = await Parts.open()
    const sets = await watching(parts)
    const seen: number[] = []
    parts.disk.before = async () => {
      seen.push(sizesOf(sets).reduce((sum, size) => sum + size, 0))
      return Promise.resolve()
    }
    await parts.writer.put(vouches(10), PEER)
    expect(seen).toEqual([0])
    parts.disk.refusals = 1
    await parts.writer.put(vouches(20).slice(10), PEER).catch(() => undefined)
    await sets.read()
    expect(rootsOf(sets)).toEqual(await readAnew(parts))
  })

  test('let go what leaves the store', async () => {
    const parts = await Parts.open()
    const sets = await watching(parts)
    // More of one issuer and hour than are kept.
    const many = Array.from({ length: 40 }, (_, at) =>
      verified(vouchClaim({ subject: bob.did, sequence: NOW_MS + at })),
    )
    for (const one of many) await parts.writer.put([one], PEER)
    expect(sizesOf(sets).reduce((sum, size) => sum + size, 0)).toBe(32)
    expect(rootsOf(sets)).toEqual(await readAnew(parts))
  })

  test('hold the log of an agent while it has a record, as it is stored', async () => {
    const parts = await Parts.open()
    const sets = await watching(parts)
    await parts.writer.putIdentity(logOf('issuer 1'), PEER)
    expect(sizesOf(sets)[0]).toBe(0)
    await parts.writer.put(vouches(10), PEER)
    expect(sizesOf(sets)[0]).toBe(1)
    await parts.writer.putIdentity(logOf('issuer 2'), PEER)
    expect(sizesOf(sets)[0]).toBe(2)
    expect(rootsOf(sets)).toEqual(await readAnew(parts))
    parts.time.nowMs += 400 * 86_400_000
    await parts.writer.expire()
    expect(sizesOf(sets)).toEqual([0, 0, 0, 0, 0])
  })

  test('lose nothing that comes while they are read', async () => {
    const parts = await Parts.open()
    const all = vouches(60)
    await parts.writer.put(all.slice(0, 30), PEER)
    const sets = setsOf(parts)
    onTestFinished(parts.evidence.watch(sets))
    expect(sets.isReady).toBe(false)
    const reading = sets.read()
    await parts.writer.put(all.slice(30), PEER)
    await reading
    expect(sets.isReady).toBe(true)
    expect(rootsOf(sets)).toEqual(await readAnew(parts))
    expect(sizesOf(sets).reduce((sum, size) => sum + size, 0)).toBe(60)
  })

  test('stand for the bytes that were received', async () => {
    const parts = await Parts.open()
    const sets = await watching(parts)
    const all = vouches(10)
    await parts.writer.put(all, PEER)
    await parts.writer.putIdentity(logOf('issuer 1'), PEER)
    const { store, identities } = parts
    const source = syncSource({ sets, store, identityOf: (did) => identities.get(did) })
    const found: string[] = []
    for (const lane of SYNC_LANES) {
      const tree = sets.tree(0, lane)
      const keys = tree?.slice(0, tree.size) ?? []
      for (const bytes of await source.read({ shard: 0, lane, keys })) {
        found.push(Buffer.from(bytes ?? []).toString('hex'))
      }
    }
    const held = [...all.map(({ bytes }) => bytes), logOf('issuer 1').bytes]
    expect(found.toSorted()).toEqual(
      held.map((bytes) => Buffer.from(bytes).toString('hex')).toSorted(),
    )
    const gone = await source.read({ shard: 0, lane: 2, keys: [new Uint8Array(40)] })
    expect(gone).toEqual([undefined])
  })
})
