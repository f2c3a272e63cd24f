/** Attack on what a node keeps for those who do not read. */
import { dosAttack } from './parts/dos.ts'

export const attack = dosAttack({
  does: 'Peers that ask without end and read nothing: memory is bounded.',
  attacker: 'slow-reader',
  flag: { name: 'peers', fallback: '16', most: 90, meaning: 'peers of the attacker' },
})
