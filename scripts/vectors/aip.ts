/**
 * The set `aip`: outputs of the reference that `src/trust/reference` imitates, compared exactly.
 *
 * Inputs are read from the text of the file, because 1 and 1.0 are two conditions there.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { compositeScore, summaryOf, trustDivergence } from '../../src/trust/reference/composite.ts'
import { PdrError } from '../../src/trust/reference/error.ts'
import { parseJson } from '../../src/trust/reference/json.ts'
import type { JsonValue } from '../../src/trust/reference/json.ts'
import { observationOf } from '../../src/trust/reference/observation-line.ts'
import type { ReferenceObservation } from '../../src/trust/reference/observation.ts'
import { agreement, scoresFromPromises } from '../../src/trust/reference/promises.ts'
import { scoresReport, slidingReport } from '../../src/trust/reference/report.ts'
import {
  confidenceOf,
  SLIDING_DEFAULTS,
  slidingScores,
} from '../../src/trust/reference/sliding-window.ts'
import { read } from './finding.ts'
import type { Finding } from './finding.ts'

const FILES = ['a_fixtures.json', 'b_edge_promises.json', 'b_random_promises_1.json']

const Confidence = z.object({
  cases: z
    .array(
      z.object({
        input: z.object({ observation_count: z.number(), window_days: z.number() }),
        expected: z.number(),
      }),
    )
    .min(1),
})

const Cases = z.object({
  cases: z
    .array(
      z.object({
        id: z.string(),
        input: z.object({
          constructor: z.enum(['plain', 'from_promises']),
          observations: z.array(z.unknown()),
          observations_raw_json: z.string().optional(),
        }),
        expected: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1),
})
type Case = z.infer<typeof Cases>['cases'][number]

export async function checkAip(dir: string): Promise<Finding> {
  const { cases } = read(join(dir, 'a_confidence.json'), Confidence)
  const wrong = cases
    .filter(
      ({ input, expected }) =>
        confidenceOf(input.observation_count, input.window_days) !== expected,
    )
    .map(({ input }) => `confidence of ${JSON.stringify(input)}`)
  let asked = cases.length
  for (const file of FILES) {
    const path = join(dir, file)
    const { cases: own } = read(path, Cases)
    const inputs = inputsIn(readFileSync(path, 'utf8'))
    own.forEach((one, at) => {
      const finding = checkCase(one, inputs[at] ?? [])
      asked += finding.asked
      wrong.push(...finding.wrong)
    })
  }
  return { asked, wrong }
}

/** The observations of each case, with every number as it is written. */
function inputsIn(text: string): readonly (readonly JsonValue[])[] {
  return listAt(parseJson(text), 'cases').map((one) =>
    listAt(fieldOf(one, 'input'), 'observations'),
  )
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value instanceof Map ? value.get(name) : undefined
}

function listAt(value: JsonValue | undefined, name: string): readonly JsonValue[] {
  const found = fieldOf(value, name)
  return Array.isArray(found) ? found : []
}

function checkCase({ id, input, expected }: Case, written: readonly JsonValue[]): Finding {
  const raw = input.observations_raw_json
  const source = raw === undefined ? written : listAt(parseJson(`{"o":${raw}}`), 'o')
  const answers = answersTo(source.map(observationOf).map(builtBy(input.constructor)), expected)
  const wrong = Object.keys(expected).filter(
    (name) => !isDeepStrictEqual(answers[name], expected[name]),
  )
  return {
    asked: Object.keys(expected).length,
    wrong: wrong.map(
      (name) => `${id}, ${name}: ${JSON.stringify(answers[name])?.slice(0, 300) ?? 'no answer'}`,
    ),
  }
}

/** Built plainly, an observation has no hashes; built from promises, it is verified when all was kept. */
function builtBy(constructor: Case['input']['constructor']) {
  return (observation: ReferenceObservation): ReferenceObservation => {
    if (constructor === 'plain') return { ...observation, scopeHash: '', outcomeHash: '' }
    const { promised, delivered } = observation
    return { ...observation, externallyVerified: agreement(promised, delivered) >= 1 }
  }
}

function answersTo(
  observations: readonly ReferenceObservation[],
  expected: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  try {
    return {
      ...scoreAnswers(observations, expected),
      sliding: Object.fromEntries(
        windowsIn(expected['sliding']).map((window) => [
          window,
          slidingReport(slidingScores(observations, { ...SLIDING_DEFAULTS, window })),
        ]),
      ),
      sliding_default: slidingReport(slidingScores(observations)),
      sliding_sensitive: slidingReport(
        slidingScores(observations, {
          ...SLIDING_DEFAULTS,
          warningDelta: 0.05,
          criticalDelta: 0.1,
        }),
      ),
      hashes_first5_in_input_order: observations
        .slice(0, 5)
        .map(({ scopeHash, outcomeHash, externallyVerified }) => ({
          scope_hash: scopeHash,
          outcome_hash: outcomeHash,
          externally_verified: externallyVerified,
        })),
    }
  } catch (error) {
    if (!(error instanceof PdrError) || error.fault.code !== 'pdr/times-mixed') throw error
    // The reference has no rule for this: its language refuses to compare the two.
    return {
      error: 'TypeError',
      message: "can't compare offset-naive and offset-aware datetimes",
    }
  }
}

function scoreAnswers(
  observations: readonly ReferenceObservation[],
  expected: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const scores = scoresFromPromises(observations)
  const summary = summaryOf(scores)
  const { calibration, adaptation, robustness, composite, isProvisional, windowDays } = summary
  return {
    promises: scoresReport(scores),
    promises_min3_0days: scoresReport(
      scoresFromPromises(observations, { minObservations: 3, minDays: 0 }),
    ),
    pdr_score: {
      calibration,
      adaptation,
      robustness,
      composite,
      is_provisional: isProvisional,
      confidence: summary.confidence,
      ...(windowDays !== undefined && { measurement_window_days: windowDays }),
      agent_did: 'did:aip:00000000000000000000000000000001',
    },
    trust_path_params: {
      ...(scores.calibration !== null && { pdr_calibration: scores.calibration }),
      ...(scores.adaptation !== null && { pdr_adaptation: scores.adaptation }),
      ...(scores.robustness !== null && { pdr_robustness: scores.robustness }),
      ...(windowDays !== undefined && { pdr_window_days: windowDays }),
    },
    composite: socialIn(expected['composite']).map((social) => ({
      social_trust: social,
      score: compositeScore(social, scores),
      details: {
        social_trust: social,
        behavioral_reliability: composite,
        composite: compositeScore(social, scores),
        formula: 'social_trust × behavioral_reliability',
        provisional: isProvisional,
      },
    })),
    divergence: socialIn(expected['divergence']).map((social) => ({
      social_trust: social,
      threshold: 0.3,
      alert: divergenceAnswer(social, scores),
    })),
  }
}

function divergenceAnswer(social: number, scores: Parameters<typeof summaryOf>[0]): unknown {
  const found = trustDivergence(social, scores)
  if (found === undefined) return null
  const { calibration, adaptation, robustness } = summaryOf(scores)
  return {
    alert: 'trust_divergence',
    social_trust: found.socialTrust,
    behavioral_reliability: found.reliability,
    gap: found.gap,
    severity: found.severity,
    recommendation:
      'Agent has high social trust but declining behavioral reliability. Consider re-evaluating vouches or requesting behavioral audit.',
    pdr_breakdown: { calibration, adaptation, robustness },
  }
}

/** The sizes of the windows that were asked for. */
function windowsIn(sliding: unknown): readonly number[] {
  const parsed = z.record(z.string(), z.unknown()).safeParse(sliding)
  return parsed.success ? Object.keys(parsed.data).map(Number) : []
}

const SocialTrusts = z.array(z.object({ social_trust: z.number() }))

/** The social trusts that a list of answers was asked for. */
function socialIn(answers: unknown): readonly number[] {
  const parsed = SocialTrusts.safeParse(answers)
  return parsed.success ? parsed.data.map(({ social_trust: social }) => social) : []
}
