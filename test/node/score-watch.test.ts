import { afterEach, expect, test } from 'vitest'
import type { Did } from '../../src/identity/did.ts'
import type { NodeEvent } from '../../src/node/events.ts'
import type { FoundScore } from '../../src/node/outlook.ts'
import {
  ScoreWatch,
  SCORE_CHANGE_LEAST,
  WATCHED_SCOPES_LIMIT_COUNT,
  WATCHED_SCORES_LIMIT_COUNT,
} from '../../src/node/score-watch.ts'
import type { DriftEvent } from '../../src/trust/history.ts'
import { eventually } from '../support/mesh.ts'
import { did, World } from '../trust/world.ts'

const watches: ScoreWatch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch[Symbol.dispose]()
})

/** A watch of a view whose scores the test says. */
function watched(options: { readonly world?: World; readonly named?: readonly Did[] } = {}) {
  const scores = new Map<Did, number | null>()
  const drifts = new Map<Did, readonly DriftEvent[]>()
  const events: NodeEvent[] = []
  const state = { isReady: true, done: 0, total: 0, checkpointMs: undefined }
  const seen = { looks: 0, asked: [] as readonly Did[], histories: 0 }
  const records = options.world?.records ?? []
  const watch = new ScoreWatch({
    own: did('me'),
    outlook: {
      state,
      scores: async (subjects) => {
        seen.looks++
        seen.asked = [...subjects]
        return seen.asked.map((subject) => {
          const score = scores.get(subject) ?? null
          // Of a score the watch reads these two.
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion
          return { score, state: score === null ? 'unknown' : 'known' } as FoundScore
        })
      },
      history: async ({ subject }) => {
        seen.histories++
        return { points: [], events: drifts.get(subject) ?? [] }
      },
    },
    evidence: { by: () => records },
    named: () => options.named ?? [],
    events: { emit: (event) => events.push(event) },
    lookAfterMs: 0,
  })
  watches.push(watch)
  const look = async (about?: Did): Promise<void> => {
    const before = seen.looks
    watch.changed(about)
    await eventually('a look', () => seen.looks > before)
    // What follows the scores in the same look.
    await new Promise((done) => setImmediate(done))
  }
  return { watch, scores, drifts, events, seen, state, look }
}

const bob = did('bob')
const drift: DriftEvent = {
  day: '2026-11-20',
  severity: 'critical',
  direction: 'down',
  from: 0.9,
  to: 0.2,
}

test('the first look tells nothing, and a later one what moved', async () => {
  const { watch, scores, events, look } = watched()
  scores.set(bob, 0.5)
  watch.note(bob, 'general')
  await look()
  expect(events).toEqual([])
  scores.set(bob, 0.4)
  await look()
  expect(events).toEqual([
    {
      kind: 'score.changed',
      subject: bob,
      scope: 'general',
      score: 0.4,
      state: 'known',
      scoreBefore: 0.5,
      stateBefore: 'known',
    },
  ])
})

test('a little is not told, however often; what adds up is', async () => {
  const { watch, scores, events, look } = watched()
  scores.set(bob, 0.5)
  watch.note(bob, 'general')
  await look()
  scores.set(bob, 0.5 + 0.9 * SCORE_CHANGE_LEAST)
  await look()
  expect(events).toEqual([])
  scores.set(bob, 0.5 + 1.1 * SCORE_CHANGE_LEAST)
  await look()
  expect(events).toHaveLength(1)
})

test('from unknown to known is told', async () => {
  const { watch, scores, events, look } = watched()
  watch.note(bob, 'general')
  await look()
  scores.set(bob, 0)
  await look()
  expect(events).toMatchObject([
    { scoreBefore: null, stateBefore: 'unknown', score: 0, state: 'known' },
  ])
})

test('whom I vouched for or named is watched without being asked about; I am not', async () => {
  const world = new World()
  world.vouch('me', 'alice')
  const { seen, watch, look } = watched({ world, named: [bob, did('me')] })
  watch.note(did('me'), 'general')
  await look()
  expect(new Set(seen.asked)).toEqual(new Set([bob, did('alice')]))
})

test('drift that began is told once', async () => {
  const { watch, drifts, events, look } = watched()
  watch.note(bob, 'review')
  await look()
  drifts.set(bob, [drift])
  await look(bob)
  await look(bob)
  expect(events).toEqual([{ kind: 'drift', subject: bob, scope: 'review', ...drift }])
})

test('a history is read again only after something about that agent', async () => {
  const { watch, seen, look } = watched()
  watch.note(bob, 'review')
  await look()
  expect(seen.histories).toBe(1)
  await look()
  await look(did('carol'))
  expect(seen.histories).toBe(1)
  await look(bob)
  expect(seen.histories).toBe(2)
})

test('a node that still reads is not hurried', async () => {
  const { watch, state, seen } = watched()
  state.isReady = false
  watch.note(bob, 'general')
  await new Promise((done) => setTimeout(done, 20))
  expect(seen.looks).toBe(0)
  state.isReady = true
  await eventually('the look that was due', () => seen.looks > 0)
})

test('no more agents are watched than the limit, the ones asked about last', async () => {
  const { watch, seen, look } = watched()
  for (let at = 0; at <= WATCHED_SCORES_LIMIT_COUNT; at++) watch.note(did(`agent ${at}`), 'general')
  await look()
  expect(seen.asked).toHaveLength(WATCHED_SCORES_LIMIT_COUNT)
  expect(seen.asked).not.toContain(did('agent 0'))
})

test('how everybody looks is known before anything changes', async () => {
  const { scores, seen, events, look } = watched({ named: [bob] })
  scores.set(bob, 0.5)
  await eventually('the first look, without a change', () => seen.looks > 0)
  scores.set(bob, 0.1)
  await look()
  expect(events).toMatchObject([{ kind: 'score.changed', scoreBefore: 0.5, score: 0.1 }])
})

test('the scopes asked about last are watched, and no more than the limit', async () => {
  const { watch, scores, events, look } = watched()
  scores.set(bob, 0.5)
  for (let at = 0; at <= WATCHED_SCOPES_LIMIT_COUNT; at++) watch.note(bob, `scope-${at}`)
  await look()
  scores.set(bob, 0.1)
  await look()
  const scopes = events.map((event) => (event.kind === 'score.changed' ? event.scope : ''))
  expect(scopes).toHaveLength(WATCHED_SCOPES_LIMIT_COUNT)
  expect(scopes).not.toContain('scope-0')
})
