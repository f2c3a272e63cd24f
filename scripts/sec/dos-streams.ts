/** Attack on the streams of a node: opened as fast as can be, never used. */
import { dosAttack } from './parts/dos.ts'

export const attack = dosAttack({
  does: 'Peers that open streams without end: an honest peer is served, memory is bounded.',
  attacker: 'streams',
  flag: { name: 'peers', fallback: '16', most: 90, meaning: 'peers of the attacker' },
})
