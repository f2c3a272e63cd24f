/**
 * `aip-node/client`: the running node, from a program. Every operation of the contract by its name, the
 * usual ones shorter, and a wait for a node that is still starting.
 *
 * Holds no libp2p, no store and no key.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { CallOptions, Input, Output } from '../api/contract.ts'
import { SECOND_MS } from '../base/units.ts'
import { connect as connectClient, type ConnectedClient, type ConnectOptions } from './client.ts'
import { ClientError } from './error.ts'

const WAIT_STEP_MS = 200
const WAIT_LIMIT_MS = 30 * SECOND_MS

export type Score = Output<'score'>
export type Explanation = Output<'explanation'>
export type NodeEvent = Output<'events'>
export { ClientError } from './error.ts'
export type { ConnectedClient, ConnectOptions } from './client.ts'

/** What an agent does with its node, in as few words as can be. */
export class NodeClient implements Disposable {
  /** Every operation of the contract: `node.api.listVouches({ limit: 5 })`. */
  readonly api: ConnectedClient

  constructor(api: ConnectedClient) {
    this.api = api
  }

  /** How an agent looks from here. Gates go by `assured`, and null is no yes. */
  async score(did: string, asked: Omit<Input<'score'>, 'did'> = {}): Promise<Score> {
    return this.api.score({ did, ...asked })
  }

  /** The same number, taken apart. */
  async explain(did: string, asked: Omit<Input<'explanation'>, 'did'> = {}): Promise<Explanation> {
    return this.api.explanation({ did, ...asked })
  }

  /** Says what an agent delivered of what it promised; private unless it is shared. */
  async observe(
    subject: string,
    seen: Omit<Input<'createObservation'>, 'subject'>,
  ): Promise<Output<'createObservation'>> {
    return this.api.createObservation({ subject, ...seen })
  }

  /** Vouches for an agent: public, signed, and kept by others. */
  async vouch(
    subject: string,
    level: number,
    more: Omit<Input<'createVouch'>, 'subject' | 'level'> = {},
  ): Promise<Output<'createVouch'>> {
    return this.api.createVouch({ subject, level, ...more })
  }

  /** What happens at the node, from now on or after a cursor, until it is broken off. */
  events(asked: Input<'events'> = {}, options?: CallOptions): AsyncIterable<NodeEvent> {
    return this.api.events(asked, options)
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]()
  }
}

/**
 * The node that the environment names: by its address file, its socket, or `AIP_NODE_URL`.
 *
 * @throws {ClientError} `client/not-running` when there is none.
 */
export async function connect(options: ConnectOptions = {}): Promise<NodeClient> {
  return new NodeClient(await connectClient(options))
}

/** The same, of a node that may still be starting. @throws {ClientError} `client/timeout`. */
export async function waitForNode(
  options: ConnectOptions & { readonly limitMs?: number } = {},
): Promise<NodeClient> {
  const { limitMs = WAIT_LIMIT_MS, ...rest } = options
  const endMs = Date.now() + limitMs
  for (;;) {
    try {
      const node = await connect(rest)
      await node.api.status({})
      return node
    } catch (error) {
      const isAbsent = error instanceof ClientError && error.fault.code === 'client/not-running'
      if (!isAbsent) throw error
    }
    if (Date.now() >= endMs) throw new ClientError({ code: 'client/timeout', limitMs })
    await delay(
      WAIT_STEP_MS,
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    )
  }
}
