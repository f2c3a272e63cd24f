import { afterEach, describe, expect, test, vi } from 'vitest'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../src/base/units.ts'
import { RECORD_LIMIT_BYTES } from '../../../src/records/wire.ts'
import {
  FUTURE_LIMIT,
  FUTURE_PER_SENDER_LIMIT,
  IN_FLIGHT_PER_SOURCE_LIMIT,
  WAITING_PER_SOURCE_LIMIT,
} from '../../../src/node/ingest/pipeline.ts'
import { BATCH_LIMIT } from '../../../src/node/ingest/writer.ts'
import { View } from '../../../src/trust/view.ts'
import { rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import {
  alice as aliceLog,
  keyNamed,
  publicKeyOf,
  restlessSigner,
  verifier,
} from '../../support/identity.ts'
import { eventually } from '../../support/mesh.ts'
import {
  alice,
  bob,
  carol,
  NOW_MS,
  signedBytes,
  verifiedOf,
  vouchClaim,
  type Agent,
} from '../../support/records.ts'
import { Parts, idsIn } from './parts.ts'

const refused = (code: string) => ({ kind: 'refused', code })
const FRESH = { kind: 'taken', fresh: true }
const KNOWN = { kind: 'taken', fresh: false }

/** Alice of the identity tests: she has a rotation key. */
const log = aliceLog()
const genesis: Agent = { did: log.did, signer: keyNamed('alice'), inception: log.inception }
const rotated = rotate({
  log,
  authority: keyNamed('r0.1'),
  operationalKey: publicKeyOf('k0.1'),
  reach: NOW_MS,
  verifier,
}).log
const successor: Agent = { ...genesis, signer: keyNamed('k0.1') }

describe('a record of a shard that is not followed', () => {
  const offered = signedBytes(vouchClaim())

  test.for(['gossip', 'sync'] as const)('is refused when it comes by %s', async (via) => {
    const { pipeline, store, blamed } = await Parts.open({ isFollowed: () => false })
    const source = { via, peer: 'peer' }
    expect(await pipeline.offer(offered, source)).toEqual(refused('record/quota'))
    expect(await store.has(verifiedOf(offered).id)).toBe(false)
    expect(blamed).toEqual([])
  })

  test.for([{ via: 'query', peer: 'peer' } as const, { via: 'api' } as const])(
    'is stored when it was asked for or given here: %j',
    async (source) => {
      const { pipeline, store } = await Parts.open({ isFollowed: () => false })
      expect(await pipeline.offer(offered, source)).toEqual(FRESH)
      expect(await store.has(verifiedOf(offered).id)).toBe(true)
    },
  )

  test('leaves disk and view when it is forgotten, and may come back', async () => {
    const { pipeline, store, evidence, writer } = await Parts.open()
    await pipeline.offer(offered, { via: 'api' })
    const { id } = verifiedOf(offered)
    expect(await writer.forget([id, 'f'.repeat(64)])).toBe(1)
    expect([await store.has(id), evidence.size, writer.heldShards().size]).toEqual([false, 0, 0])
    expect(await pipeline.offer(offered, { via: 'api' })).toEqual(FRESH)
    expect([...writer.idsIn(0)]).toEqual([id])
  })
})

describe('a record that is offered', () => {
  test('is stored, told, and known from then on', async () => {
    const { pipeline, store, events } = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    const { id } = verifiedOf(bytes)
    expect(await pipeline.offer(bytes, { via: 'api' })).toEqual(FRESH)
    expect(await pipeline.offer(bytes, { via: 'api' })).toEqual(KNOWN)
    expect((await store.get(id))?.bytes).toEqual(bytes)
    expect(events).toEqual([
      {
        kind: 'record.accepted',
        id,
        type: 'vouch',
        issuer: alice.did,
        subject: bob.did,
        via: 'api',
      },
    ])
  })

  const tampered = signedBytes(vouchClaim()).slice()
  // The first byte of the level's place in the signature: 64 bytes before the last three fields.
  tampered[tampered.length - 20] = (tampered[tampered.length - 20] ?? 0) ^ 1

  test.each<[string, string, Uint8Array]>([
    ['R1', 'record/too-large', new Uint8Array(RECORD_LIMIT_BYTES.observation + 1)],
    ['R1a', 'record/unsupported', withLastByte(signedBytes(vouchClaim()), 2)],
    ['R2', 'record/malformed', signedBytes(vouchClaim()).slice(0, -1)],
    ['R2', 'record/malformed', Uint8Array.of(...signedBytes(vouchClaim()), 0)],
    ['R4', 'record/from-future', vouchAt(NOW_MS + 2 * MINUTE_MS + 1)],
    ['R5', 'record/expired', vouchAt(NOW_MS - 91 * DAY_MS)],
    ['R7', 'record/signature-invalid', tampered],
    ['R7', 'record/signature-invalid', signedBytes(vouchClaim(), alice, 'other')],
    ['R8', 'record/key-unknown', signedBytes(vouchClaim(), { ...alice, signer: carol.signer })],
  ])('%s: is refused with %s', async (_, code, bytes) => {
    const { pipeline, store, events } = await Parts.open()
    expect(await pipeline.offer(bytes, { via: 'sync', peer: 'p1' })).toEqual(refused(code))
    expect(await idsIn(store)).toEqual([])
    expect(events).toEqual([{ kind: 'record.rejected', code, via: 'sync' }])
    expect([...pipeline.refused]).toEqual([[code, 1]])
  })

  test('R4, R5: is taken at the edge of what the clock allows', async () => {
    const parts = await Parts.open()
    expect(await parts.offer(vouchAt(NOW_MS + 2 * MINUTE_MS))).toEqual(FRESH)
    expect(await parts.offer(vouchAt(NOW_MS - 89 * DAY_MS))).toEqual(FRESH)
  })

  test('R10: is refused when its issuer has better ones of this hour', async () => {
    const parts = await Parts.open()
    const all = Array.from({ length: 33 }, (_, at) => {
      const bytes = signedBytes(vouchClaim({ sequence: NOW_MS + at }))
      return { bytes, id: verifiedOf(bytes).id }
    }).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const last = all.pop()
    for (const { bytes } of all) expect(await parts.offer(bytes)).toEqual(FRESH)
    expect(await parts.offer(last?.bytes ?? new Uint8Array())).toEqual(refused('record/quota'))
  })

  test('R9: is kept beside another of the same key and number', async () => {
    const parts = await Parts.open()
    const one = signedBytes(vouchClaim({ level: 100 }))
    const two = signedBytes(vouchClaim({ level: 900 }))
    expect(await parts.offer(one)).toEqual(FRESH)
    expect(await parts.offer(two)).toEqual(FRESH)
    expect(await idsIn(parts.store)).toEqual([verifiedOf(one).id, verifiedOf(two).id].toSorted())
  })

  test('is taken from many sources at once, and stored once', async () => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => parts.offer(bytes, 'sync', `p${at}`)),
    )
    expect(answers.every(({ kind }) => kind === 'taken')).toBe(true)
    expect(parts.disk.batches.flatMap(({ put = [] }) => put)).toHaveLength(1)
  })

  test('is refused when the node is closing, and one under way is not lost', async () => {
    const parts = await Parts.open()
    const underWay = parts.offer(signedBytes(vouchClaim()))
    const closing = parts.pipeline[Symbol.asyncDispose]()
    expect(await parts.offer(signedBytes(vouchClaim({ level: 1 })))).toEqual(
      refused('node/closing'),
    )
    expect(await parts.pipeline.offerIdentity(IdentityState.of(log).bytes, { via: 'api' })).toEqual(
      refused('node/closing'),
    )
    await closing
    // Closing waits for it, or it was refused: never is the disk written to after that.
    const { kind } = await underWay
    expect((await idsIn(parts.store)).length).toBe(kind === 'taken' ? 1 : 0)
    expect(parts.pipeline.load).toEqual({ inFlight: 0, pending: 0, future: 0 })
  })

  test('is answered with node/busy when the disk refuses it, and can be offered again', async () => {
    const parts = await Parts.open()
    parts.disk.refusals = 1
    const bytes = signedBytes(vouchClaim())
    expect(await parts.offer(bytes)).toEqual(refused('node/busy'))
    expect(await parts.offer(bytes)).toEqual(FRESH)
  })
})

describe('R6: a record that is known', () => {
  test('travels on by gossip once, when it came another way just before', async () => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    await parts.offer(bytes, 'sync')
    expect(await parts.offer(bytes, 'sync', 'p2')).toEqual(KNOWN)
    expect(await parts.offer(bytes, 'gossip')).toEqual(FRESH)
    expect(await parts.offer(bytes, 'gossip', 'p2')).toEqual(KNOWN)
  })

  test('does not travel on when gossip itself brought it', async () => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    expect(await parts.offer(bytes, 'gossip')).toEqual(FRESH)
    expect(await parts.offer(bytes, 'gossip', 'p2')).toEqual(KNOWN)
  })

  test.each([
    [120 * SECOND_MS, FRESH],
    [120 * SECOND_MS + 1, KNOWN],
  ])('after %i ms is %j', async (laterMs, answer) => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    await parts.offer(bytes, 'sync')
    parts.time.nowMs += laterMs
    expect(await parts.offer(bytes, 'gossip')).toEqual(answer)
  })

  test('is the same record with another signature, good or not, and is not stored again', async () => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim(), genesis)
    const resigned = signedBytes(vouchClaim(), { ...genesis, signer: restlessSigner('alice', 'x') })
    expect(resigned).not.toEqual(bytes)
    const broken = bytes.slice()
    broken[broken.length - 20] = (broken[broken.length - 20] ?? 0) ^ 1
    await parts.offer(bytes)
    expect(await parts.offer(resigned)).toEqual(KNOWN)
    expect(await parts.offer(broken)).toEqual(KNOWN)
    expect((await parts.store.get(verifiedOf(bytes).id))?.bytes).toEqual(bytes)
    expect(parts.disk.batches).toHaveLength(1)
  })

  test('R7: is not known because a broken copy came first', async () => {
    const parts = await Parts.open()
    const bytes = signedBytes(vouchClaim())
    const broken = bytes.slice()
    broken[broken.length - 20] = (broken[broken.length - 20] ?? 0) ^ 1
    expect(await parts.offer(broken)).toEqual(refused('record/signature-invalid'))
    expect(await parts.offer(bytes)).toEqual(FRESH)
  })
})

describe('R8: a record by a key that only the log knows', () => {
  const bytes = signedBytes(vouchClaim(), successor)

  test('is refused, asked about, and comes in by itself when its sender serves the log', async () => {
    const parts = await Parts.open({
      askIdentity: async (peer, _did, pipeline) =>
        pipeline.offerIdentity(IdentityState.of(rotated).bytes, { via: 'query', peer }),
    })
    expect(await parts.offer(bytes)).toEqual(refused('record/key-unknown'))
    await eventually('the record is stored', async () => (await idsIn(parts.store)).length === 1)
    expect(parts.blamed).toEqual([])
    expect(parts.pipeline.load.pending).toBe(0)
  })

  test('is its sender’s fault when that cannot serve the log, and is taken once the log is here', async () => {
    const parts = await Parts.open({ askIdentity: async () => undefined })
    expect(await parts.offer(bytes)).toEqual(refused('record/key-unknown'))
    await eventually('the sender is blamed', () => parts.blamed.length > 0)
    expect(parts.blamed).toEqual(['p1'])
    await parts.writer.putIdentity(IdentityState.of(rotated))
    expect(await parts.offer(bytes)).toEqual(FRESH)
  })

  test('is its sender’s fault when the log that it serves does not name the key', async () => {
    const parts = await Parts.open({
      askIdentity: async (peer, _did, pipeline) =>
        pipeline.offerIdentity(IdentityState.of(log).bytes, { via: 'query', peer }),
    })
    expect(await parts.offer(bytes)).toEqual(refused('record/key-unknown'))
    await eventually('the sender is blamed', () => parts.blamed.length > 0)
    expect(parts.blamed).toEqual(['p1'])
    expect(await idsIn(parts.store)).toEqual([])
  })

  test('by a retired key beyond its reach is stored, and hidden by the view', async () => {
    const parts = await Parts.open()
    const within = signedBytes(vouchClaim({ sequence: NOW_MS, scope: 'within' }), genesis)
    const beyond = signedBytes(vouchClaim({ sequence: NOW_MS + 1, scope: 'beyond' }), genesis)
    // Before the rotation is known both count, and after it one: whenever they came.
    await parts.offer(within)
    await parts.writer.putIdentity(IdentityState.of(log))
    await parts.writer.putIdentity(IdentityState.of(rotated))
    await parts.offer(beyond)
    expect((await idsIn(parts.store)).length).toBe(2)
    const view = View.of(parts.evidence.all(), {
      viewer: genesis.did,
      profile: 'strict',
      introducers: [],
      identityOf: (did) => parts.identities.get(did),
      pins: new Map(),
      privateOutcomes: [],
      nowMs: NOW_MS,
    })
    const { ignored } = view.explain(bob.did, 'general')
    const hidden = ignored.filter(({ reason }) => reason === 'key-beyond-reach')
    expect(hidden.map(({ ids }) => ids)).toEqual([[verifiedOf(beyond).id]])
  })
})

describe('R4: a record from the future', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('waits, and comes in when its time has come', async () => {
    const parts = await partsWithTimer()
    const bytes = vouchAt(NOW_MS + 5 * MINUTE_MS)
    expect(await parts.offer(bytes)).toEqual(refused('record/from-future'))
    expect(parts.pipeline.load.future).toBe(1)
    parts.time.nowMs += 3 * MINUTE_MS - 1
    vi.advanceTimersByTime(10 * SECOND_MS)
    expect(parts.pipeline.load.future).toBe(1)
    parts.time.nowMs += 1
    vi.advanceTimersByTime(10 * SECOND_MS)
    await eventually('the record is stored', async () => (await idsIn(parts.store)).length === 1)
    expect(parts.pipeline.load.future).toBe(0)
  })

  test('does not wait when it is more than ten minutes ahead', async () => {
    const parts = await partsWithTimer()
    await parts.offer(vouchAt(NOW_MS + 10 * MINUTE_MS + 1))
    expect(parts.pipeline.load.future).toBe(0)
    await parts.offer(vouchAt(NOW_MS + 10 * MINUTE_MS))
    expect(parts.pipeline.load.future).toBe(1)
  })

  test('is not kept out by a copy with a broken signature', async () => {
    const parts = await partsWithTimer()
    const bytes = vouchAt(NOW_MS + 5 * MINUTE_MS)
    const broken = bytes.slice()
    broken[broken.length - 20] = (broken[broken.length - 20] ?? 0) ^ 1
    await parts.offer(bytes, 'gossip', 'honest')
    await parts.offer(broken, 'gossip', 'hostile')
    parts.time.nowMs += 4 * MINUTE_MS
    vi.advanceTimersByTime(10 * SECOND_MS)
    await eventually('the record is stored', async () => (await idsIn(parts.store)).length === 1)
  })

  test('is one of a bounded number from one sender', async () => {
    const parts = await partsWithTimer()
    for (let at = 0; at < FUTURE_PER_SENDER_LIMIT + 3; at++) {
      await parts.offer(vouchAt(NOW_MS + 5 * MINUTE_MS + at))
    }
    expect(parts.pipeline.load.future).toBe(FUTURE_PER_SENDER_LIMIT)
    await parts.offer(vouchAt(NOW_MS + 6 * MINUTE_MS), 'sync', 'p2')
    expect(parts.pipeline.load.future).toBe(FUTURE_PER_SENDER_LIMIT + 1)
  })

  test('is one of a bounded number from all senders', async () => {
    const parts = await partsWithTimer()
    // The signature is checked when the time has come, so one will do for all of them.
    const bytes = vouchAt(NOW_MS + 5 * MINUTE_MS)
    for (let at = 0; at <= FUTURE_LIMIT; at++) {
      expect(parts.pipeline.load.future).toBe(at)
      const copy = bytes.slice()
      const signatureAt = copy.length - 40
      copy[signatureAt] = at & 0xff
      copy[signatureAt + 1] = at >> 8
      await parts.offer(copy, 'gossip', `peer ${at % 100}`)
      if (at === FUTURE_LIMIT) expect(parts.pipeline.load.future).toBe(FUTURE_LIMIT)
    }
  })
})

describe('a source that floods', () => {
  const mallory = { via: 'gossip', peer: 'mallory' } as const
  const garbage = Uint8Array.of(0)

  test('is told that the node is busy when too much of it waits, and no other source is', async () => {
    const { pipeline } = await Parts.open()
    const room = IN_FLIGHT_PER_SOURCE_LIMIT + WAITING_PER_SOURCE_LIMIT
    const flood = Array.from({ length: room + 1 }, async () => pipeline.offer(garbage, mallory))
    expect(pipeline.load.inFlight).toBe(room)
    const honest = pipeline.offer(signedBytes(vouchClaim()), { via: 'gossip', peer: 'honest' })
    const answers = await Promise.all(flood)
    expect(answers.at(-1)).toEqual(refused('node/busy'))
    expect(answers.slice(0, -1)).toEqual(
      Array.from({ length: room }, () => refused('record/malformed')),
    )
    expect(await honest).toEqual(FRESH)
    expect(pipeline.load.inFlight).toBe(0)
  })

  test('does not make others wait for all of it, over whatever it sends', async () => {
    const { pipeline } = await Parts.open()
    let answered = 0
    const flood = Array.from({ length: 4 * IN_FLIGHT_PER_SOURCE_LIMIT }, async (_, at) => {
      const via = at % 2 === 0 ? 'gossip' : 'sync'
      await pipeline.offer(garbage, { via, peer: 'mallory' })
      answered++
    })
    // A garbage record is the quickest that there is to refuse, and still this one is not last.
    await pipeline.offer(garbage, { via: 'gossip', peer: 'honest' })
    expect(answered).toBeLessThanOrEqual(IN_FLIGHT_PER_SOURCE_LIMIT + 1)
    await Promise.all(flood)
  })
})

describe('a source that sends sound records without end', () => {
  test('does not keep one of another from the next batch', async () => {
    const { pipeline } = await Parts.open()
    let stored = 0
    const flood = Array.from({ length: 8 * BATCH_LIMIT }, async (_, at) => {
      const bytes = signedBytes({ ...vouchClaim(), scope: `flood.${at}` })
      await pipeline.offer(bytes, { via: 'gossip', peer: `flood ${at % 4}` })
      stored++
    })
    const honest = signedBytes(vouchClaim(), carol)
    expect(await pipeline.offer(honest, { via: 'gossip', peer: 'honest' })).toEqual(FRESH)
    // The batch that was on its way, and the one that it was in.
    expect(stored).toBeLessThanOrEqual(2 * BATCH_LIMIT)
    await Promise.all(flood)
    expect(stored).toBe(8 * BATCH_LIMIT)
  })

  test('takes turns with the others at the disk', async () => {
    const { writer } = await Parts.open()
    let written = 0
    const flood = Array.from({ length: 4 * BATCH_LIMIT }, async (_, at) => {
      const records = [verifiedOf(signedBytes({ ...vouchClaim(), scope: `flood.${at}` }))]
      await writer.put(records, { via: 'sync', peer: 'flood' })
      written++
    })
    const records = [verifiedOf(signedBytes(vouchClaim(), carol))]
    const answer = await writer.put(records, { via: 'gossip', peer: 'honest' })
    expect(answer).toEqual({ refused: [] })
    expect(written).toBeLessThanOrEqual(BATCH_LIMIT)
    await Promise.all(flood)
  })
})

describe('an identity that is offered', () => {
  test('is taken when it is new, known when it is held, refused when it is none', async () => {
    const { pipeline } = await Parts.open()
    const { bytes } = IdentityState.of(log)
    const source = { via: 'dht', peer: 'p1' } as const
    expect(await pipeline.offerIdentity(bytes, source)).toEqual(FRESH)
    expect(await pipeline.offerIdentity(bytes, source)).toEqual(KNOWN)
    expect(await pipeline.offerIdentity(bytes.slice(1), source)).toMatchObject({ kind: 'refused' })
    expect(await pipeline.offerIdentity(new Uint8Array(20_000), source)).toMatchObject({
      kind: 'refused',
    })
  })

  test('does not replace a better one, and is told as older', async () => {
    const older: unknown[] = []
    const { pipeline, identities } = await Parts.open({
      onOlderLog: (did, { via }) => older.push([did, via]),
    })
    const source = { via: 'dht', peer: 'p1' } as const
    await pipeline.offerIdentity(IdentityState.of(rotated).bytes, source)
    expect(older).toEqual([])
    const answer = await pipeline.offerIdentity(IdentityState.of(log).bytes, source)
    expect(answer).toEqual({ ...KNOWN, isOlder: true })
    expect(older).toEqual([[log.did, 'dht']])
    expect(identities.get(log.did)?.branches[0].entries).toHaveLength(2)
  })

  test('is answered with node/busy when the disk refuses it', async () => {
    const { pipeline, disk } = await Parts.open()
    disk.refusals = 1
    const { bytes } = IdentityState.of(log)
    expect(await pipeline.offerIdentity(bytes, { via: 'api' })).toEqual(refused('node/busy'))
    expect(await pipeline.offerIdentity(bytes, { via: 'api' })).toEqual(FRESH)
  })
})

function vouchAt(issuedAtMs: number): Uint8Array {
  return signedBytes(
    vouchClaim({ sequence: issuedAtMs, issuedAtMs, expiresAtMs: issuedAtMs + 90 * DAY_MS }),
  )
}

function withLastByte(bytes: Uint8Array, last: number): Uint8Array {
  const changed = bytes.slice()
  changed[changed.length - 1] = last
  return changed
}

async function partsWithTimer(): Promise<Parts> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  return Parts.open()
}
