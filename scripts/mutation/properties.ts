/**
 * Generated tests while mutants are judged: always the same cases, fewer of them, and no search for
 * the smallest one that fails. A mutant that only a longer run would find counts as survived.
 */
import type * as FastCheck from 'fast-check'
import { vi } from 'vitest'

/** The most cases of one property; without it, as many as the test asks for. */
const limitText = process.env['PROPERTY_LIMIT_COUNT']

vi.mock('fast-check', async (importOriginal) => {
  const whole = await importOriginal<typeof FastCheck>()
  whole.configureGlobal({ seed: 1, endOnFailure: true })
  if (limitText === undefined) return whole
  const limitCount = Number(limitText)
  const assert = new Proxy(whole.assert, {
    apply: (real, itself, [property, parameters = {}]: Parameters<typeof whole.assert>) => {
      const numRuns = Math.min(parameters.numRuns ?? limitCount, limitCount)
      return Reflect.apply(real, itself, [property, { ...parameters, numRuns }])
    },
  })
  return { ...whole, assert, default: { ...whole.default, assert } }
})
