/** What a promise that must fail failed with. */
import { AipError } from '../../src/base/error.ts'

export async function faultOf(work: Promise<unknown>): Promise<AipError['fault']> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof AipError) return thrown.fault
  throw new Error('expected a fault', { cause: thrown })
}
