/** What is said of a node without peers: since when, why it could be, and what to do. */
import { durationText } from '../../base/duration.ts'
import { MINUTE_MS } from '../../base/units.ts'

/** A node that has just started, or whose peer starts again, is not told of at once. */
export const ALONE_LIMIT_MS = MINUTE_MS

export interface Solitude {
  /** How long there has been no peer. */
  readonly aloneMs: number
  /** Whether there was one since the start. */
  readonly hadPeers: boolean
  /** Peers that it could dial. */
  readonly knownCount: number
  /** Whether the machine has an address that others could be reached from. */
  readonly hasWayOut: boolean
}

export interface Aloneness {
  /** Whether it is to be told without being asked for. */
  readonly isWorthTelling: boolean
  /** A sentence, or two. */
  readonly found: string
  readonly hint: string
}

export function aloneness(solitude: Solitude): Aloneness {
  const { aloneMs, hadPeers, hasWayOut } = solitude
  const { why, hint } = causeOf(solitude)
  const length = durationText(aloneMs)
  const since = hadPeers ? `no peer for ${length}` : `no peer since the start, ${length} ago`
  return {
    isWorthTelling: !hasWayOut || aloneMs >= ALONE_LIMIT_MS,
    found: `This node is alone: ${since}. ${why}`,
    hint,
  }
}

function causeOf({ knownCount, hasWayOut }: Solitude): { why: string; hint: string } {
  if (!hasWayOut) {
    return {
      why: 'This machine has no network but loopback.',
      hint: 'Connect the machine to a network. The node goes on looking, and serves its owner meanwhile.',
    }
  }
  if (knownCount === 0) {
    return {
      why: 'It knows of no peer.',
      hint: 'No peers yet: ask somebody for "aip-node id --invite" and run "aip-node peers add <invite>".',
    }
  }
  return {
    why:
      knownCount === 1
        ? 'The one peer that it knows does not answer.'
        : `None of the ${knownCount} peers that it knows answers.`,
    hint: 'It goes on dialling. Do they run, and is the way out open? "aip-node peers" lists them, a new invite adds one.',
  }
}
