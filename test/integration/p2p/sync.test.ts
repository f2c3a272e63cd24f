import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { FRAME_LIMIT_BYTES } from '../../../src/p2p/frames.ts'
import type { IngestSink, OfferFaultCode, Offered, Source } from '../../../src/p2p/ports.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'
import { Channel } from '../../../src/p2p/sync/channel.ts'
import { SESSION_LIMITS, WINDOW_LIMIT_BYTES } from '../../../src/p2p/sync/limits.ts'
import { SyncSession, syncProtocol } from '../../../src/p2p/sync/reconciler.ts'
import {
  INBOUND_SESSIONS_LIMIT,
  Reconciliation,
  WAVE_RECORDS,
  type ReconciliationOptions,
  type SyncEvent,
} from '../../../src/p2p/sync/reconciliation.ts'
import { randomBytes } from '../../../src/node/native-crypto.ts'
import { Taking, nameOf, recordBytes } from '../../support/evidence.ts'
import { connect, eventually, plainHost, type PlainHost } from '../../support/plain-host.ts'
import { SyncHolding } from '../../support/sync-holding.ts'

const NETWORK = 'test'
const PATIENCE_MS = 1_500

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

function isPeerFault(code: OfferFaultCode): boolean {
  return code === 'record/signature-invalid'
}

/** Takes as a node does: what is new is held from then on, and offered to others. */
class Keeping implements IngestSink {
  readonly taking = new Taking()
  readonly #holding: SyncHolding
  /** Bytes between the door and the disk. */
  openBytes = 0
  mostOpenBytes = 0

  constructor(holding: SyncHolding) {
    this.#holding = holding
  }

  async offer(bytes: Uint8Array, source: Source): Promise<Offered> {
    this.openBytes += bytes.length
    this.mostOpenBytes = Math.max(this.mostOpenBytes, this.openBytes)
    const offered = await this.taking.offer(bytes, source)
    this.openBytes -= bytes.length
    if (offered.kind === 'taken' && offered.fresh) this.#holding.record(bytes)
    return offered
  }

  async offerIdentity(bytes: Uint8Array, source: Source): Promise<Offered> {
    const offered = await this.taking.offerIdentity(bytes, source)
    if (offered.kind === 'taken' && offered.fresh) this.#holding.identity(bytes)
    return offered
  }
}

interface Party {
  readonly libp2p: PlainHost
  readonly id: string
  readonly holding: SyncHolding
  readonly sink: Keeping
  readonly sync: Reconciliation
  readonly blamed: string[]
  readonly dropped: string[]
  readonly events: SyncEvent[]
}

async function host(): Promise<PlainHost> {
  const made = await plainHost()
  stops.push(async () => made.stop())
  return made
}

async function party(
  holding = new SyncHolding(),
  options: Partial<ReconciliationOptions> = {},
): Promise<Party> {
  const libp2p = await host()
  const sink = new Keeping(holding)
  const [blamed, dropped, events]: [string[], string[], SyncEvent[]] = [[], [], []]
  const sync = new Reconciliation({
    libp2p,
    network: NETWORK,
    shardBits: 0,
    source: holding,
    sink,
    isPeerFault,
    peers: () =>
      libp2p.getConnections().map(({ remotePeer, direction }) => ({
        peerId: remotePeer.toString(),
        isChosen: direction === 'outbound',
      })),
    log: silentLogger,
    clock: Date.now,
    randomBytes,
    timing: { intervalMs: 60_000, apartMs: 0 },
    retryMs: 20,
    patienceMs: PATIENCE_MS,
    onBlame: (peer, count) => blamed.push(...Array.from({ length: count }, () => peer)),
    onDrop: (peer) => {
      dropped.push(peer)
      for (const one of libp2p.getConnections()) {
        if (one.remotePeer.toString() === peer) one.abort(new Error('dropped'))
      }
    },
    onEvent: (event) => events.push(event),
    ...options,
  })
  await sync.listen()
  sync.start()
  stops.push(() => sync.stop())
  return { libp2p, id: libp2p.peerId.toString(), holding, sink, sync, blamed, dropped, events }
}

async function meet(dialler: Party, other: { readonly libp2p: PlainHost }): Promise<void> {
  await connect(dialler.libp2p, other.libp2p)
}

/** A peer that does to each stream whatever the test says. */
async function hostile(
  act: (channel: Channel, signal: AbortSignal) => Promise<void>,
): Promise<{ readonly libp2p: PlainHost; readonly id: string }> {
  const libp2p = await host()
  await libp2p.handle(syncProtocol(NETWORK), async (stream) => {
    await act(new Channel(stream), AbortSignal.timeout(20_000)).catch(() => undefined)
  })
  return { libp2p, id: libp2p.peerId.toString() }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return error.fault.code
  }
  return 'nothing thrown'
}

function records(from: number, to: number, size = 200): Uint8Array[] {
  return Array.from({ length: to - from }, (_, at) => recordBytes(`record ${from + at}`, size))
}

function namesOf({ sink }: Party): readonly string[] {
  return sink.taking.taken.toSorted()
}

function names(all: readonly Uint8Array[]): readonly string[] {
  return all.map(nameOf).toSorted()
}

describe('a reconciliation', () => {
  test('makes two different sets equal, both ways, in one session', async () => {
    const [common, mine, theirs] = [records(0, 500), records(500, 700), records(700, 2_700)]
    const one = await party(new SyncHolding().record(...common, ...mine))
    const other = await party(new SyncHolding().record(...common, ...theirs))
    await meet(one, other)
    const synced = await one.sync.with(other.id)
    expect(synced).toMatchObject({ isComplete: true, fresh: 2_000, untaken: 0 })
    expect(synced.progress).toMatchObject({ received: 2_000, sent: 200, toSend: 0, toReceive: 0 })
    expect(namesOf(one)).toEqual(names(theirs))
    await eventually(() => other.sync.state.sessions.length === 0)
    expect(namesOf(other)).toEqual(names(mine))
    expect(one.holding.tree(0, 1)?.root()).toEqual(other.holding.tree(0, 1)?.root())
    expect(one.sink.taking.sources[0]).toEqual({ via: 'sync', peer: other.id })
    expect([...one.blamed, ...other.blamed, ...one.dropped]).toEqual([])
  })

  test('of equal sets moves nothing and says that this peer agrees', async () => {
    const all = records(0, 300)
    const one = await party(new SyncHolding().record(...all))
    const other = await party(new SyncHolding().record(...all))
    await meet(one, other)
    const { progress } = await one.sync.with(other.id)
    expect(progress).toMatchObject({ received: 0, sent: 0 })
    expect(progress.receivedBytes + progress.sentBytes).toBeLessThan(256)
    expect(one.sync.state).toMatchObject({ isComplete: true, agreed: 1, needed: 1, lastAgreed: 1 })
    expect(one.events).toEqual([{ kind: 'complete', agreed: 1 }])
    expect(other.holding.reads + one.holding.reads).toBe(0)
  })

  test('takes key logs before the records that need them', async () => {
    const theirs = records(0, 100)
    const logs = [recordBytes('log 1'), recordBytes('log 2')]
    const other = await party(new SyncHolding().record(...theirs).identity(...logs))
    const one = await party()
    one.sink.taking.before = async (bytes) => {
      // The disk is slow with logs; records are judged when they are there.
      if (nameOf(bytes).startsWith('log')) await new Promise((next) => setTimeout(next, 50))
      return undefined
    }
    await meet(one, other)
    await one.sync.with(other.id)
    expect(one.sink.taking.taken.slice(0, 2).toSorted()).toEqual(['log 1', 'log 2'])
    expect(one.sink.taking.taken).toHaveLength(102)
  })

  test('offers a record of an unknown key again at the end', async () => {
    const other = await party(new SyncHolding().record(...records(0, 50)))
    const one = await party()
    let refused = 0
    one.sink.taking.before = (bytes) => {
      const isEarly = nameOf(bytes) === 'record 7' && refused++ === 0
      return Promise.resolve(isEarly ? { kind: 'refused', code: 'record/key-unknown' } : undefined)
    }
    await meet(one, other)
    expect(await one.sync.with(other.id)).toMatchObject({ fresh: 50, untaken: 0 })
    expect(one.sink.taking.taken.at(-1)).toBe('record 7')
  })

  test('lets no more come than its window before it is on disk', async () => {
    // Six windows of records of the largest size, at a disk that takes its time.
    const many = records(0, 384, 16_384)
    const other = await party(new SyncHolding().record(...many))
    const one = await party()
    one.sink.taking.before = async () => {
      await new Promise((next) => setTimeout(next, 20))
      return undefined
    }
    await meet(one, other)
    expect(await one.sync.with(other.id)).toMatchObject({ fresh: 384, isComplete: true })
    expect(one.sink.mostOpenBytes).toBeGreaterThan(WINDOW_LIMIT_BYTES / 2)
    expect(one.sink.mostOpenBytes).toBeLessThanOrEqual(WINDOW_LIMIT_BYTES)
  })

  test('both ways at once fills both windows and neither waits for the other for ever', async () => {
    const [mine, theirs] = [records(0, 300, 16_384), records(300, 600, 16_384)]
    const one = await party(new SyncHolding().record(...mine))
    const other = await party(new SyncHolding().record(...theirs))
    await meet(one, other)
    const synced = await one.sync.with(other.id)
    expect(synced.progress).toMatchObject({ received: 300, sent: 300 })
  })

  test('what the node cannot take now is no agreement, and comes when it can', async () => {
    const other = await party(new SyncHolding().record(...records(0, 5)))
    const one = await party()
    one.sink.taking.before = () => Promise.resolve({ kind: 'refused', code: 'node/busy' })
    await meet(one, other)
    expect(await one.sync.with(other.id)).toMatchObject({ fresh: 0, untaken: 5 })
    expect(one.sync.state.isComplete).toBe(false)
    one.sink.taking.before = () => Promise.resolve(undefined)
    expect(await one.sync.with(other.id)).toMatchObject({ fresh: 5, untaken: 0 })
    expect(one.sync.state.isComplete).toBe(true)
  })

  test('waits until the sets are read', async () => {
    const theirs = new SyncHolding().record(...records(0, 5))
    theirs.isReady = false
    const other = await party(theirs)
    const one = await party()
    await meet(one, other)
    expect(await codeOf(one.sync.with(other.id))).toBe('p2p/answer-refused')
    expect(one.sync.state.isReady).toBe(true)
    one.sync.peerUp(other.id)
    theirs.isReady = true
    await eventually(() => one.sink.taking.taken.length === 5)
    expect(one.blamed).toEqual([])
  })

  test('is broken off when the node stops', async () => {
    const silent = await hostile(async (channel, signal) => {
      await channel.read(signal)
      await channel.read(signal)
    })
    const one = await party(undefined, { patienceMs: 60_000 })
    await meet(one, silent)
    const session = codeOf(one.sync.with(silent.id))
    await eventually(() => one.sync.state.sessions.length === 1)
    await one.sync.stop()
    expect(await session).toBe('p2p/cancelled')
    expect(one.dropped).toEqual([])
  })
})

describe('a peer that', () => {
  const COMMON = records(2_000, 3_300)

  /** Joins late, beside one bad peer, and must get everything from the good one. */
  async function joins(
    bad: { readonly libp2p: PlainHost; readonly id: string },
    begin: (late: Party) => void = (late) => late.sync.peerUp(bad.id),
  ): Promise<Party> {
    const all = records(0, 200)
    const good = await party(new SyncHolding().record(...COMMON, ...all))
    const late = await party(new SyncHolding().record(...COMMON))
    await meet(late, bad)
    await meet(late, good)
    begin(late)
    late.sync.peerUp(good.id)
    await eventually(() => late.sink.taking.taken.length >= 200)
    await eventually(() => late.dropped.includes(bad.id))
    expect(late.dropped).toEqual([bad.id])
    await eventually(() => late.sync.state.isComplete)
    expect(namesOf(late)).toEqual(names(all))
    expect(late.events.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { peer: bad.id, isDropped: true },
    ])
    return late
  }

  test('claims what it does not hold is dropped, and the rest comes from others', async () => {
    const holding = new SyncHolding()
    for (const bytes of records(1_000, 1_700)) holding.claim(bytes)
    const liar = await party(holding)
    // Whoever begins names keys, and is asked for those that are missing.
    const late = await joins(liar, ({ id }) => void liar.sync.with(id).catch(() => undefined))
    expect(late.blamed).toEqual([liar.id])
  })

  test('sends garbage is dropped, and the rest comes from others', async () => {
    const garbage = await hostile(async (channel, signal) => {
      await channel.read(signal)
      await channel.write(randomBytes(1_000), signal)
      await channel.read(signal)
    })
    const late = await joins(garbage)
    expect(late.blamed).toEqual([garbage.id])
  })

  test('contradicts itself about a range is dropped, and the rest comes from others', async () => {
    // It answers as a session does, and then once more what it has just said.
    const parrot = await hostile(async (channel, signal) => {
      const session = new SyncSession({
        role: 'responder',
        network: NETWORK,
        shardBits: 0,
        sets: new SyncHolding().record(...records(5_000, 5_300)),
        nowMs: Date.now(),
        salt: randomBytes(16),
      })
      for (;;) {
        const frame = await channel.read(signal)
        if (frame === undefined) return
        const { send } = session.receive(frame)
        for (const one of send) await channel.write(one, signal)
        for (const one of send) await channel.write(one, signal)
      }
    })
    const late = await joins(parrot)
    expect(late.blamed).toEqual([parrot.id])
  })

  test('stalls is dropped without blame, and the rest comes from others', async () => {
    const stalled = await hostile(async (channel, signal) => {
      for (;;) if ((await channel.read(signal)) === undefined) return
    })
    const late = await joins(stalled)
    expect(late.blamed).toEqual([])
  })

  test('answers one byte at a time is dropped without blame, and the rest comes from others', async () => {
    const libp2p = await host()
    await libp2p.handle(syncProtocol(NETWORK), async (stream) => {
      // The length of a large message, and then the message, slowly.
      stream.send(Uint8Array.of(0x80, 0x80, 0x04))
      const trickle = setInterval(() => {
        if (stream.status === 'open') stream.send(Uint8Array.of(0))
      }, PATIENCE_MS / 20)
      stream.addEventListener('close', () => clearInterval(trickle))
      await new Promise((next) => stream.addEventListener('close', next))
    })
    const late = await joins({ libp2p, id: libp2p.peerId.toString() })
    expect(late.blamed).toEqual([])
  })

  test('does not read what it asked for is dropped', async () => {
    const deaf = await hostile(async (channel, signal) => {
      const session = new SyncSession({
        role: 'responder',
        network: NETWORK,
        shardBits: 0,
        sets: new SyncHolding(),
        nowMs: Date.now(),
        salt: randomBytes(16),
      })
      for (let turns = 0; turns < 3; turns++) {
        const frame = await channel.read(signal)
        if (frame === undefined) return
        for (const one of session.receive(frame).send) await channel.write(one, signal)
      }
      await new Promise((next) => signal.addEventListener('abort', next))
    })
    const one = await party(new SyncHolding().record(...records(0, 400, 16_384)))
    await meet(one, deaf)
    expect(await codeOf(one.sync.with(deaf.id))).toBe('p2p/timed-out')
    expect(one.dropped).toEqual([deaf.id])
  })

  test(`sends ${SESSION_LIMITS.refused} forged records is blamed for each and goes on`, async () => {
    const forged = Array.from({ length: SESSION_LIMITS.refused }, (_, at) =>
      recordBytes(`forged ${at}`),
    )
    const other = await party(new SyncHolding().record(...forged, ...records(0, 20)))
    const one = await party()
    await meet(one, other)
    expect(await one.sync.with(other.id)).toMatchObject({ fresh: 20, isComplete: true })
    expect(one.blamed).toHaveLength(SESSION_LIMITS.refused)
    expect(one.dropped).toEqual([])
  })

  test('sends one more is dropped', async () => {
    const forged = Array.from({ length: SESSION_LIMITS.refused + 1 }, (_, at) =>
      recordBytes(`forged ${at}`),
    )
    const other = await party(new SyncHolding().record(...forged))
    const one = await party()
    await meet(one, other)
    expect(await codeOf(one.sync.with(other.id))).toBe('p2p/answer-out-of-bounds')
    expect(one.blamed).toHaveLength(SESSION_LIMITS.refused + 2)
    expect(one.dropped).toEqual([other.id])
    // And it is not asked again, nor answered, for a while.
    one.sync.peerUp(other.id)
    await connect(one.libp2p, other.libp2p)
    expect(await codeOf(other.sync.with(one.id))).toBe('p2p/answer-refused')
  })
})

describe('the limits of sessions', () => {
  test(`${INBOUND_SESSIONS_LIMIT} peers are answered at once, and one more is told to come later`, async () => {
    const other = await party(new SyncHolding().record(...records(0, 5)), { patienceMs: 60_000 })
    const open: PlainHost[] = []
    for (let at = 0; at < INBOUND_SESSIONS_LIMIT; at++) {
      const idle = await host()
      await connect(idle, other.libp2p)
      await idle.dialProtocol(other.libp2p.peerId, syncProtocol(NETWORK))
      open.push(idle)
    }
    await eventually(() => other.sync.state.sessions.length === INBOUND_SESSIONS_LIMIT)
    const one = await party()
    await meet(one, other)
    expect(await codeOf(one.sync.with(other.id))).toBe('p2p/answer-refused')
    await open[0]?.stop()
    await eventually(() => other.sync.state.sessions.length === INBOUND_SESSIONS_LIMIT - 1)
    expect(await codeOf(one.sync.with(other.id))).toBe('nothing thrown')
  })

  test('a peer that begins sessions too often is told to come later', async () => {
    const other = await party(undefined, { inboundRate: { burst: 2, perSecond: 0.01 } })
    const one = await party()
    await meet(one, other)
    expect(await codeOf(one.sync.with(other.id))).toBe('nothing thrown')
    expect(await codeOf(one.sync.with(other.id))).toBe('nothing thrown')
    expect(await codeOf(one.sync.with(other.id))).toBe('p2p/answer-refused')
    expect(one.dropped).toEqual([])
  })

  test('a session that takes too long is ended, and what came is kept', async () => {
    const other = await party(new SyncHolding().record(...records(0, 200, 16_384)))
    const one = await party(undefined, { sessionLimitMs: 300 })
    let taken = 0
    one.sink.taking.before = async () => {
      if (++taken > 20) await new Promise((next) => setTimeout(next, 200))
      return undefined
    }
    await meet(one, other)
    expect(await codeOf(one.sync.with(other.id))).toBe('p2p/timed-out')
    expect(one.sink.taking.taken.length).toBeGreaterThan(0)
  })

  test('a message as long as any is read, and a longer one is refused before it is read', async () => {
    const seen: (number | string)[] = []
    const libp2p = await host()
    await libp2p.handle(syncProtocol(NETWORK), async (stream) => {
      const channel = new Channel(stream)
      const signal = AbortSignal.timeout(10_000)
      try {
        for (;;) seen.push((await channel.read(signal))?.length ?? 'end')
      } catch (error) {
        seen.push(error instanceof ExchangeError ? error.fault.code : 'another error')
        channel.abort(new Error('enough'))
      }
    })
    const one = await host()
    await connect(one, libp2p)
    const stream = await one.dialProtocol(libp2p.peerId, syncProtocol(NETWORK))
    const channel = new Channel(stream)
    const signal = AbortSignal.timeout(10_000)
    for (const size of [0, 1, 127, 128, 16_384, FRAME_LIMIT_BYTES]) {
      await channel.write(new Uint8Array(size), signal)
    }
    await expect(channel.write(new Uint8Array(FRAME_LIMIT_BYTES + 1), signal)).rejects.toThrow(
      RangeError,
    )
    stream.send(Uint8Array.of(0x81, 0x80, 0x10))
    await eventually(() => seen.length === 7)
    expect(seen).toEqual([0, 1, 127, 128, 16_384, FRAME_LIMIT_BYTES, 'p2p/frame-too-large'])
  })
})

describe('who reconciles when', () => {
  test('the dialler begins as the two meet, and not when they were apart for a moment', async () => {
    const other = await party(new SyncHolding().record(...records(0, 5)))
    const one = await party(undefined, { timing: { intervalMs: 60_000, apartMs: 10_000 } })
    await meet(one, other)
    other.sync.peerUp(one.id)
    one.sync.peerUp(other.id)
    await eventually(() => one.sink.taking.taken.length === 5)
    await eventually(() => other.sync.state.sessions.length === 0)
    expect(other.sync.state.totals.sessions).toBe(1)
    one.sync.peerDown(other.id)
    one.sync.peerUp(other.id)
    expect(one.sync.state.sessions).toEqual([])
    await new Promise((next) => setTimeout(next, 50))
    expect(one.sync.state.totals.sessions).toBe(1)
  })

  test('one that was dialled is asked again and again', async () => {
    const other = await party(new SyncHolding().record(...records(0, 5)))
    const one = await party(undefined, { timing: { intervalMs: 50, apartMs: 0 } })
    await meet(one, other)
    await eventually(() => one.sink.taking.taken.length === 5)
    other.holding.record(recordBytes('news'))
    await eventually(() => one.sink.taking.taken.includes('news'))
  })

  test('two parts that meet heal in a wave, without waiting for their turn', async () => {
    // Two parts of two, each level in itself; then one of the one dials one of the other.
    const [left, right] = [records(0, 60), records(100, 160)]
    const a = await party(new SyncHolding().record(...left))
    const b = await party(new SyncHolding().record(...left))
    const c = await party(new SyncHolding().record(...right))
    await meet(a, b)
    await meet(a, c)
    a.sync.peerUp(c.id)
    // a has got more than a few records from c, so it goes on to b at once.
    await eventually(() => b.sink.taking.taken.length === 60)
    expect(namesOf(c)).toEqual(names(left))
    expect(namesOf(b)).toEqual(names(right))
    await eventually(() => a.sync.state.isComplete)
    expect(a.sync.state).toMatchObject({ agreed: 2, needed: 2, lastAgreed: 2 })
    expect(a.events.at(-1)).toEqual({ kind: 'complete', agreed: 2 })
  })

  test.for([WAVE_RECORDS, WAVE_RECORDS + 1])(
    '%i new records: a wave only beyond the limit',
    async (count) => {
      const a = await party()
      const b = await party()
      const c = await party(new SyncHolding().record(...records(0, count)))
      await meet(a, b)
      await meet(a, c)
      await a.sync.with(b.id)
      expect(a.sync.state.agreed).toBe(1)
      await a.sync.with(c.id)
      if (count > WAVE_RECORDS) await eventually(() => b.sink.taking.taken.length === count)
      await eventually(() => a.sync.state.sessions.length === 0)
      expect(a.sync.state).toMatchObject({ isComplete: true, agreed: 2 })
      expect(a.sync.state.totals.sessions).toBe(count > WAVE_RECORDS ? 3 : 2)
    },
  )
})
