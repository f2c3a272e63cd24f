/**
 * Asks others for the key log of an agent: connected peers, then the DHT, then the agent's own node.
 *
 * What they answer goes through the pipeline into the book of identities, joined with what is held;
 * here it only matters whether anybody had something. Specification: docs/spec/resolution.md.
 */
import { asError } from '../../base/error.ts'
import type { Clock } from '../../base/clock.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import type { AnsweredBy, Confirmations } from '../confirmations.ts'
import type { IdentityBook } from '../identity-book.ts'
import type { Writer } from '../ingest/writer.ts'
import type { Mesh } from '../mesh.ts'

/** Peers asked at a time, and for how long. */
const ASKED_PEERS_LIMIT = 6
const ASK_LIMIT_MS = 4 * SECOND_MS
/** How long the others may still add to what one peer has served. */
export const ASK_SETTLE_MS = SECOND_MS
const DHT_LIMIT_MS = 8 * SECOND_MS
/** Nodes that may be the agent's own. */
const SUBJECT_PEERS_LIMIT = 2

/** Those who can be asked. */
export interface Askable extends Pick<Mesh, 'askIdentity' | 'askAll'> {
  readonly neighbours: Pick<Mesh['neighbours'], 'connected' | 'known'>
  readonly directory: Pick<Mesh['directory'], 'resolveIdentity'>
}

/** What asking needs of a node. */
export interface AskingNode {
  readonly identities: Pick<IdentityBook, 'get'>
  readonly writer: Pick<Writer, 'putIdentity'>
  /** Absent when the node speaks with nobody. */
  readonly mesh: Askable | undefined
  readonly confirmations: Confirmations
  readonly questions: Questions
  readonly clock: Clock
}

export interface Answered {
  readonly source: AnsweredBy
  /** Peers that were asked, or answered in the DHT. */
  readonly peersAsked: number
}

export interface NotAnswered {
  readonly source: undefined
  readonly peersAsked: number
  /** Why the DHT gave no answer, when it was asked and broke. */
  readonly cause: Error | undefined
}

/** Questions under way: who asks the same meanwhile waits for the same answer. */
export type Questions = Map<Did, Promise<Answered | NotAnswered>>

/**
 * Asks, or waits for the same question of somebody else. When somebody answered, what was said is in
 * the book, unless the book is full.
 *
 * @param signal  Ends the waiting; the question itself has limits of its own, and what it finds out
 *   serves the next caller.
 */
export async function askAround(
  node: AskingNode,
  did: Did,
  signal?: AbortSignal,
): Promise<Answered | NotAnswered> {
  const { mesh, questions } = node
  if (mesh === undefined) return NOBODY
  let question = questions.get(did)
  if (question === undefined) {
    question = askOnce(node, mesh, did)
    questions.set(did, question)
  }
  return signal === undefined ? question : until(question, signal)
}

const NOBODY: NotAnswered = { source: undefined, peersAsked: 0, cause: undefined }

async function askOnce(node: AskingNode, mesh: Askable, did: Did): Promise<Answered | NotAnswered> {
  try {
    const answered = await ask(node, mesh, did)
    node.confirmations.asked(did, node.clock(), answered.source)
    return answered
  } finally {
    node.questions.delete(did)
  }
}

/** The answer, or that there is none yet when the signal fires. */
async function until(
  question: Promise<Answered | NotAnswered>,
  signal: AbortSignal,
): Promise<Answered | NotAnswered> {
  if (signal.aborted) return NOBODY
  const waiting = Promise.withResolvers<NotAnswered>()
  const stop = (): void => {
    waiting.resolve(NOBODY)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([question, waiting.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function ask(node: AskingNode, mesh: Askable, did: Did): Promise<Answered | NotAnswered> {
  // Those that this node dialled come first: whoever wants to crowd out the others dials in.
  const connected = mesh.neighbours.connected
    .toSorted((a, b) => Number(a.direction === 'inbound') - Number(b.direction === 'inbound'))
    .map(({ peerId }) => peerId)
  const subjects = subjectPeers(node, mesh, did)
  // The agent's own node, when it is connected, knows best.
  const peers = [
    ...subjects.filter((peer) => connected.includes(peer)),
    ...connected.filter((peer) => !subjects.includes(peer)),
  ].slice(0, ASKED_PEERS_LIMIT)
  if (await askPeers(mesh, peers, did)) return { source: 'peer', peersAsked: peers.length }

  let peersAsked = peers.length
  let cause: Error | undefined
  try {
    const found = await mesh.directory.resolveIdentity(did, {
      signal: AbortSignal.timeout(DHT_LIMIT_MS),
    })
    if (found !== undefined) {
      await node.writer.putIdentity(found.state)
      peersAsked += found.answered
      // What this node put there itself is no answer.
      if (found.withValue > 0) return { source: 'dht', peersAsked }
    }
  } catch (thrown) {
    cause = asError(thrown)
  }

  const unasked = subjects.filter((peer) => !peers.includes(peer))
  peersAsked += unasked.length
  if (await askPeers(mesh, unasked, did)) return { source: 'subject', peersAsked }
  return { source: undefined, peersAsked, cause }
}

/**
 * Whether one of them at least gave a value that holds. Done when all have answered, a while after
 * one has, or at the limit: a silent peer holds nobody up.
 */
async function askPeers(mesh: Askable, peers: readonly string[], did: Did): Promise<boolean> {
  if (peers.length === 0) return false
  const limit = AbortSignal.timeout(ASK_LIMIT_MS)
  const enough = Promise.withResolvers<undefined>()
  let isTaken = false
  let timer: NodeJS.Timeout | undefined
  const answers = peers.map(async (peer) => {
    try {
      if ((await mesh.askIdentity(peer, did, limit))?.kind !== 'taken') return
      isTaken = true
      timer ??= setTimeout(() => enough.resolve(undefined), ASK_SETTLE_MS)
    } catch {
      // One peer that does not answer is no reason not to hear the others.
    }
  })
  await Promise.race([Promise.all(answers), enough.promise])
  clearTimeout(timer)
  return isTaken
}

/** Nodes that the agent's key names, and those that an invite named it with. */
export function subjectPeers(
  node: Pick<AskingNode, 'identities'>,
  mesh: Pick<Askable, 'neighbours'>,
  did: Did,
): readonly string[] {
  const keys = (node.identities.get(did)?.branches ?? []).flatMap(({ current }) =>
    current === undefined ? [] : [peerIdOfKey(current.key)],
  )
  const noted = mesh.neighbours.known.flatMap((note) => (note.did === did ? [note.peerId] : []))
  return [...new Set([...keys, ...noted])].slice(0, SUBJECT_PEERS_LIMIT)
}

export function limited(limitMs: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(limitMs)
  return signal === undefined ? limit : AbortSignal.any([limit, signal])
}
