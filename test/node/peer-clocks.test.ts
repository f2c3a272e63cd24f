import { describe, expect, test } from 'vitest'
import { CLOCKS_LIMIT_COUNT, PeerClocks } from '../../src/node/peer-clocks.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'

interface Peer {
  readonly peerId: string
  readonly isChosen: boolean
  readonly group: string
}

const chosen = (peerId: string, group = peerId): Peer => ({ peerId, isChosen: true, group })
const dialledIn = (peerId: string): Peer => ({ peerId, isChosen: false, group: peerId })

/** Clocks of a machine whose two clocks a test moves, and what it was warned of. */
function clocks(peers: readonly Peer[]) {
  const warned: string[] = []
  const time = { wallMs: Date.UTC(2027, 0, 1), steadyMs: 5_000 }
  const made = new PeerClocks({
    clock: () => time.wallMs,
    steadyMs: () => time.steadyMs,
    peers: () => peers,
    onWrong: (sentence) => warned.push(sentence),
  })
  const pass = (ms: number): void => {
    time.wallMs += ms
    time.steadyMs += ms
  }
  return { made, warned, time, pass }
}

/** What three chosen peers make of a clock that is so far off from each of theirs. */
function judged(...skewsMs: readonly number[]): string | undefined {
  const { made } = clocks(skewsMs.map((_, at) => chosen(`peer ${at}`)))
  for (const [at, skewMs] of skewsMs.entries()) made.told(`peer ${at}`, skewMs)
  return made.wrong
}

describe('a clock compared with those of peers', () => {
  test('is not spoken of while it is at most 2 minutes off, however late the answers were', () => {
    const limitMs = 2 * MINUTE_MS + 5 * SECOND_MS
    for (const skewMs of [0, 2 * MINUTE_MS, -2 * MINUTE_MS, limitMs, -limitMs]) {
      expect(judged(skewMs, skewMs, skewMs)).toBeUndefined()
    }
    expect(judged(limitMs + 1, limitMs + 1, limitMs + 1)).toContain('2 minutes behind')
    expect(judged(-limitMs - 1, -limitMs - 1, -limitMs - 1)).toContain('2 minutes ahead')
  })

  test('is wrong, by how much, and what follows from it', () => {
    expect(judged(10 * MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS)).toBe(
      'The clock of this machine looks wrong: 10 minutes behind of what 3 peers say. This node refuses what others sign.',
    )
    expect(judged(-2 * DAY_MS, -2 * DAY_MS)).toBe(
      'The clock of this machine looks wrong: 2 days ahead of what 2 peers say. Others refuse what this node signs.',
    )
  })

  test('is never wrong because one peer says so', () => {
    expect(judged(DAY_MS)).toBeUndefined()
    expect(judged(DAY_MS, 0)).toBeUndefined()
    expect(judged(DAY_MS, SECOND_MS)).toBeUndefined()
    expect(judged(-DAY_MS, -SECOND_MS)).toBeUndefined()
    expect(judged(DAY_MS, -DAY_MS)).toBeUndefined()
    expect(judged(DAY_MS, 0, 3)).toBeUndefined()
    expect(judged(DAY_MS, DAY_MS, 0)).toBeDefined()
    expect(judged(DAY_MS, DAY_MS, 0, 0)).toBeUndefined()
  })

  test('differs from that of the one peer there is, and no more is said', () => {
    const { made, warned } = clocks([chosen('a'), chosen('b')])
    made.told('a', 2 * MINUTE_MS)
    expect(made.doubt).toBeUndefined()
    made.told('a', 10 * MINUTE_MS)
    expect(made.doubt).toBe('it is 10 minutes behind of its one peer’s: one of the two is wrong')
    made.told('a', -10 * MINUTE_MS)
    expect(made.doubt).toContain('10 minutes ahead')
    expect([made.wrong, warned]).toEqual([undefined, []])
    made.told('b', -10 * MINUTE_MS)
    expect(made.doubt).toBeUndefined()
    expect(made.wrong).toContain('10 minutes ahead')
  })

  test('goes by the peers that were dialled, where there are enough of them', () => {
    const liars = Array.from({ length: 20 }, (_, at) => dialledIn(`liar ${at}`))
    const { made } = clocks([chosen('a'), chosen('b'), ...liars])
    for (const { peerId } of liars) made.told(peerId, DAY_MS)
    expect(made.wrong).toBeDefined()
    made.told('a', 10)
    made.told('b', 20)
    expect(made.state).toEqual({ aheadMs: -10, peerCount: 2 })
    expect(made.wrong).toBeUndefined()
  })

  test('counts peers of one owner as one', () => {
    const { made } = clocks(['a', 'b', 'c'].map((peer) => chosen(peer, '192.0')))
    for (const peer of ['a', 'b', 'c']) made.told(peer, DAY_MS)
    expect(made.state).toEqual({ aheadMs: undefined, peerCount: 1 })
  })

  test('forgets what a peer said when it goes, and after two hours', () => {
    const { made, pass } = clocks([chosen('a'), chosen('b'), chosen('c')])
    for (const peer of ['a', 'b', 'c']) made.told(peer, DAY_MS)
    made.gone('a')
    expect(made.state.peerCount).toBe(2)
    pass(2 * HOUR_MS)
    expect(made.state.peerCount).toBe(2)
    pass(1)
    expect(made.state).toEqual({ aheadMs: undefined, peerCount: 0 })
  })

  test('says nothing of a clock that was set, or of a machine that slept, until peers say the time anew', () => {
    const { made, time } = clocks([chosen('a'), chosen('b')])
    for (const peer of ['a', 'b']) made.told(peer, DAY_MS)
    expect(made.wrong).toContain('1 day behind')
    time.wallMs += DAY_MS
    expect(made.state).toEqual({ aheadMs: undefined, peerCount: 0 })
    for (const peer of ['a', 'b']) made.told(peer, 0)
    expect(made.state).toEqual({ aheadMs: 0, peerCount: 2 })
  })

  test('is told of once, and again when it has been right between', () => {
    const { made, warned } = clocks([chosen('a'), chosen('b')])
    for (const skewMs of [DAY_MS, DAY_MS, DAY_MS]) {
      for (const peer of ['a', 'b']) made.told(peer, skewMs)
    }
    expect(warned).toHaveLength(1)
    for (const skewMs of [0, DAY_MS]) for (const peer of ['a', 'b']) made.told(peer, skewMs)
    expect(warned).toHaveLength(2)
  })

  test('keeps the word of so many peers and no more', () => {
    const peers = Array.from({ length: CLOCKS_LIMIT_COUNT + 8 }, (_, at) => chosen(`peer ${at}`))
    const { made } = clocks(peers)
    for (const { peerId } of peers) made.told(peerId, 0)
    expect(made.state.peerCount).toBe(CLOCKS_LIMIT_COUNT)
  })
})
