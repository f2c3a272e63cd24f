/** The node's own words about itself. */
import type { Handlers } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

export function logHandlers({ logTail }: HandlerFrame): Pick<Handlers, 'logs'> {
  return { logs: async ({ tail }) => ({ items: [...logTail.latest(tail)] }) }
}
