import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../src/base/units.ts'
import type { JudgedOutcome } from '../../../src/trust/attestation.ts'
import type { BehaviourEngine } from '../../../src/trust/engine/behaviour-engine.ts'
import { ONE, PROFILES } from '../../../src/trust/profile.ts'
import { summarise, weightOfDay } from '../../../src/trust/summary.ts'
import { emptyTally, isOverQuota, sumsOf, weigh } from '../../../src/trust/tally.ts'
import { did, outcome } from '../world.ts'
import { inOrder, NamedEngine, plainSums } from './plain-behaviour.ts'
import type { NamedLife } from './plain-behaviour.ts'

const VIEWER = 0
const AGENTS = 5
const START_MS = Date.UTC(2026, 0, 1)
const PROFILE = PROFILES.strict

const time = fc.oneof(
  fc.integer({ min: 0, max: 200 * DAY_MS }),
  fc.integer({ min: 0, max: 40 }).map((hours) => hours * 3_600_000),
)

interface Step {
  readonly kind: 'put' | 'remove' | 'standing' | 'pass'
  readonly life: NamedLife
  readonly held: number
  readonly passesMs: number
}

const life: fc.Arbitrary<NamedLife> = fc
  .record({
    outcome: fc.integer({ min: 0, max: 60 }),
    observer: fc.integer({ min: 0, max: AGENTS - 1 }),
    subject: fc.integer({ min: 1, max: 2 }),
    at: time,
    kept: fc.oneof(fc.constantFrom(0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true })),
    isAttested: fc.boolean(),
    group: fc.constantFrom('[]', 'night', 'load'),
    begin: time,
    lasts: fc.integer({ min: 0, max: 300 * DAY_MS }),
  })
  .map(({ outcome: number, at, begin, lasts, ...rest }) => ({
    ...rest,
    outcome: number,
    id: `bafy${number >> 2}`,
    index: number & 3,
    observedAtMs: START_MS + at,
    beginMs: START_MS + begin,
    endMs: START_MS + begin + lasts,
  }))

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'put', 'remove', 'standing', 'pass'),
  life,
  held: fc.oneof(fc.constantFrom(0, ONE), fc.integer({ min: 0, max: ONE })),
  passesMs: fc.oneof(
    fc.integer({ min: 0, max: 2 * DAY_MS }),
    fc.integer({ min: 0, max: 120 * DAY_MS }),
  ),
})

/** All of a subject's voices, as far as anybody can see. */
function seenOf(engine: BehaviourEngine, subject: number): string {
  const voices = [...engine.voices(subject)].toSorted((a, b) => a.observer - b.observer)
  return voices
    .map((one) =>
      [
        `${one.observer} ${one.standing} ${one.isCounted} ${one.isCapped} ${one.count}`,
        `${one.attested} ${one.latestMs} ${one.fresh} ${one.weight}`,
        `${one.mean} ${one.adaptation} ${one.robustness}`,
      ].join(' '),
    )
    .join(';')
}

/** Revisions of a subject and what there was to see with each. */
class Revisions {
  readonly #seen = new Map<number, string>()

  note(engine: BehaviourEngine, subject: number): void {
    const [revision, seen] = [engine.revision(subject), seenOf(engine, subject)]
    expect(revision === 0).toBe(seen === '')
    expect(this.#seen.get(revision) ?? seen).toBe(seen)
    this.#seen.set(revision, seen)
  }
}

/** `count` outcomes by 1 about 2, an hour apart from the start on. */
function said(count: number, from = 0): readonly NamedLife[] {
  return Array.from({ length: count }, (_, at) => ({
    outcome: from + at,
    observer: 1,
    subject: 2,
    id: 'bafy',
    index: from + at,
    observedAtMs: START_MS + at * 3_600_000,
    kept: 1,
    isAttested: true,
    group: '[]',
    beginMs: START_MS,
    endMs: START_MS + 366 * DAY_MS,
  }))
}

/** Of two outcomes in the same millisecond, the first not kept and the second kept, but for changes. */
function adaptationOf(changes: readonly Partial<NamedLife>[]): number | undefined {
  const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
  engine.setStanding(1, ONE)
  for (const [at, one] of said(2).entries()) {
    engine.put({ ...one, observedAtMs: START_MS, kept: at, ...changes[at] })
  }
  return engine.sums(2)?.adaptation
}

describe('the behaviour engine', () => {
  test('any history of changes and of time leaves what all outcomes at once say, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 70, size: 'max' }), (steps) => {
        let nowMs = START_MS
        const engine = new NamedEngine(VIEWER, PROFILE, nowMs)
        const lives = new Map<number, NamedLife>()
        const standings = new Map<number, number>()
        for (let observer = 1; observer < AGENTS; observer++) {
          standings.set(observer, ONE >> observer)
          engine.setStanding(observer, ONE >> observer)
        }
        const check = (): void => {
          for (const subject of [1, 2]) {
            const plain = { lives: [...lives.values()], viewer: VIEWER, standings, nowMs }
            expect(engine.sums(subject)).toEqual(plainSums(subject, { ...plain, profile: PROFILE }))
          }
        }
        const revisions = [new Revisions(), new Revisions()]
        for (const [at, { kind, life: own, held, passesMs }] of steps.entries()) {
          if (kind === 'put') {
            engine.put(own)
            lives.set(own.outcome, own)
          } else if (kind === 'remove') {
            engine.remove(own.outcome)
            lives.delete(own.outcome)
          } else if (kind === 'standing') {
            engine.setStanding(own.observer, held)
            standings.set(own.observer, held)
          } else {
            nowMs += passesMs
            while (!engine.advance(nowMs, 3));
            expect(engine.nextMs).toBeGreaterThan(nowMs)
          }
          for (const [index, one] of revisions.entries()) one.note(engine, index + 1)
          if (at % 10 === 0) check()
        }
        check()
        for (const subject of [1, 2]) {
          const living = [...lives.values()].filter(
            (one) => one.subject === subject && one.beginMs <= nowMs && one.endMs > nowMs,
          )
          const observers = [...engine.voices(subject)].map((one) => one.observer)
          expect(new Set(observers)).toEqual(new Set(living.map((one) => one.observer)))
        }
      }),
      { numRuns: 300, seed: 20_261_203 },
    )
  })

  test('T26 the order of arrival changes nothing', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 60, size: 'max' }), fc.integer(), (lives, seed) => {
        const known = [...new Map(lives.map((one) => [one.outcome, one])).values()]
        const shuffled = known.toSorted(
          (a, b) => ((a.outcome * seed) | 0) - ((b.outcome * seed) | 0),
        )
        const [one, other] = [known, shuffled].map((order) => {
          const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
          for (let observer = 1; observer < AGENTS; observer++) engine.setStanding(observer, 12_345)
          for (const own of order) engine.put(own)
          engine.advance(START_MS + 90 * DAY_MS)
          return [engine.sums(1), engine.sums(2)]
        })
        expect(one).toEqual(other)
      }),
      { numRuns: 300, seed: 3 },
    )
  })

  test('T26 outcomes of one millisecond stand in the order of id, then index', () => {
    expect(adaptationOf([{}, {}])).toBe(1)
    expect(adaptationOf([{ index: 9 }, {}])).toBe(0)
    expect(adaptationOf([{ id: 'z' }, { index: 9 }])).toBe(0)
    expect(adaptationOf([{ id: 'a', index: 9 }, {}])).toBe(1)
  })

  test('T16 an observer counts like four new outcomes until what it said has faded below them', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    for (const one of said(8)) engine.put(one)
    const weights = [0, 89, 90, 180].map((day) => {
      engine.advance(START_MS + day * DAY_MS)
      return engine.sums(2)?.weight
    })
    expect(weights).toEqual([4, 4, 4, 2])
  })

  test('T16 the viewer has no quota; T17 nobody has a word on itself', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    for (const one of said(8)) engine.put({ ...one, observer: VIEWER })
    expect(engine.sums(2)?.weight).toBe(8)
    engine.setStanding(2, ONE)
    for (const one of said(8, 20)) engine.put({ ...one, observer: 2 })
    expect(engine.sums(2)?.weight).toBe(8)
  })

  test('T2 an outcome counts from its first millisecond to the one before its end', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    for (const one of said(1)) {
      engine.put({ ...one, beginMs: START_MS + 100, endMs: START_MS + 200 })
    }
    const seen = [99, 100, 199, 200].map((afterMs) => {
      engine.advance(START_MS + afterMs)
      return engine.sums(2)?.outcomes ?? 0
    })
    expect(seen).toEqual([0, 1, 1, 0])
    expect(() => engine.advance(START_MS)).toThrow(RangeError)
  })

  test('T15 nothing is left of an outcome after 31 half-lives', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    for (const one of said(1)) engine.put({ ...one, endMs: Number.POSITIVE_INFINITY })
    engine.advance(START_MS + 31 * 90 * DAY_MS - 1)
    expect(engine.sums(2)?.outcomes).toBe(1)
    engine.advance(START_MS + 31 * 90 * DAY_MS)
    expect(engine.sums(2)).toBeUndefined()
  })

  test('asking twice gives the same answer, until a change or another day', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    for (const one of said(3)) engine.put(one)
    const [first, revision] = [engine.sums(2), engine.revision(2)]
    engine.setStanding(3, ONE)
    engine.advance(START_MS + DAY_MS - 1)
    expect(engine.sums(2)).toBe(first)
    engine.advance(START_MS + DAY_MS)
    expect(engine.sums(2)?.weight).toBeLessThan(first?.weight ?? 0)
    expect(engine.revision(2)).toBe(revision)
    engine.setStanding(1, ONE - 1)
    expect(engine.revision(2)).toBeGreaterThan(revision)
    for (const { outcome: number } of said(3)) engine.remove(number)
    expect([engine.sums(2), engine.revision(2), [...engine.voices(2)]]).toEqual([undefined, 0, []])
  })

  test('an outcome that cannot be is refused, and the one under its number stays', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    for (const one of said(1)) {
      engine.put(one)
      expect(() => engine.put({ ...one, kept: 1.5 })).toThrow(RangeError)
      expect(() => engine.put({ ...one, observedAtMs: -1 })).toThrow(RangeError)
    }
    expect(engine.sums(2)?.outcomes).toBe(1)
  })

  test('a million parts of two thousand outcomes stay whole', () => {
    const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
    engine.setStanding(1, ONE)
    const lives = said(2000).map((one, at) => ({ ...one, kept: (at % 7) / 6 }))
    for (const one of lives) engine.put(one)
    engine.advance(START_MS + 100 * DAY_MS)
    const input = { lives, viewer: VIEWER, standings: new Map([[1, ONE]]), profile: PROFILE }
    const plain = plainSums(2, { ...input, nowMs: START_MS + 100 * DAY_MS })
    expect(engine.sums(2)).toEqual(plain)
  })
})

/** The same outcomes through `summarise` and the tally, as the full computation does it. */
function full(lives: readonly NamedLife[], standing: number, nowMs: number) {
  const todayWeight = weightOfDay(nowMs)
  const tally = emptyTally()
  let latestMs = 0
  for (const [observer, own] of Map.groupBy(lives, (one) => one.observer)) {
    const judged = own.toSorted(inOrder).map((one): JudgedOutcome => ({
      id: one.id,
      index: one.index,
      observer: did(`agent ${observer}`),
      subject: did('subject'),
      branches: 1,
      outcome: { ...outcome(1), observedAtMs: one.observedAtMs, conditions: { seen: one.group } },
      kept: one.kept,
      isAttested: one.isAttested,
      isSelfReport: false,
    }))
    const testimony = summarise(judged, nowMs, PROFILE)
    if (testimony === undefined) continue
    const isCapped = isOverQuota(testimony.fresh, todayWeight, PROFILE)
    weigh({ ...testimony, standing, isCapped }, tally, { sign: 1, profile: PROFILE })
    latestMs = Math.max(latestMs, testimony.latestMs)
  }
  return tally.observers === 0
    ? undefined
    : sumsOf(tally, latestMs, { todayWeight, profile: PROFILE })
}

describe('the behaviour engine beside the full computation', () => {
  const distinct = fc.uniqueArray(life, {
    maxLength: 60,
    size: 'max',
    selector: (one) => one.outcome,
  })

  test('says the same to the last bit', () => {
    fc.assert(
      fc.property(
        distinct,
        fc.integer({ min: 201 * DAY_MS, max: 400 * DAY_MS }),
        (known, after) => {
          const nowMs = START_MS + after
          const engine = new NamedEngine(VIEWER, PROFILE, START_MS)
          for (let observer = 3; observer < AGENTS; observer++) {
            engine.setStanding(observer, ONE >> 3)
          }
          const lives = known
            .filter(({ observer }) => observer >= 3)
            .map((one) => ({ ...one, subject: 1, beginMs: one.observedAtMs, endMs: nowMs + 1 }))
          for (const one of lives) engine.put(one)
          engine.advance(nowMs)
          expect(engine.sums(1)).toEqual(full(lives, ONE >> 3, nowMs))
        },
      ),
      { numRuns: 300, seed: 5 },
    )
  })
})
