/** The order in which agents are listed. */
import type { Did } from '../../identity/did.ts'
import type { FoundScore } from '../../node/outlook.ts'
import type { AGENT_ORDERS } from '../contract.ts'

export type AgentOrder = (typeof AGENT_ORDERS)[number]

export interface ListedAgent {
  readonly did: Did
  readonly name: string | null
  readonly score: FoundScore
}

/** Whether its last outcome is of that time or later. @param since  an RFC 3339 time */
export function isSeenSince({ evidence }: FoundScore, since: string): boolean {
  return evidence.lastAt !== null && Date.parse(evidence.lastAt) >= Date.parse(since)
}

/** Best, most or newest first, names by their letters; what is unknown last, and equal ones by DID. */
export function byOrder(order: AgentOrder): (a: ListedAgent, b: ListedAgent) => number {
  return (a, b) => {
    const [left, right] = [valueOf(order, a), valueOf(order, b)]
    if (left !== null && right !== null && left !== right) {
      return order === 'name' ? (left < right ? -1 : 1) : left < right ? 1 : -1
    }
    return Number(left === null) - Number(right === null) || (a.did < b.did ? -1 : 1)
  }
}

function valueOf(order: AgentOrder, { name, score }: ListedAgent): number | string | null {
  switch (order) {
    case 'name':
      return name?.toLowerCase() ?? null
    case 'score':
      return score.score
    case 'confidence':
      return score.confidence
    case 'outcomes':
      return score.evidence.outcomes
    case 'seen':
      return score.evidence.lastAt === null ? null : Date.parse(score.evidence.lastAt)
  }
}
