/**
 * Attack on what was acknowledged: the power is cut, on a disk of its own.
 *
 *     npm run sec -- chaos:powercut --rounds 200
 */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'The power is cut while a store writes: nothing acknowledged is lost; without syncing some is.',
  test: 'power-cut',
  limitMs: 15 * MINUTE_MS,
  rounds: 8,
})
