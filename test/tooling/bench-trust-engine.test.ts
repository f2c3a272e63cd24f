import { describe, expect, test } from 'vitest'
import { engineRows } from '../../scripts/bench/trust-engine/rows.ts'

const LIMIT_MS = 60_000

describe('the benchmark of the trust engine', () => {
  test(
    'with few agents has every figure, and the view kept up to date is the one computed anew',
    async () => {
      const counts = { agents: 500, vouches: 2_500, observations: 10_000, seed: 1 }
      const { rows, isSame } = await engineRows(counts)
      expect(isSame).toBe(true)
      const figures = new Map(rows.map(([what, figure]) => [what, figure]))
      for (const what of ['cold view, median', 'longest slice of 10000', 'memory, resident']) {
        expect(figures.get(what)).toMatch(/^[\d.]+ (ms|MiB)$/)
      }
      expect(figures.get('garbage collection of 10 ms and more')).toMatch(/^\d+$/)
      expect(rows.flat().join()).not.toMatch(/NaN|undefined|Infinity/)
    },
    LIMIT_MS,
  )
})
