/** Attack on the places of a node: sockets that say nothing, or stop in the middle of the handshake. */
import { dosAttack } from './parts/dos.ts'

export const attack = dosAttack({
  does: 'Silent and stalled sockets by the thousand: an honest peer still gets in.',
  attacker: 'idle',
  flag: { name: 'n', fallback: '1000', most: 10_000, meaning: 'sockets at a time' },
  gate: { n: '1000', seconds: '6' },
})
