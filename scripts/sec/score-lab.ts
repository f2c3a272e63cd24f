/**
 * Attacks on trust: each scenario of the attack lab, with the promises that the score makes.
 * `docs/attacks.md` says what happens in them, and what the score does not protect against.
 */
import { LAB_SIZE_LIMIT, playScenario, SCENARIOS } from '../../src/lab/scenarios.ts'
import { SECOND_MS } from '../../src/base/units.ts'
import { count, type Attack, type Figure } from './parts/attack.ts'

export const attack: Attack = {
  does: 'Nine attacks on trust by identities that cost nothing: what the score promises must hold.',
  flags: { size: { fallback: '10000', meaning: 'identities of the attacker' } },
  gate: { size: '1000' },
  limitMs: 240 * SECOND_MS,
  run: async ({ flags, progress }) => {
    const size = count(flags, 'size', 1, LAB_SIZE_LIMIT)
    const figures: Record<string, Figure> = {}
    const misses: string[] = []
    for (const scenario of SCENARIOS) {
      progress(scenario)
      const { checks, records } = playScenario(scenario, size)
      const broken = checks.filter(({ holds }) => !holds)
      figures[scenario] =
        `${checks.length - broken.length} of ${checks.length} promises, ${records} records`
      misses.push(...broken.map(({ promise, found }) => `${scenario}: ${promise}: ${found}`))
    }
    return { figures, misses }
  },
}
