/**
 * This home's node, for commands that work with it running and without.
 *
 * A running node is asked over its socket. When none runs, one is started in this process without a
 * network, behind the same operations, and stopped again when the work is done; the lock of the home
 * sees to it that there is one at a time.
 */
import { handlersOf } from '../api/handlers.ts'
import { RIGHTS, type Caller, type Client } from '../api/contract.ts'
import { parseInput } from '../api/request.ts'
import { VERSION } from '../api/version.ts'
import { NodeError } from '../node/error.ts'
import { AipNode } from '../node/node.ts'
import { readIdentity, type PassphraseSource } from '../node/own-identity.ts'
import { finishSuccession } from '../node/succession.ts'
import { finishReissue } from '../node/use/reissuing.ts'
import { ClientError } from '../sdk/error.ts'
import type { CommandContext } from './command.ts'
import { nodeOptions, prepare, type Prepared } from './daemon.ts'
import { createLogger } from './logger.ts'

/** The operations that may be wanted of a node that does not run. */
export type OwnNode = Pick<
  Client,
  'identity' | 'status' | 'rotateIdentity' | 'recoverIdentity' | 'deactivateIdentity'
>

export interface OwnNodeParts {
  readonly context: CommandContext
  readonly flags: Readonly<Record<string, unknown>>
  readonly passphraseOf: PassphraseSource
}

/** @param work  gets the node, and whether it is one that runs by itself. */
export async function withOwnNode<Result>(
  parts: OwnNodeParts,
  work: (node: OwnNode, isRunning: boolean) => Promise<Result>,
): Promise<Result> {
  const running = await runningNode(parts.context)
  if (running !== undefined) return work(running, true)
  const { env, platform } = parts.context
  const prepared = await prepare({ env, platform, flags: parts.flags })
  await using node = await offlineNode(prepared, parts)
  return await work(directly(node, parts.context), false)
}

/** The client of the node that runs here, when one answers. */
export async function runningNode(context: CommandContext): Promise<Client | undefined> {
  try {
    const client = await context.connect()
    await client.identity({})
    return client
  } catch (error) {
    if (error instanceof ClientError && error.fault.code === 'client/not-running') return undefined
    throw error
  }
}

/**
 * The node of this home without a network, for as long as the caller holds it.
 *
 * @throws {NodeError} `node/key-file-missing` when there is no identity here.
 */
export async function offlineNode(
  prepared: Prepared,
  { context, passphraseOf }: Pick<OwnNodeParts, 'context' | 'passphraseOf'>,
): Promise<AipNode> {
  const { paths } = prepared
  await finishSuccession(paths.keyFile)
  const identity = await readIdentity(paths.keyFile, passphraseOf)
  if (identity === undefined)
    throw new NodeError({ code: 'node/key-file-missing', path: paths.keyFile })
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const options = nodeOptions(prepared, { identity, clock: context.clock, log })
  const node = await AipNode.start({ ...options, profile: 'offline', listen: [] })
  await finishReissue(node)
  return node
}

/** The node's own handlers, with the checks that a request over the socket gets. */
export function directly(node: AipNode, { clock, signal }: CommandContext): OwnNode {
  const handlers = handlersOf({
    node,
    version: VERSION,
    home: '',
    address: () => ({ socket: null, url: null }),
  })
  const caller: Caller = { rights: new Set(RIGHTS), via: 'socket', signal }
  const at = clock()
  return {
    identity: async (input) => handlers.identity(parseInput('identity', input, at), caller),
    status: async (input) => handlers.status(parseInput('status', input, at), caller),
    rotateIdentity: async (input) =>
      handlers.rotateIdentity(parseInput('rotateIdentity', input, at), caller),
    recoverIdentity: async (input) =>
      handlers.recoverIdentity(parseInput('recoverIdentity', input, at), caller),
    deactivateIdentity: async (input) =>
      handlers.deactivateIdentity(parseInput('deactivateIdentity', input, at), caller),
  }
}
