/** The attack lab, where it is on. */
import { playScenario } from '../../lab/scenarios.ts'
import type { LabReport } from '../operations/lab.ts'
import type { Handlers } from '../contract.ts'
import { ApiError } from '../error.ts'
import type { HandlerFrame } from './frame.ts'

export function labHandlers({ hasLab }: HandlerFrame): Pick<Handlers, 'playLab'> {
  return {
    playLab: async ({ scenario, size }) => {
      if (!hasLab) throw new ApiError({ code: 'api/lab-off' })
      const { steps, checks, ...words } = playScenario(scenario, size)
      return {
        ...words,
        scenario,
        steps: steps.map(({ label, readings }) => ({ label, readings: readings.map(shown) })),
        checks: checks.map((one) => ({ ...one })),
      }
    },
  }
}

function shown(one: LabReport['steps'][number]['readings'][number]) {
  return { ...one }
}
