import { describe, expect, test } from 'vitest'
import {
  compositeScore,
  summaryOf,
  trustDivergence,
} from '../../../src/trust/reference/composite.ts'
import type { PdrScores } from '../../../src/trust/reference/scores.ts'
import { PATH_DEPTH_LIMIT, referencePath } from '../../../src/trust/reference/trust-path.ts'

const SCORES: PdrScores = {
  calibration: 0.8,
  adaptation: 0.6,
  robustness: 0.4,
  observationCount: 20,
  windowDays: 20,
  chainHash: '',
}
const UNSCORED: PdrScores = { ...SCORES, calibration: null, adaptation: null, robustness: null }

const behaving = (value: number) => ({
  ...SCORES,
  calibration: value,
  adaptation: value,
  robustness: value,
})

const edge = (from: string, to: string, scope = 'general') => ({ from, to, scope })

const ask = (to: string, scope = 'general') => ({ from: 'a', to, scope })

describe('composite', () => {
  test('P10 is social trust times 0.5, 0.2 and 0.3 of the three', () => {
    expect(compositeScore(1, SCORES)).toBe(0.64)
    expect(compositeScore(0.8, SCORES)).toBe(0.512)
    expect(compositeScore(0, SCORES)).toBe(0)
  })

  test('P10 what is not known counts one half', () => {
    expect(summaryOf(UNSCORED)).toMatchObject({ calibration: 0.5, composite: 0.5 })
    expect(compositeScore(0.37, UNSCORED)).toBe(0.185)
  })

  test('P10 social trust is from 0 to 1', () => {
    expect(() => compositeScore(1.1, SCORES)).toThrow(RangeError)
    expect(() => compositeScore(Number.NaN, SCORES)).toThrow(RangeError)
  })

  test.each([
    [0, 'unknown', true],
    [1, 'very_low', true],
    [6, 'very_low', true],
    [7, 'low', true],
    [13, 'low', true],
    [14, 'moderate', false],
    [27, 'moderate', false],
    [28, 'high', false],
  ])('P10 %d days are labelled %s', (windowDays, confidence, isProvisional) => {
    expect(summaryOf({ ...SCORES, windowDays })).toMatchObject({ confidence, isProvisional })
  })

  test('P10 divergence is more than 0.3, and high from more than 0.5', () => {
    expect(trustDivergence(0.75, behaving(0.5))).toBeUndefined()
    expect(trustDivergence(1, behaving(0.5))).toEqual({
      socialTrust: 1,
      reliability: 0.5,
      gap: 0.5,
      severity: 'medium',
    })
    expect(trustDivergence(1, behaving(0.25))).toMatchObject({ gap: 0.75, severity: 'high' })
    expect(trustDivergence(0.1, behaving(1))).toBeUndefined()
  })
})

describe('the trust path', () => {
  const chain = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const line = chain.slice(1).map((to, at) => edge(chain[at] ?? '', to))

  test('P11 is 0.8 to the power of its hops, 1 to oneself, 0 to nobody', () => {
    expect(referencePath(line, ask('a'))).toEqual({ path: ['a'], score: 1 })
    expect(referencePath(line, ask('b')).score).toBe(0.8)
    expect(referencePath(line, ask('d'))).toEqual({ path: ['a', 'b', 'c', 'd'], score: 0.512 })
    expect(referencePath(line, ask('z'))).toEqual({ path: [], score: 0 })
  })

  test('P11 has at most five hops, or as many as are asked for', () => {
    expect(PATH_DEPTH_LIMIT).toBe(5)
    expect(referencePath(line, ask('f')).score).toBe(0.3277)
    expect(referencePath(line, ask('g')).score).toBe(0)
    expect(referencePath(line, ask('g'), 6).score).toBe(0.2621)
    expect(referencePath(line, ask('c'), 1).score).toBe(0)
  })

  test('P11 takes vouches of exactly that scope', () => {
    const vouches = [edge('a', 'b', 'code'), edge('b', 'c')]
    expect(referencePath(vouches, ask('c')).score).toBe(0)
    expect(referencePath(vouches, ask('b', 'code')).score).toBe(0.8)
    expect(referencePath(vouches, ask('b')).score).toBe(0)
  })

  test('P11 is the shortest, and of equals the one vouched for first', () => {
    const vouches = [edge('a', 'c'), edge('a', 'b'), edge('b', 'd'), edge('c', 'd'), edge('d', 'a')]
    expect(referencePath(vouches, ask('d')).path).toEqual(['a', 'c', 'd'])
  })
})
