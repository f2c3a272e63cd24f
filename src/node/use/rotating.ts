/**
 * The life of this agent's own key log: rotate, recover, end.
 *
 * Who calls brings the one key that is due by the recovery sheet, and the public halves of those to
 * commit to next; the sheet's secret never comes here. The order of the writes is that of
 * `succession.ts`: a kill at any moment leaves the old identity or the new one, whole. Nothing is
 * signed between the last record that counts under the old key and the first under the new.
 * Specification: docs/spec/identity-files.md, "Two phases"; docs/spec/identity.md, I5 to I8, I16.
 */
import { asError } from '../../base/error.ts'
import { equalBytes, fromHex, toHex } from '../../base/bytes.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Signer } from '../../crypto/ed25519.ts'
import type { KeyLog } from '../../identity/key-log.ts'
import { deactivate, recover, rotate } from '../../identity/log-change.ts'
import { commitmentOf } from '../../identity/log-entry.ts'
import { IdentityState } from '../../identity/state.ts'
import { NodeError } from '../error.ts'
import type { KeyFile } from '../key-file.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../native-crypto.ts'
import type { AipNode } from '../node.ts'
import { identityOf, lastEpoch } from '../own-identity.ts'
import { ownBranch, ownStanding } from '../own-standing.ts'
import { completeSuccession, dropSuccessor, prepareSuccessor } from '../succession.ts'
import {
  forgetReissue,
  planReissue,
  finishReissue,
  NOTHING_REISSUED,
  type Reissued,
} from './reissuing.ts'

/** How long a change of the log waits for peers to confirm it before the old key goes. */
const ACCEPTANCE_LIMIT_MS = 3 * SECOND_MS

/** What a change of the key says of the key that goes. */
export interface Outgoing {
  /** Nothing that it signed counts any more; what lives of it is issued anew. */
  readonly isCompromised: boolean
  /** With a compromised key: what came here from this moment on may be the thief's. */
  readonly stolenSinceMs?: number
}

export interface RotateOrder extends Outgoing {
  /** Seed of the rotation key that the log committed to. */
  readonly authority: Uint8Array
  /** Public key that may rotate next; left out, this was the last rotation before a recovery. */
  readonly rotationKey?: Uint8Array
}

export interface RecoverOrder extends Outgoing {
  /** Seed of the recovery key that the log committed to. */
  readonly authority: Uint8Array
  readonly rotationKey?: Uint8Array
  readonly recoveryKey?: Uint8Array
}

export interface Changed {
  /** The key that was replaced, or that the identity ended with. */
  readonly previousKeyHex: string
  /** Peers that confirmed to hold the new log. */
  readonly acknowledged: number
  readonly reissued: Reissued
}

/**
 * A new operational key, by the rotation key of the sheet.
 *
 * @throws {NodeError} `node/no-commitment`, `node/sheet-other`, `node/key-retired`,
 *   `node/deactivated`, `node/busy`; {IdentityError} `identity/log-full`. Nothing has changed then.
 */
export async function rotateKey(node: AipNode, order: RotateOrder): Promise<Changed> {
  const authority = nativeSigner(order.authority)
  return replaceKey(node, order, (log, operationalKey, reach) => {
    assertCommitted(log, 'rotation', authority)
    const { rotationKey } = order
    return rotate({
      log,
      authority,
      operationalKey,
      verifier: nativeVerifier,
      ...(rotationKey !== undefined && { rotationKey }),
      ...outgoing(order, reach),
    }).log
  })
}

/**
 * A new generation, by the recovery key of the sheet: rotations before it leave the log, and a fork of
 * rotations is settled. Works with a key that was rotated away by somebody else, too.
 *
 * @throws {NodeError} as {@link rotateKey}, but `node/key-retired`.
 */
export async function recoverIdentity(node: AipNode, order: RecoverOrder): Promise<Changed> {
  const authority = nativeSigner(order.authority)
  return replaceKey(
    node,
    order,
    (log, operationalKey, reach) =>
      recoveredLog(log, { ...order, operationalKey, authority }, reach),
    true,
  )
}

/** The log after a recovery. @throws {NodeError} `node/no-commitment`, `node/sheet-other`. */
export function recoveredLog(
  log: KeyLog,
  order: Omit<RecoverOrder, 'authority'> & {
    readonly authority: Signer
    readonly operationalKey: Uint8Array
  },
  reach: number | undefined,
): KeyLog {
  const { authority, operationalKey, rotationKey, recoveryKey } = order
  assertCommitted(log, 'recovery', authority)
  return recover({
    log,
    authority,
    operationalKey,
    verifier: nativeVerifier,
    ...(rotationKey !== undefined && { rotationKey }),
    ...(recoveryKey !== undefined && { recoveryKey }),
    ...outgoing(order, reach),
  }).log
}

/**
 * The end: nothing is signed for this agent any more. Records by keys of rotations since the last
 * recovery leave with it.
 *
 * @throws {NodeError} as {@link rotateKey}, but `node/key-retired`.
 */
export async function deactivateIdentity(
  node: AipNode,
  order: Outgoing & { readonly authority: Uint8Array },
): Promise<Changed> {
  const authority = nativeSigner(order.authority)
  const made = { previousKeyHex: '', acknowledged: 0 }
  await node.author.handOver(async () => {
    const { identity } = node
    const log = baseOf(node, true)
    const { keyHex } = lastEpoch(log)
    assertCommitted(log, 'recovery', authority)
    const ended = deactivate({
      log,
      authority,
      verifier: nativeVerifier,
      ...outgoing(order, await lastSequenceOf(node, keyHex)),
    }).log
    const content = { ...keyFileOf(identity), log: ended.bytes }
    made.acknowledged = await commit(node, content, ended)
    made.previousKeyHex = keyHex
    node.ended({ ...identity, log: ended })
    return identity.signer
  })
  return { ...made, reissued: NOTHING_REISSUED }
}

type Build = (log: KeyLog, operationalKey: Uint8Array, reach: number | undefined) => KeyLog

async function replaceKey(
  node: AipNode,
  order: Outgoing,
  build: Build,
  isRetiredFine = false,
): Promise<Changed> {
  const made = { previousKeyHex: '', acknowledged: 0 }
  await node.author.handOver(async () => {
    const log = baseOf(node, isRetiredFine)
    const { keyHex } = lastEpoch(log)
    const seed = randomSeed()
    const next = build(log, nativeSigner(seed).publicKey, await lastSequenceOf(node, keyHex))
    const { boxKey } = node.identity
    const content = { seed, log: next.bytes, ...(boxKey !== undefined && { boxKey }) }
    if (order.isCompromised) await planReissue(node, keyHex, order.stolenSinceMs)
    try {
      made.acknowledged = await commit(node, content, next)
    } catch (error) {
      if (order.isCompromised) await forgetReissue(node).catch(() => {})
      throw error
    }
    made.previousKeyHex = keyHex
    const successor = identityOf(content, node.keyFile)
    await node.become(successor)
    return successor.signer
  })
  const reissued = order.isCompromised ? await finishReissue(node) : NOTHING_REISSUED
  return { ...made, reissued }
}

/**
 * The three steps of a succession. What fails before the log is stored is undone; from then on there
 * is only forward, and a step that the disk refuses is finished by the next start.
 */
async function commit(node: AipNode, content: KeyFile, next: KeyLog): Promise<number> {
  const { keyFile } = node
  await prepareSuccessor(keyFile, content)
  try {
    await node.writer.putIdentity(IdentityState.of(next))
  } catch (error) {
    // With a successor on disk that the next start takes up, nothing more may be signed by this key.
    await dropSuccessor(keyFile).catch(() => {
      node.author.halt()
    })
    throw error
  }
  const acknowledged = await acceptedByPeers(node)
  try {
    await completeSuccession(keyFile)
  } catch (error) {
    node.warn(`The new key is in use, but its file was not put in place: ${asError(error).message}`)
  }
  return acknowledged
}

/** How many peers confirm the new log, while the old key still speaks for this node. */
async function acceptedByPeers(node: AipNode): Promise<number> {
  const { mesh, did } = node
  const state = node.identities.get(did)
  if (mesh === undefined || state === undefined || mesh.neighbours.count === 0) return 0
  try {
    const limit = AbortSignal.timeout(ACCEPTANCE_LIMIT_MS)
    return (await mesh.directory.publishIdentity(state, limit)).acknowledged
  } catch {
    return 0 // gossip has it too, and the node publishes it again under its new key
  }
}

/**
 * The log to build on: the best that is known of the branch that is ours.
 *
 * @throws {NodeError} `node/deactivated`, `node/key-retired`.
 */
function baseOf(node: AipNode, isRetiredFine: boolean): KeyLog {
  const { identity, did } = node
  const state = node.identities.get(did) ?? IdentityState.of(identity.log)
  const keyHex = toHex(identity.signer.publicKey)
  const standing = ownStanding(state, keyHex)
  if (standing === 'deactivated') throw new NodeError({ code: 'node/deactivated', did })
  const own = ownBranch(state, keyHex)
  if (own !== undefined) return own
  if (!isRetiredFine) throw new NodeError({ code: 'node/key-retired', did })
  return headLog(node)
}

/**
 * The best log that is known of this agent. Of two inceptions ours is the one in the key file; of two
 * rotations it does not matter, since a recovery keeps neither.
 */
export function headLog({ identity, identities, did }: AipNode): KeyLog {
  const { inception } = identity.log
  const branches: readonly KeyLog[] = identities.get(did)?.branches ?? []
  return branches.find((branch) => equalBytes(branch.inception, inception)) ?? identity.log
}

function assertCommitted(log: KeyLog, what: 'rotation' | 'recovery', authority: Signer): void {
  const parent =
    what === 'rotation'
      ? log.entries.at(-1)
      : log.entries.findLast(({ type }) => type === 'inception' || type === 'recovery')
  const commitment = what === 'rotation' ? parent?.rotationCommitment : parent?.recoveryCommitment
  if (commitment === undefined) throw new NodeError({ code: 'node/no-commitment', what })
  if (!equalBytes(commitment, commitmentOf(authority.publicKey))) {
    throw new NodeError({ code: 'node/sheet-other', did: log.did })
  }
}

/**
 * The last number that the outgoing key gave out, from the author, the store and all that is held by
 * it: a home whose store was lost must not cut off what peers still hold. Nothing known: no bound.
 */
async function lastSequenceOf(node: AipNode, keyHex: string): Promise<number | undefined> {
  const { author, store, evidence, did } = node
  const key = fromHex(keyHex)
  let last = Math.max(
    (await store.ownSequence(keyHex)) ?? 0,
    author.keyHex === keyHex ? author.sequence : 0,
  )
  for (const { record } of evidence.by(did)) {
    if (equalBytes(record.key, key)) last = Math.max(last, record.sequence)
  }
  return last === 0 ? undefined : last
}

/** `x` says enough; `q` is for a key that merely retired. */
function outgoing(
  { isCompromised }: Outgoing,
  reach: number | undefined,
): { readonly compromised?: true; readonly reach?: number } {
  if (isCompromised) return { compromised: true }
  return reach === undefined ? {} : { reach }
}

function keyFileOf({ seed, log, boxKey }: AipNode['identity']): KeyFile {
  return { seed, log: log.bytes, ...(boxKey !== undefined && { boxKey }) }
}
