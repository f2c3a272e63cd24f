/** AgentCards of A2A: signed for this agent, and checked for whom it is about to call. */
import { signAgentCard, verifyAgentCard } from '../../node/use/agent-cards.ts'
import { complete } from '../../node/use/completing.ts'
import type { Handlers } from '../contract.ts'
import { scoreView } from '../trust-views.ts'
import type { HandlerFrame } from './frame.ts'

export function agentCardHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'signAgentCard' | 'verifyAgentCard'> {
  return {
    signAgentCard: async ({ card }) => {
      const signed = signAgentCard(node, card)
      return { card: { ...signed.card }, keyId: signed.keyId }
    },

    verifyAgentCard: async ({ card, scope }, { signal }) => {
      const { did, keyId, extension, uncovered, source } = await verifyAgentCard(node, card, signal)
      const completeness = await complete(node, did, signal)
      const found = await node.outlook.score({ subject: did, scope })
      return {
        did,
        keyId,
        requestSigning: extension?.requestSigning ?? null,
        records: [...(extension?.records ?? [])],
        uncovered: [...uncovered],
        source,
        score: scoreView(found, { from: found.from, completeness }),
      }
    },
  }
}
