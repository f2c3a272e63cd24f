import { describe, expect, test } from 'vitest'
import { didFromBytes, type Did } from '../../src/identity/did.ts'
import type { Asked } from '../../src/p2p/query/asker.ts'
import {
  ANSWERED_MS,
  ANSWERS_REMEMBERED_LIMIT,
  Completions,
  FOLLOWERS_ASKED_LIMIT,
  UNANSWERED_MS,
  complete,
  isComplete,
  type CompletingNode,
  type Holders,
} from '../../src/node/use/completing.ts'
import { didNumber } from '../support/evidence.ts'

const subject = didNumber(7)

function agentNumber(number: number): Did {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, number)
  return didFromBytes(bytes)
}

function answer(change: Partial<Asked> = {}): Asked {
  return {
    found: true,
    identity: undefined,
    records: 2,
    fresh: 2,
    refused: new Map(),
    about: ['a', 'b'],
    complete: true,
    ...change,
  }
}

interface World {
  /** What each peer answers; one that is not here does not. */
  readonly answers: Readonly<Record<string, Asked>>
  readonly connected: readonly string[]
  readonly followers?: readonly string[]
  readonly holders?: readonly string[]
  readonly isSettled?: boolean
}

function nodeOf({
  answers,
  connected,
  followers = connected,
  holders = [],
  isSettled = false,
}: World) {
  const asked: string[] = []
  const clock = { nowMs: 1_000 }
  const mesh: Holders = {
    neighbours: {
      connected: connected.map((peerId) => ({
        peerId,
        address: '',
        direction: 'outbound',
        connectedSinceMs: 0,
        latencyMs: undefined,
        carried: undefined,
      })),
      known: [],
    },
    gossip: { peersOf: () => followers },
    askAll: async (peer) => {
      asked.push(peer)
      const found = answers[peer]
      if (found === undefined) throw new Error('silent')
      return found
    },
    reachHolders: async (_did, { except }) => holders.filter((peer) => !except.has(peer)),
  }
  const wanted: string[] = []
  const node: CompletingNode = {
    network: { shardBits: 4 },
    identities: { get: () => undefined },
    interest: { asked: (did) => wanted.push(did), isSettled: () => isSettled },
    completions: new Completions(),
    mesh,
    clock: () => clock.nowMs,
  }
  return { node, asked, clock, wanted }
}

const three = { p1: answer(), p2: answer(), p3: answer() }

describe('asking for what is not followed', () => {
  test('asks nobody about an agent whose shard is followed, and notes the question', async () => {
    const { node, asked, wanted } = nodeOf({ answers: three, connected: ['p1'], isSettled: true })
    const found = await complete(node, subject)
    expect(found).toMatchObject({ followed: true, peersAsked: 0, askedAtMs: undefined })
    expect(isComplete(found)).toBe(true)
    expect(asked).toEqual([])
    expect(wanted).toEqual([subject])
  })

  test('is complete when three peers hold the same', async () => {
    const { node } = nodeOf({ answers: three, connected: ['p1', 'p2', 'p3'] })
    const found = await complete(node, subject)
    expect(found).toEqual({
      followed: false,
      peersAsked: 3,
      peersAnswered: 3,
      peersAgreed: 3,
      askedAtMs: 1_000,
    })
    expect(isComplete(found)).toBe(true)
  })

  test('is not complete when two peers hold the same', async () => {
    const { node } = nodeOf({ answers: { p1: answer(), p2: answer() }, connected: ['p1', 'p2'] })
    expect(isComplete(await complete(node, subject))).toBe(false)
  })

  test('counts a peer that is silent as asked, and no more', async () => {
    const { node } = nodeOf({ answers: three, connected: ['p1', 'p2', 'p3', 'mute'] })
    const found = await complete(node, subject)
    expect(found).toMatchObject({ peersAsked: 4, peersAnswered: 3, peersAgreed: 3 })
  })

  test('does not let a peer agree that keeps something back, or sends what nobody honest sends', async () => {
    const answers = {
      ...three,
      p2: answer({ about: ['a'] }),
      p3: answer({ refused: new Map([['record/signature-invalid' as const, 1]]) }),
    }
    const { node } = nodeOf({ answers, connected: ['p1', 'p2', 'p3'] })
    const found = await complete(node, subject)
    expect(found).toMatchObject({ peersAsked: 3, peersAnswered: 3, peersAgreed: 1 })
    expect(isComplete(found)).toBe(false)
  })

  test('takes "nothing" for an answer from who follows the shard, and from nobody else', async () => {
    const nothing = answer({ found: false, about: [] })
    const world = { answers: { p1: nothing, p2: nothing }, connected: ['p1'], holders: ['p2'] }
    const found = await complete(nodeOf(world).node, subject)
    expect(found).toMatchObject({ peersAsked: 2, peersAnswered: 1, peersAgreed: 1 })
  })

  test('asks those near the key in the DHT when fewer than three hold something', async () => {
    const few = nodeOf({ answers: three, connected: ['p1', 'p2'], holders: ['p2', 'p3'] })
    expect(await complete(few.node, subject)).toMatchObject({ peersAsked: 3, peersAnswered: 3 })
    const enough = nodeOf({ answers: three, connected: ['p1', 'p2', 'p3'], holders: ['p4'] })
    await complete(enough.node, subject)
    expect(enough.asked).not.toContain('p4')
  })

  test('asks so many followers, and not one more', async () => {
    const connected = Array.from({ length: FOLLOWERS_ASKED_LIMIT + 1 }, (_, at) => `f${at}`)
    const answers = Object.fromEntries(connected.map((peer) => [peer, answer()]))
    const { node, asked } = nodeOf({ answers, connected })
    await complete(node, subject)
    expect(asked).toHaveLength(FOLLOWERS_ASKED_LIMIT)
  })

  test('gives an answer of a moment ago without asking, and asks anew later', async () => {
    const { node, asked, clock } = nodeOf({ answers: three, connected: ['p1', 'p2', 'p3'] })
    await complete(node, subject)
    clock.nowMs += ANSWERED_MS - 1
    await complete(node, subject)
    expect(asked).toHaveLength(3)
    clock.nowMs += 1
    await complete(node, subject)
    expect(asked).toHaveLength(6)
  })

  test('asks again sooner when nobody answered', async () => {
    const { node, asked, clock } = nodeOf({ answers: {}, connected: ['p1'] })
    await complete(node, subject)
    clock.nowMs += UNANSWERED_MS - 1
    await complete(node, subject)
    expect(asked).toHaveLength(1)
    clock.nowMs += 1
    await complete(node, subject)
    expect(asked).toHaveLength(2)
  })

  test('asks once for two who ask at once, and lets go of one that does not wait', async () => {
    const { node, asked } = nodeOf({ answers: three, connected: ['p1', 'p2', 'p3'] })
    const [one, other, gone] = await Promise.all([
      complete(node, subject),
      complete(node, subject),
      complete(node, subject, AbortSignal.abort()),
    ])
    expect(other).toEqual(one)
    expect(gone.peersAsked).toBe(0)
    expect(asked).toHaveLength(3)
  })

  test('without a network says that nobody was asked', async () => {
    const { node } = nodeOf({ answers: {}, connected: [] })
    const found = await complete({ ...node, mesh: undefined }, subject)
    expect(found).toMatchObject({ followed: false, peersAsked: 0, peersAnswered: 0 })
    expect(isComplete(found)).toBe(false)
  })
})

test('the oldest answer is forgotten when there are too many', () => {
  const completions = new Completions()
  const one = { followed: false, peersAsked: 1, peersAnswered: 1, peersAgreed: 1, askedAtMs: 0 }
  for (let number = 0; number <= ANSWERS_REMEMBERED_LIMIT; number++) {
    completions.put(agentNumber(number), one)
  }
  expect(completions.get(agentNumber(0), 1)).toBeUndefined()
  expect(completions.get(agentNumber(1), 1)).toEqual(one)
})
