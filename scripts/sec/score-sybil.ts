/**
 * Ten thousand identities that vouch for each other, with one vouch that they bought: what an honest
 * observer sees of the best hundred must not move, and no more standing may come of them than the cap.
 */
import { LAB_SIZE_LIMIT, playScenario } from '../../src/lab/scenarios.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import { count, type Attack } from './parts/attack.ts'

export const attack: Attack = {
  does: 'Ten thousand sybils with one bought vouch: the honest top hundred does not move.',
  flags: { size: { fallback: String(LAB_SIZE_LIMIT), meaning: 'sybils' } },
  gate: { size: String(LAB_SIZE_LIMIT) },
  limitMs: 2 * MINUTE_MS,
  run: async ({ flags }) => {
    const size = count(flags, 'size', 1, LAB_SIZE_LIMIT)
    const { checks, records } = playScenario('sybil', size)
    const broken = checks.filter(({ holds }) => !holds)
    const figures = {
      sybils: size,
      records,
      ...Object.fromEntries(checks.map(({ promise, found }) => [promise, found])),
    }
    return { figures, misses: broken.map(({ promise, found }) => `${promise}: ${found}`) }
  },
}
