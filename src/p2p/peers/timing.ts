/** How fast a node tries, tries again and gives up on peers. Tests bring their own. */
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { Preset } from '../gate.ts'
import { DIAL_TIMEOUT_MS } from '../limits.ts'

export interface PeerTiming {
  /** Between two looks at who is missing. */
  readonly tickMs: number
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  /** The same for bootstrap addresses and peers the operator named: they are tried for ever. */
  readonly longestChosenRetryMs: number
  readonly dialTimeoutMs: number
  readonly pingMs: number
  readonly pingTimeoutMs: number
  /** A connection that ends sooner counts as a dial that failed. */
  readonly shortLifeMs: number
  /** How old a second, idle connection to one peer gets. */
  readonly duplicateGraceMs: number
  /** How long a peer that we dialled must have stayed to become an anchor. */
  readonly anchorAfterMs: number
  readonly anchorCheckMs: number
  /** Between two looks into documents for further peers. */
  readonly documentsMs: number
}

export const PEER_TIMING: Readonly<Record<Preset, PeerTiming>> = {
  local: {
    tickMs: SECOND_MS,
    firstRetryMs: SECOND_MS,
    longestRetryMs: 15 * SECOND_MS,
    longestChosenRetryMs: 5 * SECOND_MS,
    dialTimeoutMs: 5 * SECOND_MS,
    pingMs: 15 * SECOND_MS,
    pingTimeoutMs: 10 * SECOND_MS,
    shortLifeMs: 2 * SECOND_MS,
    duplicateGraceMs: 10 * SECOND_MS,
    anchorAfterMs: 10 * SECOND_MS,
    anchorCheckMs: 30 * SECOND_MS,
    documentsMs: 10 * SECOND_MS,
  },
  public: {
    tickMs: 5 * SECOND_MS,
    firstRetryMs: 2 * SECOND_MS,
    longestRetryMs: 30 * MINUTE_MS,
    longestChosenRetryMs: 2 * MINUTE_MS,
    dialTimeoutMs: DIAL_TIMEOUT_MS,
    pingMs: 20 * SECOND_MS,
    pingTimeoutMs: 15 * SECOND_MS,
    shortLifeMs: 10 * SECOND_MS,
    duplicateGraceMs: 30 * SECOND_MS,
    anchorAfterMs: 10 * MINUTE_MS,
    anchorCheckMs: MINUTE_MS,
    documentsMs: MINUTE_MS,
  },
}

/**
 * How long to wait after so many failures in a row: doubled each time up to a limit, then anywhere
 * from half to one and a half of it, so that nodes that lost the same peer do not return as one.
 *
 * @param random - in [0, 1)
 */
export function retryDelayMs(
  failureCount: number,
  firstMs: number,
  longestMs: number,
  random: number,
): number {
  const doublings = Math.min(Math.max(0, failureCount - 1), 30)
  return Math.min(longestMs, firstMs * 2 ** doublings) * (0.5 + random)
}
