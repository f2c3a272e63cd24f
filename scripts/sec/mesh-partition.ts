/** Attack on the network between nodes: it is parted and heals, in namespaces. */
import { MINUTE_MS } from '../../src/base/units.ts'
import { longTestAttack } from './parts/long-test.ts'

export const attack = longTestAttack({
  does: 'Thirty nodes parted and joined: all hold the same within a minute.',
  test: 'mesh-partition',
  limitMs: 8 * MINUTE_MS,
  needsQuiet: true,
})
