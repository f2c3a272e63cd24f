/** Agents that the operator does not want to see: hidden here, and nowhere else. */
import { isDid, parseDid, type Did } from '../../identity/did.ts'
import type { NodeEvent } from '../../node/events.ts'
import type { AipNode } from '../../node/node.ts'
import { timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import { ApiError } from '../error.ts'
import type { HandlerFrame } from './frame.ts'

export function forgottenHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'listForgotten' | 'forgetAgent' | 'recallAgent'> {
  const shown = (did: Did, sinceMs: number): Output<'forgetAgent'> => ({
    did,
    name: node.notes.named.get(did)?.petname ?? null,
    since: timeText(sinceMs),
  })
  return {
    listForgotten: async () => ({
      items: [...node.notes.forgotten].map(([did, sinceMs]) => shown(did, sinceMs)),
    }),
    forgetAgent: async ({ did: text }) => {
      const did = parseDid(text)
      if (did === node.did) {
        const problem = 'is the agent of this node'
        throw new ApiError({ code: 'api/input-invalid', field: 'did', problem })
      }
      return shown(did, await node.notes.forget(did, node.clock()))
    },
    recallAgent: async ({ did }) => ({
      recalled: await node.notes.recall(parseDid(did), node.clock()),
    }),
  }
}

/**
 * Whether a row that names these agents is left out of a list. A list that was asked for by an
 * agent's DID leaves that one in: it was named.
 */
export function isHidden(
  node: AipNode,
  parties: readonly string[],
  asked: readonly (string | undefined)[] = [],
): boolean {
  const { forgotten } = node.notes
  return parties.some((did) => isDid(did) && forgotten.has(did) && !asked.includes(did))
}

/** Whether an event is about an agent that is hidden. Connections to peers are never hidden. */
export function isHiddenEvent(node: AipNode, event: NodeEvent): boolean {
  if (event.kind === 'record.accepted') return isHidden(node, [event.issuer, event.subject])
  return 'did' in event && isHidden(node, [event.did])
}
