/** Attack on what was acknowledged: half of a mesh is killed, ten times. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'Half of 16 nodes killed while they write, ten times: nothing acknowledged is lost.',
  test: 'mesh-half-killed',
  limitMs: 6 * MINUTE_MS,
  needsQuiet: true,
})
