/**
 * What answers the contract: one function an operation, over a running node.
 *
 * The handlers translate between the words of the interface and those of the node, and decide
 * nothing: the use cases do. Specification: docs/spec/api.md.
 */
import type { Handlers } from './contract.ts'
import { accessHandlers } from './handlers/access.ts'
import { afterReading } from './handlers/after-reading.ts'
import { agentCardHandlers } from './handlers/agent-cards.ts'
import { agentHandlers } from './handlers/agents.ts'
import { credentialHandlers } from './handlers/credentials.ts'
import { forgottenHandlers } from './handlers/forgotten.ts'
import type { HandlerFrame } from './handlers/frame.ts'
import { graphHandlers } from './handlers/graph.ts'
import { httpSignatureHandlers } from './handlers/http-signatures.ts'
import { labHandlers } from './handlers/lab.ts'
import { logHandlers } from './handlers/logs.ts'
import { nodeHandlers } from './handlers/node.ts'
import { ownIdentityHandlers } from './handlers/own-identity.ts'
import { peerHandlers } from './handlers/peers.ts'
import { proofHandlers } from './handlers/proofs.ts'
import { recordHandlers } from './handlers/records.ts'
import { resolutionHandlers } from './handlers/resolution.ts'
import { signingHandlers } from './handlers/signing.ts'
import { vouchHandlers } from './handlers/vouches.ts'
import { whatIfHandlers } from './handlers/what-if.ts'
import { workHandlers } from './handlers/work.ts'
import { LogTail } from './log-tail.ts'
import { TokenBook } from './token-book.ts'

type Serving = Omit<HandlerFrame, 'tokens' | 'logTail' | 'hasLab'> &
  Partial<Pick<HandlerFrame, 'tokens' | 'logTail' | 'hasLab'>>

/** Left out are what only a server has: tokens and a log that is kept. */
export function handlersOf(given: Serving): Handlers {
  const frame: HandlerFrame = {
    tokens: TokenBook.inMemory(given.node.clock),
    logTail: new LogTail(),
    hasLab: false,
    ...given,
  }
  const handlers: Handlers = {
    ...nodeHandlers(frame),
    ...resolutionHandlers(frame),
    ...ownIdentityHandlers(frame),
    ...vouchHandlers(frame),
    ...workHandlers(frame),
    ...agentHandlers(frame),
    ...forgottenHandlers(frame),
    ...peerHandlers(frame),
    ...recordHandlers(frame),
    ...credentialHandlers(frame),
    ...proofHandlers(frame),
    ...signingHandlers(frame),
    ...graphHandlers(frame),
    ...accessHandlers(frame),
    ...logHandlers(frame),
    ...httpSignatureHandlers(frame),
    ...agentCardHandlers(frame),
    ...whatIfHandlers(frame),
    ...labHandlers(frame),
  }
  return afterReading(handlers, frame.node)
}
