import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Output } from '../../api/contract.ts'
import { SECOND_MS } from '../../base/units.ts'
import { parseDid, type Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import { NodeError } from '../../node/error.ts'
import { AipNode } from '../../node/node.ts'
import { createIdentity, keylessIdentity, readPublicIdentity } from '../../node/own-identity.ts'
import { newBoxKey } from '../../node/passphrase-box.ts'
import type { RecoverySheet } from '../../node/recovery-sheet.ts'
import { finishSuccession } from '../../node/succession.ts'
import { logInBundle, logInStore } from '../../node/use/finding-own-log.ts'
import { resolve } from '../../node/use/resolving.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { nodeOptions, prepare, type Prepared } from '../daemon.ts'
import { assertSheetOf, dueForRecovery, placeOf } from '../due-keys.ts'
import { CliError } from '../error.ts'
import { createLogger } from '../logger.ts'
import { directly, runningNode, withOwnNode, type OwnNode } from '../own-node.ts'
import { passphraseInFile, recoverySheet } from '../secrets.ts'
import {
  CHANGE_LIMIT_MS,
  CHANGE_OPTIONS,
  changeLines,
  confirmed,
  outgoingOf,
  partsOf,
  REISSUE_NOTICE,
} from './rotate.ts'
import { flagsOf } from './start.ts'

/** How long the network may take to find a log. */
const FIND_LIMIT_MS = 60 * SECOND_MS
const FIND_PAUSE_MS = 1 * SECOND_MS

export const recover: CommandDefinition = {
  name: 'recover',
  summary: 'Take the identity back with the recovery sheet: after a theft, or when the key is lost',
  options: [
    {
      flags: '--compromised',
      description: 'the old key was stolen: nothing by it counts, what lives is signed again',
    },
    ...CHANGE_OPTIONS,
    { flags: '--did <did>', description: 'who you are, where neither home nor sheet says so' },
    { flags: '--log <file>', description: 'key lost: a bundle that holds the key log' },
    {
      flags: '--bootstrap <multiaddr>',
      description: 'key lost: a peer to ask for the key log',
      repeats: true,
    },
  ],
  examples: [
    'aip-node recover --compromised',
    'aip-node recover --sheet sheet.txt --bootstrap /ip4/192.0.2.7/tcp/7471',
    'aip-node recover --sheet sheet.txt --log mine.aip',
  ],

  async run(invocation, context) {
    const changed = (await hasKey(invocation, context))
      ? await withOwnNode(partsOf(invocation, context), async (node) => {
          const { did } = await node.identity({})
          const sheet = await recoverySheet(invocation, context)
          assertSheetOf(sheet, did)
          return recovered(node, sheet, invocation, context)
        })
      : await recoveredWithoutKey(invocation, context)
    context.output.answer(changed, () => changeLines(changed))
  },
}

/** Whether a node runs here, or could be started with the key that is here. */
async function hasKey(invocation: Invocation, context: CommandContext): Promise<boolean> {
  if ((await runningNode(context)) !== undefined) return true
  const { env, platform } = context
  const { paths } = await prepare({ env, platform, flags: flagsOf(invocation) })
  await finishSuccession(paths.keyFile)
  return (await readPublicIdentity(paths.keyFile)) !== undefined
}

async function recovered(
  node: OwnNode,
  sheet: RecoverySheet,
  invocation: Invocation,
  context: CommandContext,
): Promise<Output<'recoverIdentity'>> {
  const { did, headKeyId } = await node.identity({})
  const outgoing = outgoingOf(invocation, context)
  await confirmed(invocation, context, [
    did,
    `A new generation of keys begins. The last known key was ${headKeyId.split('#')[1]}${outgoing.compromised ? '; nothing that it signed counts any more' : ''}.`,
    ...(outgoing.compromised ? [REISSUE_NOTICE] : []),
  ])
  const order = { ...dueForRecovery(sheet, placeOf(headKeyId)), ...outgoing }
  return node.recoverIdentity(order, { timeoutMs: CHANGE_LIMIT_MS })
}

/** The key file is gone: the sheet and the key log make a new one. */
async function recoveredWithoutKey(
  invocation: Invocation,
  context: CommandContext,
): Promise<Output<'recoverIdentity'>> {
  const { env, platform, clock } = context
  const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
  const sheet = await recoverySheet(invocation, context)
  const named = invocation.text('did')
  const did = named === undefined ? sheet.did : parseDid(named)
  if (did === undefined) {
    throw new CliError({
      code: 'cli/usage',
      problem: 'neither home nor sheet names the DID: --did',
    })
  }
  assertSheetOf(sheet, did)
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const state = await logOf(did, invocation, context, prepared)
  const passphrase = await passphraseInFile(invocation, context)
  const boxKey = passphrase === undefined ? undefined : await newBoxKey(passphrase)
  const [branch] = state.branches
  const options = nodeOptions(prepared, { identity: keylessIdentity(branch, boxKey), clock, log })
  await using node = await AipNode.start({ ...options, profile: 'offline', listen: [] })
  return await recovered(directly(node, context), sheet, invocation, context)
}

/** @throws {NodeError} `node/did-unresolved` when nobody has it. */
async function logOf(
  did: Did,
  invocation: Invocation,
  context: CommandContext,
  prepared: Prepared,
): Promise<IdentityState> {
  const { paths, network } = prepared
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const stored = await logInStore(did, {
    home: paths.state,
    storeFile: paths.storeFile,
    lockFile: paths.lock,
    network: network.name,
    log,
  })
  const file = invocation.text('log')
  const saved =
    file === undefined ? undefined : await logInBundle(did, createReadStream(file), network.name)
  const known = saved === undefined ? stored : (stored?.join(saved) ?? saved)
  if (known !== undefined) return known
  if (file !== undefined) throw new NodeError({ code: 'node/did-unresolved', did })
  context.output.note('Looking for the key log on the network …')
  return logOnNetwork(did, context, prepared)
}

/** Asks the network by a node of nobody, in a directory that goes afterwards. */
async function logOnNetwork(
  did: Did,
  { clock, signal }: CommandContext,
  prepared: Prepared,
): Promise<IdentityState> {
  const home = await mkdtemp(join(tmpdir(), 'aip-find-'))
  try {
    const identity = await createIdentity(join(home, 'keys', 'operational.key'), { workBits: 0 })
    const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
    const { lockFile: _lockFile, ...options } = nodeOptions(prepared, { identity, clock, log })
    const profile = options.profile === 'offline' ? 'edge' : options.profile
    await using node = await AipNode.start({ ...options, profile, home, listen: [] })
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FIND_LIMIT_MS)])
    for (;;) {
      try {
        return (await resolve(node, did, limit)).state
      } catch (error) {
        // Peers take a moment to be there.
        if (!(error instanceof NodeError) || limit.aborted) throw error
      }
      await new Promise<void>((next) => {
        setTimeout(next, FIND_PAUSE_MS)
      })
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
