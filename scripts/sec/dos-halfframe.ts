/** Attack on what a node keeps of messages that are not whole. */
import { dosAttack } from './parts/dos.ts'

export const attack = dosAttack({
  does: 'Peers that send halves of large messages and stop: memory is bounded.',
  attacker: 'half-frame',
  flag: { name: 'peers', fallback: '16', most: 90, meaning: 'peers of the attacker' },
})
