/** Attack on a store: each kind of damage that a disk can do. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'Every case of damage is seen, nothing wrong is served, and all is regained from three peers.',
  test: 'corrupt-refetch',
  limitMs: 8 * MINUTE_MS,
})
