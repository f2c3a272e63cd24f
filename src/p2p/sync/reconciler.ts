/**
 * One reconciliation with one peer, either side of it, as a machine without input or output.
 *
 *     dialler   -> responder   HELLO
 *     responder -> dialler     HELLO, ROOTS
 *     dialler   -> responder   RANGES: a spine for each root that differs
 *     responder -> dialler     RANGES: what differs, divided further; GETs
 *     …                        in turns, until a turn says nothing and nothing is left to say
 *     both, at any time        RECS within the credit of the other side, CREDIT
 *     both, at last            DONE
 *
 * Sets may change between two steps: each answer is made from what is there when it is made. The
 * session ends by itself, in bounded work whatever the peer says; how long it may wait is the
 * driver's to limit. Specification: docs/spec/sync.md.
 */
import { BRANCHES } from '../../records/replica/key-tree-branch.ts'
import { floorKey, LOG_KEY_BYTES, RECORD_KEY_BYTES } from '../../records/replica/key-tree.ts'
import { ExchangeError } from '../query/error.ts'
import type { RefusedStatus } from '../query/status.ts'
import { Comparison, outOfBounds, type Findings, type Moment, type Topic } from './comparison.ts'
import { Cuts, SALT_BYTES, type CutMaker } from './cuts.ts'
import { Inflow } from './inflow.ts'
import {
  EAGER_LIMIT_CUTS,
  FETCH_LIMIT_KEYS,
  ROOTS_LIMIT_COUNT,
  SESSION_LIMITS,
  SHARD_RUNS_LIMIT,
  TURN_LIMIT_FRAMES,
  UNSERVED_LIMIT_RECORDS,
  WINDOW_LIMIT_BYTES,
  type SessionLimits,
} from './limits.ts'
import { Outflow } from './outflow.ts'
import { GetFrames, RangesFrames } from './packing.ts'
import { Pushes, rankOf } from './pushes.ts'
import { SYNC_LANES, type SyncSets } from './sets.ts'
import type { Fetch, Offer, Outcome, Step, SyncEnd, SyncProgress } from './step.ts'
import {
  bitCount,
  encodeMessage,
  parseMessage,
  type Get,
  type Hello,
  type Message,
  type Wanted,
  type Ranges,
  type Recs,
  type Root,
  type Roots,
  type TurnMark,
} from './wire.ts'

export function syncProtocol(network: string): string {
  return `/aip/${network}/sync/1.0.0`
}

export interface SyncOptions {
  /** The dialler begins. */
  readonly role: 'dialler' | 'responder'
  readonly network: string
  /** Of the network: both sides must agree. */
  readonly shardBits: number
  readonly sets: SyncSets
  /** For the peer's information only. */
  readonly nowMs: number
  /** 16 random bytes, new for each session. */
  readonly salt: Uint8Array
  /** What this side takes in before it is committed; {@link WINDOW_LIMIT_BYTES} by default. */
  readonly windowBytes?: number
  readonly limits?: Partial<SessionLimits>
  /** How hashes are cut: for tests of what a collision does. */
  readonly cutsOf?: (diallerSalt: Uint8Array, responderSalt: Uint8Array) => CutMaker
}

interface Saying {
  readonly comparison: Comparison
  readonly topic: Topic
}

export class SyncSession implements Findings {
  readonly #options: SyncOptions
  readonly #limits: SessionLimits
  readonly #inflow: Inflow
  readonly #pushes = new Pushes()
  readonly #outflow = new Outflow()
  /** By unit: the common shards of lane L, then those of lane 0, and so on. */
  readonly #comparisons = new Map<number, Comparison>()
  #shards: readonly number[] = []
  #floorsMs: readonly number[] = []
  readonly #moment: Moment = { step: 0 }
  #cuts: CutMaker | undefined
  #own: Hello | undefined

  // The turns.
  #isOwnTurn = false
  #isSettled = false
  #sayings: Saying[] = []
  /** Those that said something in this side's last turn. */
  readonly #speaking = new Set<Comparison>()
  readonly #picks: { comparison: Comparison; pick: Wanted }[] = []
  #nextRoot = 0
  #ownTurns = 0
  #peerTurns = 0
  #ownEntries = 0
  #peerEntries = 0
  #peerSaysAll = true
  #ownSaidAll = true
  /** In the turn that is going on. */
  #turnFrames: Record<'ranges' | 'roots' | 'get', number> = { ranges: 0, roots: 0, get: 0 }
  #turnSaid = false

  // The records.
  #isFetching = false
  #asked = 0
  #isCut = false
  #isDoneSent = false
  #peerDone: 'no' | 'complete' | 'cut' = 'no'

  #sentBytes = 0
  #receivedBytes = 0
  #skewMs: number | undefined
  #end: SyncEnd | undefined

  // Of the step that is being made.
  #send: Uint8Array[] = []
  #offers: Offer[] = []
  #fetch: Fetch | undefined

  /** @throws {RangeError} for a salt that is not 16 bytes. */
  constructor(options: SyncOptions) {
    if (options.salt.length !== SALT_BYTES) throw new RangeError('a salt of other than 16 bytes')
    this.#options = options
    this.#limits = { ...SESSION_LIMITS, ...options.limits }
    this.#inflow = new Inflow(options.windowBytes ?? WINDOW_LIMIT_BYTES, this.#limits)
  }

  /** To be called once, first: the dialler's HELLO; nothing for the responder. */
  begin(): Step {
    if (this.#options.role === 'dialler') this.#sayHello()
    return this.#step()
  }

  /** One frame came: a whole message without its length prefix, of any content. Never throws for it. */
  receive(frame: Uint8Array): Step {
    return this.#stepOf(() => {
      this.#receivedBytes += frame.length
      this.#take(parseMessage(frame))
    })
  }

  /** What the store gave for the open fetch, one for each key; `undefined` for what is gone. */
  provided(items: readonly (Uint8Array | undefined)[]): Step {
    return this.#stepOf(() => {
      if (!this.#isFetching) throw new Error('nothing was to be fetched')
      this.#isFetching = false
      this.#outflow.fill(items)
    })
  }

  /** An offer is committed: one outcome for each of its items. Grants the peer credit. */
  taken(offerId: number, outcomes: readonly Outcome[]): Step {
    return this.#stepOf(() => this.#inflow.taken(offerId, outcomes))
  }

  /** Ends the session from this side: tells the peer why and fails with `p2p/cancelled`. */
  stop(status: RefusedStatus): Step {
    return this.#stepOf(() => {
      this.#send.push(refusalFrame(status))
      this.#end = { kind: 'failed', error: new ExchangeError({ code: 'p2p/cancelled' }) }
    })
  }

  get progress(): SyncProgress {
    const { received, fresh, receivedRecordBytes } = this.#inflow
    const { waiting, sent, sentRecordBytes } = this.#outflow
    return {
      toSend: this.#pushes.count + waiting,
      toReceive: Math.max(0, this.#asked - received),
      sent,
      received,
      fresh,
      sentRecordBytes,
      receivedRecordBytes,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      turns: this.#ownTurns + this.#peerTurns,
      skewMs: this.#skewMs,
    }
  }

  lacksRange(comparison: Comparison, lowest: Uint8Array, above: Uint8Array | undefined): void {
    if (!this.#isCut) this.#pushes.addRange(comparison, lowest, above)
  }

  lacksKeys(comparison: Comparison, keys: readonly Uint8Array[]): void {
    if (!this.#isCut) this.#pushes.addKeys(comparison, keys)
  }

  toSay(comparison: Comparison, topic: Topic): void {
    if (!this.#isCut) this.#sayings.push({ comparison, topic })
  }

  wants(comparison: Comparison, pick: Wanted): void {
    this.#picks.push({ comparison, pick })
    this.#asked += pick.bits.reduce((sum, byte) => sum + bitCount(byte), 0)
  }

  /** Carries a change out; whatever the peer is to blame for ends the session. */
  #stepOf(change: () => void): Step {
    if (this.#end !== undefined) return this.#step()
    this.#moment.step++
    try {
      change()
      if (this.#end === undefined) this.#goOn()
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error
      if (error.fault.code !== 'p2p/answer-refused') this.#send.push(refusalFrame('BAD_REQUEST'))
      this.#end = { kind: 'failed', error }
    }
    return this.#step()
  }

  #step(): Step {
    const step = { send: this.#send, fetch: this.#fetch, offers: this.#offers, end: this.#end }
    for (const frame of this.#send) this.#sentBytes += frame.length
    this.#send = []
    this.#offers = []
    this.#fetch = undefined
    return step
  }

  #say(message: Message): void {
    this.#send.push(encodeMessage(message))
  }

  #take(message: Message): void {
    if (message.kind === 'err') {
      throw new ExchangeError({ code: 'p2p/answer-refused', status: message.status })
    }
    if (message.kind === 'hello') {
      this.#takeHello(message)
      return
    }
    if (this.#cuts === undefined) throw outOfBounds('a message before HELLO')
    switch (message.kind) {
      case 'roots':
        this.#takeRoots(message)
        return
      case 'ranges':
        this.#takeRanges(message)
        return
      case 'get':
        this.#takeGet(message)
        return
      case 'recs':
        this.#takeRecs(message)
        return
      case 'credit':
        this.#outflow.grant(message.bytes)
        return
      case 'done':
        this.#takeDone(message.isComplete)
        return
    }
  }

  #sayHello(): void {
    const {
      network,
      shardBits,
      sets,
      nowMs,
      salt,
      windowBytes = WINDOW_LIMIT_BYTES,
    } = this.#options
    const floorsMs = SYNC_LANES.flatMap((lane) => (lane === 'L' ? [] : [sets.floorMs(lane)]))
    const shards = withinRuns(sets.shards())
    this.#own = { kind: 'hello', network, shardBits, nowMs, salt, shards, floorsMs, windowBytes }
    this.#say(this.#own)
  }

  #takeHello(peer: Hello): void {
    if (this.#cuts !== undefined) throw outOfBounds('a second HELLO')
    const { network, shardBits, nowMs, role } = this.#options
    if (peer.network !== network || peer.shardBits !== shardBits) {
      throw outOfBounds('another network')
    }
    if (role === 'responder') this.#sayHello()
    const own = this.#own
    if (own === undefined) throw new Error('the session has not begun')
    const salts =
      role === 'dialler' ? ([own.salt, peer.salt] as const) : ([peer.salt, own.salt] as const)
    const { cutsOf = (dialler, responder) => new Cuts(dialler, responder) } = this.#options
    this.#cuts = cutsOf(...salts)
    const theirs = new Set(peer.shards)
    this.#shards = own.shards.filter((shard) => theirs.has(shard))
    this.#floorsMs = own.floorsMs.map((floor, lane) => Math.max(floor, peer.floorsMs[lane] ?? 0))
    this.#skewMs = peer.nowMs - nowMs
    this.#outflow.grant(peer.windowBytes)
    this.#isOwnTurn = role === 'responder'
  }

  get #unitCount(): number {
    return this.#shards.length * SYNC_LANES.length
  }

  #comparison(unit: number): Comparison {
    const known = this.#comparisons.get(unit)
    if (known !== undefined) return known
    const shard = this.#shards[unit % this.#shards.length]
    const lane = SYNC_LANES[Math.floor(unit / this.#shards.length)]
    if (shard === undefined || lane === undefined) throw outOfBounds('a shard that is not common')
    if (this.#cuts === undefined) throw new Error('no HELLO yet')
    const { sets } = this.#options
    const isLog = lane === 'L'
    const floorMs = isLog ? 0 : (this.#floorsMs[lane] ?? 0)
    const comparison = new Comparison(
      {
        unit,
        shard,
        lane,
        keyBytes: isLog ? LOG_KEY_BYTES : RECORD_KEY_BYTES,
        floor: floorMs > 0 ? floorKey(floorMs) : undefined,
        tree: () => sets.tree(shard, lane),
      },
      { cuts: this.#cuts, findings: this, moment: this.#moment },
    )
    this.#comparisons.set(unit, comparison)
    return comparison
  }

  #takeRoots({ turn, first, roots }: Roots): void {
    this.#assertPeersTurn('roots')
    if (this.#options.role !== 'dialler') throw outOfBounds('roots of the dialler')
    if (first !== this.#nextRoot || first + roots.length > this.#unitCount) {
      throw outOfBounds('roots out of order')
    }
    this.#nextRoot += roots.length
    for (const [index, root] of roots.entries()) this.#comparison(first + index).takeRoot(root)
    this.#turnSaid = true
    if (turn !== 0) this.#endPeersTurn(turn)
  }

  #takeRanges({ turn, groups }: Ranges): void {
    this.#assertPeersTurn('ranges')
    for (const { unit, items } of groups) {
      this.#peerEntries += items.length
      if (this.#peerEntries > this.#limits.entries) throw outOfBounds('too many entries')
      const comparison = this.#comparison(unit)
      for (const entry of items) comparison.take(entry)
      comparison.endFrame()
      this.#turnSaid = true
    }
    if (turn !== 0) this.#endPeersTurn(turn)
  }

  #takeGet({ groups }: Get): void {
    this.#assertPeersTurn('get')
    for (const { unit, items } of groups) {
      const comparison = this.#comparison(unit)
      for (const pick of items) comparison.takePick(pick)
    }
  }

  #assertPeersTurn(kind: 'ranges' | 'roots' | 'get'): void {
    if (this.#isOwnTurn || this.#isSettled) throw outOfBounds('a message out of turn')
    this.#turnFrames[kind]++
    if (this.#turnFrames[kind] > TURN_LIMIT_FRAMES) throw outOfBounds('too many frames in a turn')
  }

  #endPeersTurn(turn: TurnMark): void {
    this.#peerTurns++
    if (this.#peerTurns > this.#limits.turns) throw outOfBounds('too many turns')
    this.#peerSaysAll = turn === 2
    this.#isSettled = !this.#turnSaid && this.#peerSaysAll && this.#ownSaidAll
    this.#beginTurn()
    this.#isOwnTurn = !this.#isSettled
  }

  #beginTurn(): void {
    this.#turnFrames = { ranges: 0, roots: 0, get: 0 }
    this.#turnSaid = false
  }

  #goOn(): void {
    if (this.#cuts === undefined) return
    if (this.#isOwnTurn) this.#takeTurn()
    this.#fill()
    const { frames, isCut } = this.#outflow.frames(this.#limits.recordBytes, this.#isFlushing)
    for (const frame of frames) this.#say(frame)
    if (isCut) this.#cut()
    // What was sent has made room for more.
    this.#fill()
    const credit = this.#peerDone === 'no' ? this.#inflow.credit() : 0
    if (credit > 0) this.#say({ kind: 'credit', bytes: credit })
    this.#finish()
  }

  get #isFlushing(): boolean {
    return this.#pushes.isEmpty && !this.#isFetching
  }

  /** Says all that there is to say, within one turn's bounds. */
  #takeTurn(): void {
    for (const comparison of this.#speaking) comparison.closeLists()
    this.#speaking.clear()
    this.#ownTurns++
    if (this.#ownTurns >= this.#limits.turns) this.#cut()
    const messages: (Roots | Ranges | Get)[] = [
      ...this.#roots(),
      ...this.#gets(),
      ...this.#ranges(),
    ]
    const hasSaid = messages.some(({ kind }) => kind !== 'get')
    const isAll = this.#sayings.length === 0 && this.#allRootsAreSaid
    const turn: TurnMark = isAll ? 2 : 1
    const last = messages.at(-1)
    if (last === undefined || last.kind === 'get') {
      messages.push({ kind: 'ranges', turn, groups: [] })
    } else messages[messages.length - 1] = { ...last, turn }
    for (const message of messages) this.#say(message)
    this.#ownSaidAll = isAll
    this.#isOwnTurn = false
    this.#isSettled = !hasSaid && isAll && this.#peerSaysAll
  }

  get #allRootsAreSaid(): boolean {
    return this.#options.role === 'dialler' || this.#nextRoot >= this.#unitCount || this.#isCut
  }

  *#roots(): Generator<Roots> {
    if (this.#options.role === 'dialler') return
    for (let frames = 0; frames < TURN_LIMIT_FRAMES && !this.#allRootsAreSaid; frames++) {
      const first = this.#nextRoot
      const to = Math.min(this.#unitCount, first + ROOTS_LIMIT_COUNT)
      const roots: Root[] = []
      for (let unit = first; unit < to; unit++) roots.push(this.#comparison(unit).sayRoot())
      this.#nextRoot = to
      yield { kind: 'roots', turn: 0, first, roots }
    }
  }

  #gets(): readonly Get[] {
    const frames = new GetFrames()
    for (const { comparison, pick } of this.#picks) frames.add(comparison.unit, pick)
    this.#picks.length = 0
    return frames.finish()
  }

  /** Key logs first, then revocations, then the newest. */
  #ranges(): readonly Ranges[] {
    this.#sayings.sort(compareSayings)
    const frames = new RangesFrames()
    let cuts = EAGER_LIMIT_CUTS
    let said = 0
    for (const { comparison, topic } of this.#sayings) {
      if (frames.isFull) break
      const entries = comparison.say(topic, cuts)
      cuts -= (entries.length - 1) * BRANCHES
      this.#ownEntries += entries.length
      this.#speaking.add(comparison)
      frames.add(comparison.unit, entries, Math.floor(cuts / BRANCHES))
      said++
      const [first] = entries
      if (first?.kind === 'list' && first.ids.length === 0) this.#asked++
      if (this.#ownEntries > this.#limits.entries - MOST_ENTRIES_AT_ONCE) break
    }
    this.#sayings.splice(0, said)
    if (this.#ownEntries > this.#limits.entries - MOST_ENTRIES_AT_ONCE) this.#cut()
    return frames.finish()
  }

  /** A limit of the session is reached: no more is said or sent. */
  #cut(): void {
    this.#isCut = true
    this.#sayings = []
    this.#pushes.clear()
    this.#outflow.clear()
  }

  #fill(): void {
    if (this.#isFetching || !this.#outflow.hasRoom) return
    const batch = this.#pushes.take(FETCH_LIMIT_KEYS)
    if (batch === undefined) return
    const { comparison, keys } = batch
    const { unit, shard, lane } = comparison
    this.#isFetching = true
    this.#outflow.expect(unit, keys.length)
    this.#fetch = { shard, lane, keys }
  }

  #takeRecs({ groups }: Recs): void {
    if (this.#peerDone !== 'no') throw outOfBounds('records after DONE')
    for (const { unit, items } of groups) {
      const comparison = this.#comparison(unit)
      comparison.takeRecords(items.length)
      const { shard, lane } = comparison
      this.#offers.push({ id: this.#inflow.take(items), shard, lane, items })
    }
  }

  #takeDone(isComplete: boolean): void {
    if (this.#peerDone !== 'no') throw outOfBounds('a second DONE')
    if (!this.#isSettled) throw outOfBounds('DONE before all is said')
    this.#peerDone = isComplete ? 'complete' : 'cut'
    const isShort = 2 * this.#inflow.received + UNSERVED_LIMIT_RECORDS < this.#asked
    if (isComplete && isShort) throw outOfBounds('records that were named and not sent')
    if (!isComplete && !this.#isNearLimit) throw outOfBounds('a limit that is not near')
  }

  /** Whether the peer has used half of what it may cost in any respect. */
  get #isNearLimit(): boolean {
    const { turns, entries, recordBytes } = this.#limits
    return (
      2 * this.#peerTurns >= turns ||
      2 * this.#peerEntries >= entries ||
      2 * this.#inflow.receivedRecordBytes >= recordBytes
    )
  }

  #finish(): void {
    const isIdle = this.#pushes.isEmpty && !this.#isFetching && this.#outflow.isEmpty
    if (this.#isSettled && isIdle && !this.#isDoneSent) {
      this.#isDoneSent = true
      this.#say({ kind: 'done', isComplete: !this.#isCut })
    }
    if (this.#isDoneSent && this.#peerDone !== 'no' && this.#inflow.isEmpty) {
      this.#end = { kind: 'finished', isComplete: !this.#isCut && this.#peerDone === 'complete' }
    }
  }
}

/** More than one range and the children that are described with it. */
const MOST_ENTRIES_AT_ONCE = 1 + EAGER_LIMIT_CUTS / BRANCHES

function compareSayings(a: Saying, b: Saying): number {
  const rank = rankOf(a.comparison.lane) - rankOf(b.comparison.lane)
  if (rank !== 0) return rank
  const [one, other] = [a.topic.range.path, b.topic.range.path]
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = (other[at] ?? 0) - (one[at] ?? 0)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** As many of the first shards as a HELLO can name. */
function withinRuns(shards: readonly number[]): readonly number[] {
  let runs = 0
  const end = shards.findIndex((shard, index) => {
    if (index === 0 || shards[index - 1] !== shard - 1) runs++
    return runs > SHARD_RUNS_LIMIT
  })
  return end === -1 ? shards : shards.slice(0, end)
}

/** A frame that refuses a session before it begins, or ends it: `ERR`. */
export function refusalFrame(status: RefusedStatus): Uint8Array {
  return encodeMessage({ kind: 'err', status })
}
