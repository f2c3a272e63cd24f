/**
 * Operations that need all that the node holds: while a start still reads it, they wait. The others
 * answer at once, some of them from what is known so far. Specification: docs/spec/api.md.
 */
import type { AipNode } from '../../node/node.ts'
import type { Caller, Handlers } from '../contract.ts'

export function afterReading(handlers: Handlers, { index }: AipNode) {
  const whenRead =
    <In, Out>(call: (input: In, caller: Caller) => Promise<Out>) =>
    async (input: In, caller: Caller): Promise<Out> => {
      await index.whenReady(caller.signal)
      return call(input, caller)
    }
  return {
    ...handlers,
    rotateIdentity: whenRead(handlers.rotateIdentity),
    recoverIdentity: whenRead(handlers.recoverIdentity),
    deactivateIdentity: whenRead(handlers.deactivateIdentity),
    createVouch: whenRead(handlers.createVouch),
    listVouches: whenRead(handlers.listVouches),
    revokeVouch: whenRead(handlers.revokeVouch),
    createPromise: whenRead(handlers.createPromise),
    listPromises: whenRead(handlers.listPromises),
    createObservation: whenRead(handlers.createObservation),
    publishObservation: whenRead(handlers.publishObservation),
    pathsBetween: whenRead(handlers.pathsBetween),
    listObservations: whenRead(handlers.listObservations),
    listAgents: whenRead(handlers.listAgents),
    getAgent: whenRead(handlers.getAgent),
    listRecords: whenRead(handlers.listRecords),
    exportCredential: whenRead(handlers.exportCredential),
    verifyCredential: whenRead(handlers.verifyCredential),
  } satisfies Handlers
}
