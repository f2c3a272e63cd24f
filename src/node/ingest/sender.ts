/** Who takes turns at the door and at the disk: a peer, or all that the operator's own programs ask. */
import type { Source } from '../../p2p/ports.ts'

export function senderOf(source: Source): string {
  return source.via === 'api' ? 'api' : source.peer
}
