/**
 * The contract's client inside the node: every operation straight to what answers it, with the input
 * checks and the rights that a request over HTTP gets. For what is mounted beside the routes.
 */
import type { Clock } from '../base/clock.ts'
import {
  operations,
  type CallOptions,
  type Caller,
  type Client,
  type Handlers,
} from './contract.ts'
import type { Operation } from './operation.ts'
import { parseInput } from './request.ts'
import { mayCall, maySay } from './rights.ts'

export interface LocalClientParts {
  readonly handlers: Handlers
  readonly caller: Caller
  readonly clock: Clock
}

/** Refuses with the errors that the interface answers: `ApiError`, and those of the handlers. */
export function localClient({ handlers, caller, clock }: LocalClientParts): Client {
  const calls = Object.entries<Operation>(operations).map(([name, operation]) => {
    const open = (input: Record<string, unknown>, options: CallOptions = {}): unknown => {
      mayCall(caller, operation.right)
      // The loop over names widens each name's types, as in the routes.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const parsed = parseInput(name as keyof typeof operations, input, clock())
      maySay(caller, parsed)
      const signal =
        options.signal === undefined
          ? caller.signal
          : AbortSignal.any([caller.signal, options.signal])
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const call = handlers[name as keyof Handlers] as (input: object, caller: Caller) => unknown
      return call.call(handlers, parsed, { ...caller, signal })
    }
    const isStream = operation.transfer === 'events' || operation.transfer === 'download'
    return [name, isStream ? open : async (...given: Parameters<typeof open>) => open(...given)]
  })
  // Built from the table's own keys; TypeScript cannot see a loop over them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(calls) as Client
}
