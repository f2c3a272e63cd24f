import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { FRAME_LIMIT_BYTES, Frames } from '../../../src/p2p/frames.ts'
import type { IngestSink, OfferFaultCode, Offered } from '../../../src/p2p/ports.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'
import { CatchUp, type CatchUpOptions } from '../../../src/p2p/sync/catch-up.ts'
import { PAGE_ENTRIES_LIMIT, catchUpProtocol, type Cursor } from '../../../src/p2p/sync/protocol.ts'
import { CatchUpResponder } from '../../../src/p2p/sync/responder.ts'
import type { CatchUpResponderOptions } from '../../../src/p2p/sync/responder.ts'
import { SESSION_FAULTS_LIMIT, type CaughtUp, type Cursors } from '../../../src/p2p/sync/session.ts'
import { Holding, Taking, recordBytes } from '../../support/evidence.ts'
import { connect, eventually, plainHost, type PlainHost } from '../../support/plain-host.ts'

const NETWORK = 'test'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

class MemoryCursors implements Cursors {
  readonly kept = new Map<string, Cursor>()
  writes = 0

  get(peer: string): Promise<Cursor | undefined> {
    return Promise.resolve(this.kept.get(peer))
  }

  put(peer: string, cursor: Cursor): Promise<void> {
    this.writes++
    this.kept.set(peer, cursor)
    return Promise.resolve()
  }
}

function isPeerFault(code: OfferFaultCode): boolean {
  return code === 'record/signature-invalid'
}

async function host(): Promise<PlainHost> {
  const made = await plainHost()
  stops.push(async () => made.stop())
  return made
}

async function answering(
  holding: Holding,
  options: Partial<CatchUpResponderOptions> = {},
): Promise<PlainHost> {
  const libp2p = await host()
  const responder = new CatchUpResponder({
    libp2p,
    network: NETWORK,
    evidence: holding,
    log: silentLogger,
    ...options,
  })
  await responder.start()
  stops.push(() => responder.stop())
  return libp2p
}

/** A peer that does to each stream whatever the test says. */
async function hostile(
  act: (frames: Frames, signal: AbortSignal) => Promise<void>,
): Promise<PlainHost> {
  const libp2p = await host()
  await libp2p.handle(catchUpProtocol(NETWORK), async (stream) => {
    await act(new Frames(stream, FRAME_LIMIT_BYTES), AbortSignal.timeout(20_000)).catch(() => {})
  })
  return libp2p
}

interface Asking {
  readonly catchUp: CatchUp
  readonly sink: Taking
  readonly cursors: MemoryCursors
  readonly blamed: [string, number][]
  readonly progress: number[]
  readonly sessions: CaughtUp[]
  readonly libp2p: PlainHost
}

async function asking(
  peers: readonly PlainHost[],
  options: Partial<CatchUpOptions> & { readonly sink?: IngestSink } = {},
): Promise<Asking> {
  const libp2p = await host()
  for (const peer of peers) await connect(libp2p, peer)
  const sink = new Taking()
  const cursors = new MemoryCursors()
  const blamed: [string, number][] = []
  const progress: number[] = []
  const sessions: CaughtUp[] = []
  const catchUp = new CatchUp({
    libp2p,
    network: NETWORK,
    sink,
    cursors,
    isPeerFault,
    peers: () => libp2p.getPeers().map(String),
    log: silentLogger,
    intervalMs: 60_000,
    retryMs: 20,
    pageWaitLimitMs: 1_000,
    onProgress: ({ received }) => progress.push(received),
    onMisbehaviour: (_, code, count) => blamed.push([code, count]),
    onSession: (_, caughtUp) => sessions.push(caughtUp),
    ...options,
  })
  stops.push(() => catchUp.stop())
  return { catchUp, sink, cursors, blamed, progress, sessions, libp2p }
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

function filled(count: number, storeId?: string): Holding {
  const holding = new Holding(storeId)
  for (let at = 1; at <= count; at++) holding.arrive('record', recordBytes(`record ${at}`))
  return holding
}

function entry(arrival: number): unknown {
  return [0, arrival, recordBytes(`record ${arrival}`)]
}

describe('catch-up', () => {
  test('a late joiner gets everything, in pages, each page offered at once', async () => {
    const holding = new Holding()
    holding.arrive('identity', recordBytes('identity'))
    for (let at = 0; at < 3_000; at++) holding.arrive('record', recordBytes(`record ${at}`))
    const peer = await answering(holding)
    const { catchUp, sink, cursors, progress } = await asking([peer])
    const id = peer.peerId.toString()
    expect(await catchUp.with(id)).toMatchObject({ received: 3_001, fresh: 3_001, ended: 'end' })
    expect(sink.taken).toHaveLength(3_001)
    expect(sink.taken[0]).toBe('identity')
    expect(sink.mostAtOnce).toBe(PAGE_ENTRIES_LIMIT)
    expect(progress).toEqual([512, 1_024, 1_536, 2_048, 2_560, 3_001])
    expect(cursors.kept.get(id)).toEqual({ storeId: 'store-1', arrival: 3_001 })
    expect(sink.sources[0]).toEqual({ via: 'catch-up', peer: id })
  })

  test('records of the largest size fill pages by bytes', async () => {
    const holding = new Holding()
    for (let at = 0; at < 50; at++) holding.arrive('record', recordBytes(`large ${at}`, 16_384))
    const peer = await answering(holding)
    const { catchUp, sink, progress } = await asking([peer])
    await catchUp.with(peer.peerId.toString())
    expect(sink.taken).toHaveLength(50)
    expect(progress).toEqual([15, 30, 45, 50])
  })

  test('the next session asks only for what came later, and does not write an equal cursor', async () => {
    const holding = filled(10)
    const peer = await answering(holding)
    const { catchUp, sink, cursors } = await asking([peer])
    const id = peer.peerId.toString()
    await catchUp.with(id)
    expect(await catchUp.with(id)).toMatchObject({ received: 0 })
    expect(cursors.writes).toBe(1)
    holding.arrive('record', recordBytes('later'))
    expect(await catchUp.with(id)).toMatchObject({ received: 1, fresh: 1 })
    expect(sink.sources).toHaveLength(11)
  })

  test('a session that breaks goes on from the last page that was taken', async () => {
    const holding = filled(2_000)
    let breaks = true
    const peer = await answering(holding)
    const { catchUp, sink, cursors } = await asking([peer])
    sink.before = async () => {
      // The connection is lost while the third page is being taken.
      if (breaks && sink.taken.length === 1_024) {
        breaks = false
        await peer.stop()
      }
      return undefined
    }
    const id = peer.peerId.toString()
    await expect(catchUp.with(id)).rejects.toBeInstanceOf(ExchangeError)
    expect(cursors.kept.get(id)?.arrival).toBe(1_536)

    // Another address, the same peer as far as cursors go.
    const again = await answering(holding)
    const second = await asking([again])
    second.cursors.kept.set(again.peerId.toString(), { storeId: 'store-1', arrival: 1_536 })
    await second.catchUp.with(again.peerId.toString())
    expect([...new Set([...sink.taken, ...second.sink.taken])]).toHaveLength(2_000)
    expect(second.sink.taken[0]).toBe('record 1537')
  })

  test('a store that was made anew is read from its start', async () => {
    const holding = filled(20)
    const peer = await answering(holding)
    const { catchUp, cursors } = await asking([peer])
    const id = peer.peerId.toString()
    cursors.kept.set(id, { storeId: 'store-0', arrival: 15 })
    expect(await catchUp.with(id)).toMatchObject({ received: 20 })
    expect(cursors.kept.get(id)).toEqual({ storeId: 'store-1', arrival: 20 })
  })

  test('a record that comes before its issuer’s identity is offered again at the end', async () => {
    const holding = new Holding()
    holding.arrive('record', recordBytes('early'))
    for (let at = 0; at < 600; at++) holding.arrive('record', recordBytes(`record ${at}`))
    holding.arrive('identity', recordBytes('identity'))
    const peer = await answering(holding)
    const { catchUp, sink } = await asking([peer])
    const unknown: Offered = { kind: 'refused', code: 'record/key-unknown' }
    sink.before = (bytes) => {
      const isEarly = new TextDecoder().decode(bytes).startsWith('early;')
      return Promise.resolve(isEarly && !sink.taken.includes('identity') ? unknown : undefined)
    }
    await catchUp.with(peer.peerId.toString())
    expect(sink.taken.at(-1)).toBe('early')
    expect(sink.taken).toHaveLength(602)
  })

  test('what the node cannot take now is not passed over', async () => {
    const peer = await answering(filled(5))
    const { catchUp, sink, cursors } = await asking([peer])
    const id = peer.peerId.toString()
    sink.before = () => Promise.resolve({ kind: 'refused', code: 'node/busy' })
    expect(await catchUp.with(id)).toMatchObject({ ended: 'sink' })
    expect(cursors.kept.size).toBe(0)
    sink.before = () => Promise.resolve(undefined)
    expect(await catchUp.with(id)).toMatchObject({ ended: 'end', fresh: 5 })
  })

  test('forged records cost their sender, and enough of them end the session', async () => {
    const holding = filled(3)
    for (let at = 0; at < SESSION_FAULTS_LIMIT; at++) {
      holding.arrive('record', recordBytes(`forged ${at}`))
    }
    const peer = await answering(holding)
    const { catchUp, sink, blamed, cursors } = await asking([peer])
    expect(await catchUp.with(peer.peerId.toString())).toMatchObject({ ended: 'faults' })
    expect(blamed).toEqual([['record/signature-invalid', SESSION_FAULTS_LIMIT]])
    expect(sink.taken).toHaveLength(3)
    expect(cursors.kept.size).toBe(0)
  })

  test('a forged record or two are refused and blamed, and the rest is taken', async () => {
    const holding = filled(3)
    holding.arrive('record', recordBytes('forged'))
    holding.arrive('record', recordBytes('good'))
    const peer = await answering(holding)
    const { catchUp, sink, blamed } = await asking([peer])
    expect(await catchUp.with(peer.peerId.toString())).toMatchObject({ ended: 'end' })
    expect(blamed).toEqual([['record/signature-invalid', 1]])
    expect(sink.taken.at(-1)).toBe('good')
  })

  test('pages that stand still, go back, are empty or change the store are the peer’s fault', async () => {
    const answers: unknown[][] = [
      [{ s: 0, k: 'a', e: [entry(2), entry(2)], m: 0 }],
      [
        { s: 0, k: 'a', e: [entry(5)], m: 1 },
        { s: 0, k: 'a', e: [entry(4)], m: 0 },
      ],
      [{ s: 0, k: 'a', e: [], m: 1 }],
      [
        { s: 0, k: 'a', e: [entry(1)], m: 1 },
        { s: 0, k: 'b', e: [entry(2)], m: 0 },
      ],
    ]
    for (const pages of answers) {
      const peer = await hostile(async (frames, signal) => {
        for (const page of pages) {
          await frames.read(signal)
          await frames.write(page, signal)
        }
        await frames.close(signal)
      })
      const { catchUp, blamed } = await asking([peer])
      const id = peer.peerId.toString()
      expect(await codeOf(catchUp.with(id))).toBe('p2p/answer-out-of-bounds')
      expect(blamed).toEqual([['p2p/answer-out-of-bounds', 1]])
    }
  })

  test('a page with an unknown field or kind, or of too many entries, is malformed', async () => {
    const many = Array.from({ length: 513 }, (_, at) => [0, at + 1, new Uint8Array(8)])
    const pages = [
      { s: 0, k: 'a', e: [], m: 0, x: 1 },
      { s: 0, k: 'a', e: [[2, 1, new Uint8Array(8)]], m: 0 },
      { s: 0, k: '', e: [], m: 0 },
      { s: 0, k: 'a', e: many, m: 0 },
    ]
    for (const page of pages) {
      const peer = await hostile(async (frames, signal) => {
        await frames.read(signal)
        await frames.write(page, signal)
      })
      const { catchUp } = await asking([peer])
      expect(await codeOf(catchUp.with(peer.peerId.toString()))).toBe('p2p/frame-malformed')
    }
  })

  test('a stalled answerer is left after one page wait, without blame', async () => {
    const peer = await hostile(async (frames, signal) => {
      await frames.read(signal)
      await frames.read(signal)
    })
    const { catchUp, blamed } = await asking([peer], { pageWaitLimitMs: 200 })
    expect(await codeOf(catchUp.with(peer.peerId.toString()))).toBe('p2p/timed-out')
    expect(blamed).toEqual([])
  })

  test('an asker that takes a page and stops costs the answerer one wait', async () => {
    const limits = { answersLimit: 1 }
    const peer = await answering(filled(2_000), { takeWaitLimitMs: 300, limits })
    const { libp2p, catchUp } = await asking([peer])
    const stream = await libp2p.dialProtocol(peer.peerId, catchUpProtocol(NETWORK))
    const frames = new Frames(stream, FRAME_LIMIT_BYTES)
    const signal = AbortSignal.timeout(5_000)
    await frames.write({ v: 1, k: '', a: 0 }, signal)
    await frames.read(signal)
    const id = peer.peerId.toString()
    expect(await codeOf(catchUp.with(id))).toBe('p2p/answer-refused')
    expect(await codeOf(frames.read(signal))).toBe('p2p/stream-failed')
    expect(await codeOf(catchUp.with(id))).toBe('nothing thrown')
  })

  test('an asker that is slow with every page, but not too slow, gets them all', async () => {
    const peer = await answering(filled(2_000), { takeWaitLimitMs: 1_000 })
    const { catchUp, sink } = await asking([peer])
    sink.before = async () => {
      await new Promise((next) => setTimeout(next, 400))
      return undefined
    }
    // Four pages of 400 ms: the limit is for each of them, not for the session.
    expect(await catchUp.with(peer.peerId.toString())).toMatchObject({ received: 2_000 })
  })

  test('runs by itself: connected peers first, new peers when they come, then what is new', async () => {
    const [holding, late] = [filled(5), filled(40, 'store-2')]
    const [first, second] = [await answering(holding), await answering(late)]
    const { catchUp, sink, libp2p } = await asking([first], { intervalMs: 100 })
    catchUp.start()
    await eventually(() => sink.taken.length === 5)
    await connect(libp2p, second)
    catchUp.peerUp(second.peerId.toString())
    await eventually(() => sink.taken.length === 40)
    holding.arrive('record', recordBytes('news'))
    await eventually(() => sink.taken.includes('news'))
  })

  test('a peer that is busy is asked again', async () => {
    const rate = { burst: 1, perSecond: 5 }
    const busy = await answering(filled(5), { rate })
    const { catchUp, libp2p, sink } = await asking([busy])
    // Another session has just used up what this peer may ask for.
    const stream = await libp2p.dialProtocol(busy.peerId, catchUpProtocol(NETWORK))
    const frames = new Frames(stream, FRAME_LIMIT_BYTES)
    const signal = AbortSignal.timeout(5_000)
    await frames.write({ v: 1, k: '', a: 0 }, signal)
    await frames.read(signal)
    expect(await codeOf(catchUp.with(busy.peerId.toString()))).toBe('p2p/answer-refused')
    catchUp.start()
    await eventually(() => sink.taken.length === 5)
  })

  test('stopping ends a session that waits', async () => {
    const peer = await hostile(async (frames, signal) => {
      await frames.read(signal)
      await frames.read(signal)
    })
    const { catchUp } = await asking([peer], { pageWaitLimitMs: 60_000 })
    const session = codeOf(catchUp.with(peer.peerId.toString()))
    await catchUp.stop()
    expect(await session).toBe('p2p/cancelled')
  })
})
