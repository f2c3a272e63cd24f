/** How level the node is with its peers, as `status` shows it. */
import type { SyncState } from '../p2p/sync/reconciliation.ts'
import type { SessionView } from '../p2p/sync/session-rate.ts'
import { timeText } from './answers.ts'
import type { Status } from './views.ts'

type SyncView = NonNullable<Status['sync']>

export function shownSync(state: SyncState): SyncView {
  const { isReady, isComplete, agreed, needed, lastCompleteMs, lastAgreed, totals } = state
  const underWay = state.sessions.map(shownSession)
  const secondsLeft = underWay.map((session) => session.secondsLeft)
  return {
    state: isReady ? (isComplete ? 'complete' : 'behind') : 'starting',
    agreed,
    needed,
    lastComplete:
      lastCompleteMs === undefined ? null : { at: timeText(lastCompleteMs), peers: lastAgreed },
    toReceive: sum(underWay, 'toReceive'),
    toSend: sum(underWay, 'toSend'),
    perSecond: sum(underWay, 'perSecond'),
    secondsLeft: secondsLeft.some((seconds) => seconds === null)
      ? null
      : Math.max(0, ...secondsLeft.map(Number)),
    ...totals,
    underWay,
  }
}

function shownSession({ isOwn, secondsLeft, ...session }: SessionView): SyncView['underWay'][0] {
  return { ...session, began: isOwn ? 'here' : 'there', secondsLeft: secondsLeft ?? null }
}

function sum(sessions: SyncView['underWay'], name: 'toReceive' | 'toSend' | 'perSecond'): number {
  return sessions.reduce((total, session) => total + session[name], 0)
}
