/** Attack on a store: the disk fills up. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'A full disk is answered at once, read from all the while, and left by itself.',
  test: 'disk-full',
  limitMs: 4 * MINUTE_MS,
})
