/** Attack on the processor of a node: signatures that are wrong, as fast as they can be sent. */
import { dosAttack } from './parts/dos.ts'

export const attack = dosAttack({
  does: 'Records with wrong signatures at a rate: the loop and the local interface stay quick.',
  attacker: 'bad-signatures',
  flag: { name: 'rate', fallback: '20000', most: 100_000, meaning: 'records a second' },
  knows: ['author', 'subject'],
  staysQuick: true,
})
