/** One subject with a long history: what a query, an arrival and a change of standing cost. */
import { DAY_MS } from '../../../src/base/units.ts'
import { BehaviourEngine } from '../../../src/trust/engine/behaviour-engine.ts'
import { ONE, PROFILES } from '../../../src/trust/profile.ts'
import { median } from '../parts/figures.ts'
import type { LongestCall } from './longest-call.ts'
import { NOW_MS, randomly } from './synthetic.ts'

const SUBJECT = 1
const FIRST_OBSERVER = 2
const OUTCOMES_OF_OBSERVER = 20
const CHUNK_COUNT = 500
const SPAN_MS = 300 * DAY_MS
const QUERIES_OF_SAMPLE = 20_000
const SAMPLES = 41
const CHANGES = 2_000

export interface History {
  readonly observations: number
  readonly queryMicros: number
  readonly arrivalMicros: number
  readonly standingMicros: number
}

export interface KeptHistory extends History {
  readonly engine: BehaviourEngine
}

export function history(observations: number, longest: LongestCall): KeptHistory {
  const random = randomly(observations)
  const engine = new BehaviourEngine(0, PROFILES.strict, NOW_MS, (a, b) => a < b)
  const observers = Math.max(5, Math.ceil(observations / OUTCOMES_OF_OBSERVER))
  for (let at = 0; at < observers; at++) {
    engine.setStanding(FIRST_OBSERVER + at, 1 + random(ONE))
  }
  const startMs = performance.now()
  for (let from = 0; from < observations; from += CHUNK_COUNT) {
    longest.time('put outcomes', () => {
      for (let at = from; at < Math.min(observations, from + CHUNK_COUNT); at++) {
        engine.put({
          outcome: at,
          observer: FIRST_OBSERVER + random(observers),
          subject: SUBJECT,
          observedAtMs: NOW_MS - random(SPAN_MS),
          kept: random(5) / 4,
          isAttested: random(3) > 0,
          group: random(4) === 0 ? '["load","high"]' : '[]',
          beginMs: 0,
          endMs: NOW_MS + DAY_MS + random(SPAN_MS),
        })
      }
    })
  }
  const arrivalMicros = ((performance.now() - startMs) / observations) * 1000
  const changesMs = performance.now()
  for (let at = 0; at < CHANGES; at++) {
    engine.setStanding(FIRST_OBSERVER + random(observers), 1 + random(ONE))
  }
  const standingMicros = ((performance.now() - changesMs) / CHANGES) * 1000
  return { observations, queryMicros: queryMicros(engine), arrivalMicros, standingMicros, engine }
}

/** Also asked again after others, so that all are measured with warm code. */
export function queryMicros(engine: BehaviourEngine): number {
  let weight = 0
  const samples = Array.from({ length: SAMPLES }, () => {
    const startMs = performance.now()
    for (let at = 0; at < QUERIES_OF_SAMPLE; at++) weight += engine.sums(SUBJECT)?.weight ?? 0
    return ((performance.now() - startMs) / QUERIES_OF_SAMPLE) * 1000
  })
  if (weight <= 0) throw new Error('the subject has no evidence')
  return median(samples)
}
