/**
 * Before an agent is judged whose shard this node does not follow: asks peers that do, and says how
 * complete the answer is.
 *
 * What they answer goes through the pipeline, verified, into the store as borrowed records; the view
 * takes it from there. Specification: docs/spec/interest.md, "Questions about others".
 */
import type { Clock } from '../../base/clock.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { REFUSAL_VERDICT } from '../../p2p/gossip/verdict.ts'
import type { Asked } from '../../p2p/query/asker.ts'
import type { RecordId } from '../../records/record.ts'
import { shardOf } from '../../records/replica/lanes.ts'
import type { IdentityBook } from '../identity-book.ts'
import type { Interest } from '../interest/interest.ts'
import type { Mesh } from '../mesh.ts'
import { limited, subjectPeers } from './asking-around.ts'

/** Peers of the agent's shard that are asked, chosen by chance among those connected. */
export const FOLLOWERS_ASKED_LIMIT = 4
/** Peers nearest to its key in the DHT that are dialled and asked when fewer than enough answered. */
export const HOLDERS_ASKED_LIMIT = 4
/** So many that agree are taken for all there is. */
export const ENOUGH_ANSWERS = 3
const ASK_LIMIT_MS = 4 * SECOND_MS
const SEARCH_LIMIT_MS = 4 * SECOND_MS
/** An answer is good for this long, and none for this long. */
export const ANSWERED_MS = 10 * MINUTE_MS
export const UNANSWERED_MS = 30 * SECOND_MS
/** Agents whose answers are remembered; the oldest is forgotten first. */
export const ANSWERS_REMEMBERED_LIMIT = 1_024

/** How much of what the network holds about an agent is here. */
export interface Completeness {
  /** Whether its shard is followed, and has been for long enough. Then nobody is asked. */
  readonly followed: boolean
  readonly peersAsked: number
  /** Peers that hold something of it, or follow its shard and hold nothing. */
  readonly peersAnswered: number
  /** Of them, those that hold all that any of them holds. */
  readonly peersAgreed: number
  readonly askedAtMs: number | undefined
}

const FOLLOWED: Completeness = {
  followed: true,
  peersAsked: 0,
  peersAnswered: 0,
  peersAgreed: 0,
  askedAtMs: undefined,
}

/** Whether there is no reason to think that anything is missing. */
export function isComplete({ followed, peersAnswered, peersAgreed }: Completeness): boolean {
  return followed || (peersAnswered >= ENOUGH_ANSWERS && peersAgreed === peersAnswered)
}

/** What was answered lately, and what is being asked. */
export class Completions {
  readonly #answered = new Map<Did, Completeness>()
  readonly asking = new Map<Did, Promise<Completeness>>()

  get(did: Did, nowMs: number): Completeness | undefined {
    const answer = this.#answered.get(did)
    if (answer?.askedAtMs === undefined) return undefined
    const ageMs = nowMs - answer.askedAtMs
    return ageMs >= 0 && ageMs < (answer.peersAnswered > 0 ? ANSWERED_MS : UNANSWERED_MS)
      ? answer
      : undefined
  }

  put(did: Did, answer: Completeness): void {
    this.#answered.delete(did)
    this.#answered.set(did, answer)
    if (this.#answered.size <= ANSWERS_REMEMBERED_LIMIT) return
    const [oldest] = this.#answered.keys()
    if (oldest !== undefined) this.#answered.delete(oldest)
  }
}

/** Those who can be asked for all they hold. */
export interface Holders extends Pick<Mesh, 'askAll' | 'reachHolders'> {
  readonly neighbours: Pick<Mesh['neighbours'], 'connected' | 'known'>
  readonly gossip: Pick<Mesh['gossip'], 'peersOf'>
}

export interface CompletingNode {
  readonly network: { readonly shardBits: number }
  readonly identities: Pick<IdentityBook, 'get'>
  readonly interest: Pick<Interest, 'asked' | 'isSettled'>
  readonly completions: Completions
  readonly mesh: Holders | undefined
  readonly clock: Clock
}

/**
 * Asks for what is not followed, or gives the answer of a moment ago. Never fails: that nobody
 * answered is an answer.
 *
 * @param signal  Ends the waiting; what the question finds out serves the next caller.
 */
export async function complete(
  node: CompletingNode,
  did: Did,
  signal?: AbortSignal,
): Promise<Completeness> {
  node.interest.asked(did)
  return node.interest.isSettled(did) ? FOLLOWED : fetchAll(node, did, signal)
}

/** Asks for all that is held about an agent and by it, or gives the answer of a moment ago. */
export async function fetchAll(
  node: Omit<CompletingNode, 'interest'>,
  did: Did,
  signal?: AbortSignal,
): Promise<Completeness> {
  const known = node.completions.get(did, node.clock())
  if (known !== undefined) return known
  const { asking } = node.completions
  let question = asking.get(did)
  if (question === undefined) {
    question = askHolders(node, did).finally(() => asking.delete(did))
    asking.set(did, question)
  }
  return signal === undefined ? question : until(question, signal, node.clock())
}

async function until(
  question: Promise<Completeness>,
  signal: AbortSignal,
  nowMs: number,
): Promise<Completeness> {
  const waiting = Promise.withResolvers<Completeness>()
  const stop = (): void => {
    waiting.resolve({ ...FOLLOWED, followed: false, askedAtMs: nowMs })
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([question, waiting.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

interface Answer {
  readonly peer: string
  /** `undefined` when the peer did not answer. */
  readonly asked: Asked | undefined
}

async function askHolders(node: Omit<CompletingNode, 'interest'>, did: Did): Promise<Completeness> {
  const { mesh, network, completions } = node
  const followers = new Set(mesh?.gossip.peersOf(shardOf(did, network.shardBits)))
  const answers: Answer[] = []
  if (mesh !== undefined) {
    const connected = mesh.neighbours.connected.map(({ peerId }) => peerId)
    const own = subjectPeers(node, mesh, did).filter((peer) => connected.includes(peer))
    const others = connected.filter((peer) => followers.has(peer) && !own.includes(peer))
    const first = [...own, ...some(others, FOLLOWERS_ASKED_LIMIT)]
    answers.push(...(await askEach(mesh, first, did)))
    if (answers.filter(({ asked }) => asked?.found === true).length < ENOUGH_ANSWERS) {
      const further = await mesh.reachHolders(did, {
        except: new Set(first),
        limitCount: HOLDERS_ASKED_LIMIT,
        signal: AbortSignal.timeout(SEARCH_LIMIT_MS),
      })
      answers.push(...(await askEach(mesh, further, did)))
    }
  }
  const answer = { followed: false, ...counted(answers, followers), askedAtMs: node.clock() }
  completions.put(did, answer)
  return answer
}

async function askEach(
  mesh: Holders,
  peers: readonly string[],
  did: Did,
): Promise<readonly Answer[]> {
  const signal = limited(ASK_LIMIT_MS, undefined)
  return Promise.all(
    peers.map(async (peer) => {
      try {
        return { peer, asked: await mesh.askAll(peer, did, signal) }
      } catch {
        return { peer, asked: undefined } // the answer says how many did not answer
      }
    }),
  )
}

function counted(
  answers: readonly Answer[],
  followers: ReadonlySet<string>,
): Pick<Completeness, 'peersAsked' | 'peersAnswered' | 'peersAgreed'> {
  const answered = answers.flatMap(({ peer, asked }) =>
    // A peer that does not follow the shard and holds nothing says nothing.
    asked !== undefined && (asked.found || followers.has(peer)) ? [asked] : [],
  )
  const all = new Set<RecordId>(answered.flatMap(({ about }) => about))
  const agreed = answered.filter((asked) => asked.about.length === all.size && !isLying(asked))
  return {
    peersAsked: answers.length,
    peersAnswered: answered.length,
    peersAgreed: agreed.length,
  }
}

/** Whether it sent what no honest peer sends. */
function isLying({ refused }: Asked): boolean {
  return [...refused.keys()].some((code) => REFUSAL_VERDICT[code] === 'reject')
}

/** At most so many, by chance: nobody outside chooses whom this node asks. */
function some(peers: readonly string[], limitCount: number): readonly string[] {
  return peers
    .map((peer) => ({ peer, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, limitCount)
    .map(({ peer }) => peer)
}
