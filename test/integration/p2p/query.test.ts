import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import { didBytes } from '../../../src/identity/did.ts'
import { FRAME_LIMIT_BYTES, Frames } from '../../../src/p2p/frames.ts'
import { QueryAsker } from '../../../src/p2p/query/asker.ts'
import { ExchangeError } from '../../../src/p2p/query/error.ts'
import { PAGE_RECORDS_LIMIT, queryProtocol } from '../../../src/p2p/query/protocol.ts'
import { QueryResponder } from '../../../src/p2p/query/responder.ts'
import type { QueryResponderOptions } from '../../../src/p2p/query/responder.ts'
import { Holding, Taking, didNumber, recordBytes } from '../../support/evidence.ts'
import { connect, eventually, plainHost, type PlainHost } from '../../support/plain-host.ts'

const NETWORK = 'test'
const DID = didNumber(1)

const hosts: PlainHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map(async (host) => host.stop()))
})

async function pair(): Promise<[PlainHost, PlainHost]> {
  const [asking, answering] = await Promise.all([plainHost(), plainHost()])
  hosts.push(asking, answering)
  await connect(asking, answering)
  return [asking, answering]
}

async function meeting(holding: Holding, options: Partial<QueryResponderOptions> = {}) {
  const [asking, answering] = await pair()
  const responder = new QueryResponder({
    libp2p: answering,
    network: NETWORK,
    evidence: holding,
    log: silentLogger,
    ...options,
  })
  await responder.start()
  const sink = new Taking()
  const asker = new QueryAsker({ libp2p: asking, network: NETWORK, sink, pageWaitLimitMs: 1_000 })
  return { asking, answering, asker, sink, peer: answering.peerId.toString(), responder }
}

/** A peer that does to each stream whatever the test says. */
async function hostile(act: (frames: Frames, signal: AbortSignal) => Promise<void>) {
  const [asking, answering] = await pair()
  await answering.handle(queryProtocol(NETWORK), async (stream) => {
    await act(new Frames(stream, FRAME_LIMIT_BYTES), AbortSignal.timeout(20_000)).catch(() => {})
  })
  const sink = new Taking()
  const asker = new QueryAsker({ libp2p: asking, network: NETWORK, sink, pageWaitLimitMs: 500 })
  return { asker, sink, peer: answering.peerId.toString() }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    const { fault } = error
    return fault.code === 'p2p/answer-refused' ? fault.status : fault.code
  }
  return 'nothing thrown'
}

describe('the query protocol', () => {
  test('brings the identity first, then the records in the order of the answerer', async () => {
    const holding = new Holding()
    holding.identities.set(DID, recordBytes('identity'))
    const names = Array.from({ length: PAGE_RECORDS_LIMIT * 2 + 3 }, (_, at) => `record ${at}`)
    holding.records.set(
      DID,
      names.map((name) => recordBytes(name)),
    )
    const { asker, sink, peer } = await meeting(holding)
    const asked = await asker.ask(peer, DID, { want: 'all' })
    expect(sink.taken).toEqual(['identity', ...names])
    expect(asked).toMatchObject({ found: true, records: names.length, fresh: names.length })
    expect(asked.complete).toBe(true)
    expect(sink.sources[0]).toEqual({ via: 'query', peer })
    expect(sink.mostAtOnce).toBe(PAGE_RECORDS_LIMIT)
  })

  test('carries records of the largest size over several pages', async () => {
    const holding = new Holding()
    const names = Array.from({ length: 40 }, (_, at) => `large ${at}`)
    holding.records.set(
      DID,
      names.map((name) => recordBytes(name, 16_384)),
    )
    const { asker, sink, peer } = await meeting(holding)
    const asked = await asker.ask(peer, DID, { want: 'all' })
    expect(sink.taken).toEqual(names)
    expect(asked.identity).toBeUndefined()
  })

  test('answers for an identity alone with nothing else', async () => {
    const holding = new Holding()
    holding.identities.set(DID, recordBytes('identity'))
    holding.records.set(DID, [recordBytes('record')])
    const { asker, sink, peer } = await meeting(holding)
    expect(await asker.askIdentity(peer, DID)).toEqual({ kind: 'taken', fresh: true })
    expect(sink.taken).toEqual(['identity'])
  })

  test('says that nothing is held, without an error', async () => {
    const { asker, peer } = await meeting(new Holding())
    expect(await asker.askIdentity(peer, DID)).toBeUndefined()
    expect(await asker.ask(peer, DID, { want: 'all' })).toMatchObject({ found: false, records: 0 })
  })

  test('stops at the bound of an answer and says that there is more', async () => {
    const holding = new Holding()
    const endless = Object.assign(holding, {
      async *recordsOf() {
        for (let at = 0; ; at++) yield recordBytes(`record ${at}`, 64)
      },
    })
    const { asker, sink, peer } = await meeting(endless)
    const asked = await asker.ask(peer, DID, { want: 'all' })
    expect(asked).toMatchObject({ complete: false, records: 4_096 })
    expect(sink.taken).toHaveLength(4_096)
  })

  test('counts what the pipeline refuses, by code', async () => {
    const holding = new Holding()
    holding.records.set(DID, [
      recordBytes('good'),
      recordBytes('forged 1'),
      recordBytes('forged 2'),
    ])
    const { asker, peer } = await meeting(holding)
    const { refused, fresh } = await asker.ask(peer, DID, { want: 'all' })
    expect([...refused]).toEqual([['record/signature-invalid', 2]])
    expect(fresh).toBe(1)
  })

  test('tells a peer over its rate to wait, and serves another meanwhile', async () => {
    const holding = new Holding()
    holding.identities.set(DID, recordBytes('identity'))
    const rate = { burst: 2, perSecond: 0.001 }
    const { asker, answering, peer } = await meeting(holding, { rate })
    await asker.askIdentity(peer, DID)
    await asker.askIdentity(peer, DID)
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('RATE_LIMITED')
    const other = await plainHost()
    hosts.push(other)
    await connect(other, answering)
    const second = new QueryAsker({ libp2p: other, network: NETWORK, sink: new Taking() })
    expect(await second.askIdentity(peer, DID)).toMatchObject({ kind: 'taken' })
  })

  test('answers BAD_REQUEST to a question that is none, and ERROR when the store fails', async () => {
    const holding = new Holding()
    holding.identity = () => Promise.reject(new Error('the disk is gone'))
    const { asker, asking, answering, peer } = await meeting(holding)
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('ERROR')
    const questions = [
      { v: 2, d: didBytes(DID), w: 0 },
      { v: 1, d: didBytes(DID).subarray(1), w: 0 },
      { v: 1, d: didBytes(DID), w: 2 },
      { v: 1, d: didBytes(DID), w: 0, x: 1 },
      [],
    ]
    for (const question of questions) {
      const stream = await asking.dialProtocol(answering.peerId, queryProtocol(NETWORK))
      const frames = new Frames(stream, FRAME_LIMIT_BYTES)
      const signal = AbortSignal.timeout(5_000)
      await frames.write(question, signal)
      expect(await frames.read(signal)).toEqual({ s: 2 })
    }
  })

  test('cuts a peer off that sends a question of more than its bound, or none at all', async () => {
    const limits = { sessionLimitMs: 400, answersLimit: 2 }
    const { asking, answering, responder, asker, peer } = await meeting(new Holding(), { limits })
    const open = async (): Promise<Frames> =>
      new Frames(await asking.dialProtocol(answering.peerId, queryProtocol(NETWORK)), 1_024)
    const signal = AbortSignal.timeout(5_000)
    const large = await open()
    await large.write({ v: 1, d: new Uint8Array(10_000), w: 0 }, signal)
    expect(await codeOf(large.read(signal))).toBe('p2p/stream-failed')
    // Two that say nothing take the two places; they lose them when their time is over.
    const silent = await Promise.all([open(), open()])
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('RATE_LIMITED')
    const ends = await Promise.all(silent.map((frames) => codeOf(frames.read(signal))))
    expect(ends).toEqual(['p2p/stream-failed', 'p2p/stream-failed'])
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('nothing thrown')
    await responder.stop()
  })

  test('a peer that answers nothing costs the asker one page wait', async () => {
    const { asker, peer } = await hostile(async (frames, signal) => {
      await frames.read(signal)
      await frames.read(signal)
    })
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('p2p/timed-out')
  })

  test('a page of more than a frame is refused before it is read', async () => {
    const [asking, answering] = await pair()
    await answering.handle(queryProtocol(NETWORK), (stream) => {
      const length = Uint8Array.of(0x81, 0x80, 0x10) // 262,145
      stream.send(length)
      stream.send(encodeCbor(new Uint8Array(FRAME_LIMIT_BYTES - 5)))
    })
    const asker = new QueryAsker({ libp2p: asking, network: NETWORK, sink: new Taking() })
    const peer = answering.peerId.toString()
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('p2p/frame-too-large')
  })

  test('an answer that does not end is broken off at its bounds', async () => {
    const { asker, sink, peer } = await hostile(async (frames, signal) => {
      await frames.read(signal)
      for (let page = 0; ; page++) {
        const r = Array.from({ length: 512 }, (_, at) => recordBytes(`${page}:${at}`, 16))
        await frames.write({ s: 0, r, m: 1 }, signal)
        await frames.read(signal)
      }
    })
    expect(await codeOf(asker.ask(peer, DID, { want: 'all' }))).toBe('p2p/answer-out-of-bounds')
    expect(sink.taken).toHaveLength(4_096)
  })

  test('empty pages, late identities and records where none were asked for are refused', async () => {
    const identity = recordBytes('identity')
    const records = [recordBytes('record')]
    const answers = [
      { pages: [{ s: 0, r: [], m: 1 }], want: 'all' },
      {
        pages: [
          { s: 0, r: records, m: 1 },
          { s: 0, r: [], i: identity, m: 0 },
        ],
        want: 'all',
      },
      { pages: [{ s: 0, r: records, m: 0 }], want: 'identity' },
    ] as const
    for (const { pages, want } of answers) {
      const { asker, peer } = await hostile(async (frames, signal) => {
        for (const page of pages) {
          await frames.read(signal)
          await frames.write(page, signal)
        }
      })
      expect(await codeOf(asker.ask(peer, DID, { want }))).toBe('p2p/answer-out-of-bounds')
    }
  })

  test('a peer of another network, and one that is gone, are told apart', async () => {
    const [asking, answering] = await pair()
    const asker = new QueryAsker({ libp2p: asking, network: NETWORK, sink: new Taking() })
    const peer = answering.peerId.toString()
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('p2p/protocol-unsupported')
    await answering.stop()
    await eventually(() => asking.getConnections().length === 0)
    expect(await codeOf(asker.askIdentity(peer, DID))).toBe('p2p/peer-unreachable')
  })

  test('a caller that gives up ends the exchange', async () => {
    const { asker, peer } = await hostile(async (frames, signal) => {
      await frames.read(signal)
      await frames.read(signal)
    })
    const giving = new AbortController()
    const asked = codeOf(asker.askIdentity(peer, DID, giving.signal))
    giving.abort()
    expect(await asked).toBe('p2p/cancelled')
  })
})
