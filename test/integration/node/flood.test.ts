import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DAY_MS, KIB_BYTES } from '../../../src/base/units.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { admissionLimits } from '../../../src/records/replica/limits.ts'
import { bytesIn } from '../../../src/store/database.ts'
import { agent, alice, bob, NOW_MS, verified, vouchClaim } from '../../support/records.ts'
import { Parts } from './parts.ts'

const PEER = { via: 'sync', peer: 'p1' } as const
const ME = { via: 'api' } as const
const SHARD_LIMIT_BYTES = 256 * KIB_BYTES
const ISSUERS = 400
const ROUNDS = 4
const IDENTITIES_LIMIT = 50

/** Anybody makes an identity for nothing, and signs with it. */
function flood(round: number) {
  return Array.from({ length: ISSUERS }, (_, n) => {
    const one = agent(`flood ${round} ${n}`)
    const at = NOW_MS + round * 1_000
    const claim = vouchClaim({
      subject: bob.did,
      sequence: at + n,
      issuedAtMs: at,
      expiresAtMs: at + 90 * DAY_MS,
    })
    const { log } = incept({ genesis: one.signer, verifier: nativeVerifier })
    return { record: verified(claim, one), state: IdentityState.of(log) }
  })
}

describe('a flood of agents that cost nothing', () => {
  test('stays within the shard’s budget, in the index and on disk', async () => {
    const parts = await Parts.open({
      shardLimitBytes: SHARD_LIMIT_BYTES,
      identitiesLimit: IDENTITIES_LIMIT,
    })
    const { writer, store, time, identities, evidence } = parts
    const most = admissionLimits({ shardBits: 0, shardLimitBytes: SHARD_LIMIT_BYTES, workBits: 0 })
    const sizes: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      time.nowMs = NOW_MS + round * 1_000
      for (const { state, record } of flood(round)) {
        await Promise.all([writer.putIdentity(state, PEER), writer.put([record], PEER)])
      }
      await writer.expire()
      // Those that the records evicted since had named go with the next look.
      await writer.expire()
      const stats = await store.stats()
      expect(stats.records.vouch).toBeLessThanOrEqual(most.shard.vouch)
      expect(stats.identities).toBe(identities.size)
      expect(identities.size).toBeLessThanOrEqual(IDENTITIES_LIMIT + 2 * evidence.size)
      await store.compact()
      sizes.push(await bytesIn(join(parts.home, 'store')))
    }
    // What is full does not grow, but for the notes that LevelDB makes of each compaction.
    expect(sizes.at(-1)).toBeLessThan((sizes[1] ?? 0) + ROUNDS * 2_048)
  })

  test('an identity that nothing names leaves when there are too many, one that is named stays', async () => {
    const { writer, identities, store } = await Parts.open({ identitiesLimit: 2 })
    const states = ['one', 'two', 'three', 'four'].map((name) =>
      IdentityState.of(incept({ genesis: agent(name).signer, verifier: nativeVerifier }).log),
    )
    const named = states[0]
    if (named === undefined) throw new Error()
    await writer.put([verified(vouchClaim({ subject: named.did }))], PEER)
    for (const state of states) await writer.putIdentity(state, ME)
    await writer.expire()
    expect([...identities.dids()]).toEqual([states[0]?.did, states[3]?.did])
    expect((await store.stats()).identities).toBe(2)
    expect(await store.identity(states[1]?.did ?? alice.did)).toBeUndefined()
    // It may come back.
    const [, back] = states
    if (back !== undefined) expect(await writer.putIdentity(back, ME)).toBe('changed')
  })
})

describe('a store at its limit', () => {
  test('takes nothing of others, and what is its own', async () => {
    const { writer, disk, pipeline, store } = await Parts.open()
    disk.isTight = true
    const one = verified(vouchClaim())
    await expect(writer.put([one], PEER)).rejects.toMatchObject({ fault: { code: 'node/busy' } })
    expect(await pipeline.offer(one.bytes, { via: 'gossip', peer: 'p1' })).toEqual({
      kind: 'refused',
      code: 'node/busy',
    })
    const own = { keyHex: 'ab'.repeat(32), sequence: 1 }
    expect(await writer.put([one], ME, own)).toEqual({ refused: [] })
    disk.isTight = false
    const two = verified(vouchClaim({ scope: 'other' }))
    expect(await writer.put([two], PEER)).toEqual({ refused: [] })
    expect((await store.stats()).records.vouch).toBe(2)
  })
})
