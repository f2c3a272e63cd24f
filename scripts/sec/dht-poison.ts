/** Attack on the DHT: a third of its nodes are hostile. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'Old values, garbage and silence from a third of the DHT: the right document all the same.',
  test: 'hostile-dht',
  limitMs: 6 * MINUTE_MS,
})
