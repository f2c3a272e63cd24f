/**
 * 24 nodes that follow different shards and meet in pairs, round after round. Of what one sends the
 * other a tenth is lost, and the rest arrives in any order, key logs among the records.
 */
import type { IdentityState } from '../../src/identity/state.ts'
import { IdentityBook } from '../../src/node/identity-book.ts'
import type { RecordId } from '../../src/records/record.ts'
import { LANES, laneFloorMs, laneOf } from '../../src/records/replica/lanes.ts'
import { judgeTime } from '../../src/records/verified.ts'
import { admitted, type Standing } from '../records/replica/reference.ts'
import { createRule, type AdmissionRule, type RuleName } from './admission-rules.ts'
import { Dice } from './dice.ts'
import { LAST_BIRTH_ROUND, LIMITS, NODE_COUNT, ROUND_MS, START_MS, createWorld } from './world.ts'
import type { Item, World } from './world.ts'

const LOSS = 0.1
/** Peers that each node meets in a round. */
const MEETINGS = 3
/** The floors of the lanes step on in the first rounds, and would again after these. */
export const ROUND_COUNT = 16

export interface Outcome {
  readonly nodes: number
  /** Different records that were said. */
  readonly records: number
  /** Of them, those that are admitted when all are judged at once. */
  readonly admitted: number
  /** From the last record on until all followers of each shard agreed; `undefined`: they never did. */
  readonly roundsToAgree: number | undefined
  /** Pairs of node and shard whose set is another than somebody else's, at the end. */
  readonly disagreeing: number
  /** Pairs of node and shard whose set is another than that of all records at once. */
  readonly wrong: number
  /** Records and key logs sent in the last round. */
  readonly sentLast: number
}

/** @param roundCount - rounds in all, those among them in which something is said */
export function simulate(
  seed: number,
  ruleName: RuleName,
  { roundCount = ROUND_COUNT, withLeaving = false, withRobbed = false } = {},
): Outcome {
  const dice = new Dice(seed)
  const world = createWorld(dice, { withLeaving, withRobbed })
  const nodes = world.following.map(
    (shards, at) =>
      new SimulatedNode(
        shards,
        world.clockOffsetsMs[at] ?? 0,
        createRule(ruleName, world.rules),
        world,
      ),
  )
  let agreedFrom: number | undefined
  let sentLast = 0
  for (let round = 0; round < roundCount; round++) {
    const timeMs = START_MS + round * ROUND_MS
    for (const node of nodes) node.roundBegins(timeMs)
    for (const birth of dice.shuffled(world.births)) {
      if (birth.round !== round) continue
      const node = nodes[birth.node]
      for (const state of birth.states) node?.takeIdentity(state)
      for (const item of birth.items) node?.take(item, true)
    }
    sentLast = 0
    for (const node of dice.shuffled(nodes)) {
      const others = nodes.filter((other) => other !== node && node.sharesShardsWith(other))
      for (const other of dice.some(others, MEETINGS)) sentLast += meet(node, other, dice)
    }
    if (round < LAST_BIRTH_ROUND || disagreeing(nodes) > 0) agreedFrom = undefined
    else agreedFrom ??= round
  }
  const all = said(world)
  const expected = expectedOf(world, all, START_MS + (roundCount - 1) * ROUND_MS)
  return {
    nodes: NODE_COUNT,
    records: all.length,
    admitted: expected.size,
    roundsToAgree: agreedFrom === undefined ? undefined : agreedFrom - LAST_BIRTH_ROUND,
    disagreeing: disagreeing(nodes),
    wrong: wrong(nodes, all, expected),
    sentLast,
  }
}

class SimulatedNode {
  readonly shards: ReadonlySet<number>
  readonly book: IdentityBook
  readonly #held = new Map<number, Map<RecordId, Item>>()
  readonly #rule: AdmissionRule
  readonly #clockOffsetMs: number
  #nowMs = 0

  constructor(
    shards: ReadonlySet<number>,
    clockOffsetMs: number,
    rule: AdmissionRule,
    { rules }: World,
  ) {
    this.shards = shards
    this.#clockOffsetMs = clockOffsetMs
    this.#rule = rule
    this.book = new IdentityBook(rules.workBits)
  }

  get floorsMs(): readonly number[] {
    return LANES.map((lane) => laneFloorMs(lane, this.#nowMs))
  }

  roundBegins(timeMs: number): void {
    this.#nowMs = timeMs + this.#clockOffsetMs
    this.#rule.roundBegins()
    this.#drop(this.#rule.expire(this.#nowMs))
  }

  sharesShardsWith(other: SimulatedNode): boolean {
    return !this.shards.isDisjointFrom(other.shards)
  }

  /** R4, R5, R8 and R10, as the pipeline and the writer do them. */
  take(item: Item, isOwn = false): void {
    const { record } = item
    if (!this.shards.has(item.shard) || judgeTime(record, this.#nowMs) !== undefined) return
    const place = this.book.place(record.issuer, record.key)
    if (place === undefined) return
    const { admit, evict } = this.#rule.offer(item, place, this.#nowMs, isOwn)
    if (!admit) return
    this.heldIn(item.shard).set(item.id, item)
    this.#drop(evict)
  }

  takeIdentity(state: IdentityState): void {
    const before = this.book.get(state.did)
    const joined = before === undefined ? state : before.join(state)
    if (joined === before) return
    this.book.set(joined)
    this.#drop(this.#rule.rejudge(state.did, (keyHex) => this.book.placeIn(joined, keyHex)))
  }

  heldIn(shard: number): Map<RecordId, Item> {
    let held = this.#held.get(shard)
    if (held === undefined) this.#held.set(shard, (held = new Map()))
    return held
  }

  /** Whether a peer need not offer this record. */
  isDone({ id, shard }: Item): boolean {
    return this.heldIn(shard).has(id) || this.#rule.isDone(id)
  }

  /** Sorted ids of one shard. */
  idsIn(shard: number): string {
    return [...this.heldIn(shard).keys()].toSorted().join()
  }

  #drop(ids: readonly RecordId[]): void {
    for (const id of ids) for (const held of this.#held.values()) held.delete(id)
  }
}

/** Both sides find out what the other lacks, and send it; answers how much they sent. */
function meet(a: SimulatedNode, b: SimulatedNode, dice: Dice): number {
  const shared = a.shards.intersection(b.shards)
  const floorsMs = a.floorsMs.map((floorMs, lane) => Math.max(floorMs, b.floorsMs[lane] ?? 0))
  const deliveries = dice.shuffled([
    ...lacking(a, b, shared, floorsMs),
    ...lacking(b, a, shared, floorsMs),
  ])
  for (const deliver of deliveries) if (!dice.chance(LOSS)) deliver()
  return deliveries.length
}

function lacking(
  from: SimulatedNode,
  to: SimulatedNode,
  shards: ReadonlySet<number>,
  floorsMs: readonly number[],
): readonly (() => void)[] {
  const held = [...shards].flatMap((shard) => [...from.heldIn(shard).values()])
  const records = held.filter(
    (item) => item.record.issuedAtMs >= (floorsMs[laneOf(item.record)] ?? 0) && !to.isDone(item),
  )
  const issuers = new Set(held.map(({ record }) => record.issuer))
  const identities = [...issuers].flatMap((did) => {
    const [mine, theirs] = [from.book.get(did), to.book.get(did)]
    if (mine === undefined || mine === theirs) return []
    return theirs !== undefined && mine.compare(theirs) === 0 ? [] : [mine]
  })
  return [
    ...records.map((item) => () => to.take(item)),
    ...identities.map((state) => () => to.takeIdentity(state)),
  ]
}

/** Followers of a shard that hold another set than the first of its followers. */
function disagreeing(nodes: readonly SimulatedNode[]): number {
  let count = 0
  for (const shard of shardsOf(nodes)) {
    const sets = nodes.filter(({ shards }) => shards.has(shard)).map((node) => node.idsIn(shard))
    count += sets.filter((ids) => ids !== sets[0]).length
  }
  return count
}

function wrong(
  nodes: readonly SimulatedNode[],
  all: readonly Item[],
  expected: ReadonlySet<RecordId>,
): number {
  let count = 0
  for (const shard of shardsOf(nodes)) {
    const right = all
      .filter((item) => item.shard === shard && expected.has(item.id))
      .map(({ id }) => id)
    const ids = right.toSorted().join()
    count += nodes
      .filter(({ shards }) => shards.has(shard))
      .filter((node) => node.idsIn(shard) !== ids).length
  }
  return count
}

function shardsOf(nodes: readonly SimulatedNode[]): ReadonlySet<number> {
  return new Set(nodes.flatMap(({ shards }) => [...shards]))
}

function said({ births }: World): readonly Item[] {
  return [...new Map(births.flatMap(({ items }) => items).map((item) => [item.id, item])).values()]
}

/** All records at once, judged by all key logs at once, in the plain words of the reference. */
function expectedOf(
  { rules, births }: World,
  all: readonly Item[],
  nowMs: number,
): ReadonlySet<RecordId> {
  const book = new IdentityBook(rules.workBits)
  for (const state of births.flatMap(({ states }) => states)) {
    book.set(book.get(state.did)?.join(state) ?? state)
  }
  const standing = all.flatMap((item): Standing[] => {
    const place = book.place(item.record.issuer, item.record.key)
    return place === undefined ? [] : [{ ...item, place }]
  })
  return admitted(standing, rules, LIMITS, nowMs)
}
