/** What reconciliation tells, as the events that people follow. */
import type { SyncEvent } from '../../p2p/sync/reconciliation.ts'
import type { SessionView } from '../../p2p/sync/session-rate.ts'
import type { NodeEvent } from '../events.ts'

export function syncEvent(event: SyncEvent): NodeEvent {
  switch (event.kind) {
    case 'progress':
      return { kind: 'sync.progress', ...shown(event.session) }
    case 'ended': {
      const { peer, received, fresh, sent } = event.session
      return { kind: 'sync.ended', peer, received, fresh, sent, complete: event.isComplete }
    }
    case 'failed':
      return { kind: 'sync.failed', peer: event.peer, code: event.code, dropped: event.isDropped }
    case 'complete':
      return { kind: 'sync.complete', peers: event.agreed }
  }
}

function shown({ peer, received, sent, toReceive, toSend, perSecond, secondsLeft }: SessionView) {
  return { peer, received, sent, toReceive, toSend, perSecond, secondsLeft: secondsLeft ?? null }
}
