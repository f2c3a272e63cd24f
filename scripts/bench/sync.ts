/**
 * What a reconciliation costs beside the records that it moves, for sets that differ in little.
 *
 *     npm run bench:sync -- [--large N] [--small N] [--json]
 *
 * Two sessions talk in memory; what stands for a record is its key. Bytes are all frames but RECS,
 * with their lengths, HELLO and DONE included; round trips are counted from when the dialler's HELLO
 * has come; CPU is the time of one side's steps, reading and taking records apart. Beside it stand
 * d × 32 bytes (the ids of the differences, if somebody knew them), all ids of one side, and
 * range-based set reconciliation with Negentropy's published parameters in an implementation of our
 * own (`parts/range-sets.ts`). Exits 1 when a figure misses its bar.
 */
import { randomFillSync } from 'node:crypto'
import { DAY_MS } from '../../src/base/units.ts'
import { SyncSession } from '../../src/p2p/sync/reconciler.ts'
import { SYNC_LANES, type SyncLane, type SyncSets } from '../../src/p2p/sync/sets.ts'
import type { Step } from '../../src/p2p/sync/step.ts'
import { parseMessage } from '../../src/p2p/sync/wire.ts'
import { KeyTree, LOG_KEY_BYTES, RECORD_KEY_BYTES } from '../../src/records/replica/key-tree.ts'
import { rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { rangeSetsCost } from './parts/range-sets.ts'

const OPTIONS = {
  large: { least: 20_000, most: 4_000_000, fallback: 1_000_000, meaning: 'keys in the large sets' },
  small: { least: 20_000, most: 4_000_000, fallback: 100_000, meaning: 'keys in the small sets' },
}

/** Records issued evenly over the middle lane's days. */
const SPAN_MS = 90 * DAY_MS
const NOW_MS = 1_800_000_000_000
const LANE: SyncLane = 2
const SHARD_BITS = 6
const ID_BYTES = 32
const TIME_BYTES = RECORD_KEY_BYTES - ID_BYTES

/** Who lacks what: `missing` the dialler, `lagging` the responder, `both` half each. */
type Kind = 'equal' | 'missing' | 'lagging' | 'both' | 'scattered'

interface Case {
  readonly keys: number
  readonly differing: number
  readonly kind: Kind
  readonly shards: number
}

interface Figures {
  readonly sentBytes: number
  readonly answeredBytes: number
  readonly envelopeBytes: number
  readonly rootsBytes: number
  readonly roundTrips: number
  readonly dialler: number
  readonly responder: number
}

interface Result extends Case, Figures {
  readonly bytes: number
  readonly perDifference: number
  readonly rangeSetsBytes: number
  readonly rangeSetsRoundTrips: number
  readonly missed: readonly string[]
}

/** Keys in order, side by side. */
function madeKeys(count: number, fromMs: number, toMs: number): Uint8Array {
  const times = Float64Array.from({ length: count }, () =>
    Math.floor(fromMs + Math.random() * (toMs - fromMs)),
  ).toSorted()
  const packed = new Uint8Array(count * RECORD_KEY_BYTES)
  randomFillSync(packed)
  const view = new DataView(packed.buffer)
  for (const [index, time] of times.entries()) {
    view.setBigUint64(index * RECORD_KEY_BYTES, BigInt(time))
  }
  return sorted(packed)
}

/** Times may be equal: then the ids decide. */
function sorted(packed: Uint8Array): Uint8Array {
  const keys = keysOf(packed).toSorted((a, b) => Buffer.compare(a, b))
  return Buffer.concat(keys)
}

function keysOf(packed: Uint8Array): Buffer[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  return Array.from({ length: packed.length / RECORD_KEY_BYTES }, (_, index) =>
    buffer.subarray(index * RECORD_KEY_BYTES, (index + 1) * RECORD_KEY_BYTES),
  )
}

/** A side: for each shard a tree of lane 2; where nothing differs, trees of the other lanes too. */
class Side implements SyncSets {
  readonly trees: readonly KeyTree[]
  others: ReadonlyMap<SyncLane, KeyTree> = new Map()

  constructor(shards: readonly (readonly Buffer[])[]) {
    this.trees = shards.map((keys) => KeyTree.of(RECORD_KEY_BYTES, Buffer.concat(keys)))
  }

  shards(): readonly number[] {
    return this.trees.map((_, shard) => shard)
  }

  tree(shard: number, lane: SyncLane): KeyTree | undefined {
    return lane === LANE ? this.trees[shard] : this.others.get(lane)
  }

  floorMs(): number {
    return 0
  }

  /** Takes keys out, and hashes what is left. */
  drop(keys: readonly Buffer[]): void {
    for (const key of keys) this.trees[shardOf(key, this.trees.length)]?.delete(key)
    for (const tree of this.trees) tree.root()
  }
}

interface Sides {
  readonly dialler: Side
  readonly responder: Side
}

function shardOf(key: Uint8Array, shards: number): number {
  return (key[TIME_BYTES] ?? 0) % shards
}

function inShards(keys: readonly Buffer[], shards: number): Buffer[][] {
  const parts = Array.from({ length: shards }, (): Buffer[] => [])
  for (const key of keys) parts[shardOf(key, shards)]?.push(key)
  return parts
}

/** Trees of 70,000 keys for each other lane: as many as make counts of five bytes. */
function otherTrees(keys: readonly Buffer[]): ReadonlyMap<SyncLane, KeyTree> {
  const few = KeyTree.of(RECORD_KEY_BYTES, Buffer.concat(keys.slice(0, OTHER_KEYS)))
  const logs = new KeyTree(LOG_KEY_BYTES)
  while (logs.size < OTHER_KEYS) logs.add(randomFillSync(new Uint8Array(LOG_KEY_BYTES)))
  for (const tree of [few, logs]) tree.root()
  const lanes = SYNC_LANES.filter((lane) => lane !== LANE)
  return new Map(lanes.map((lane) => [lane, lane === 'L' ? logs : few]))
}

const OTHER_KEYS = 70_000
/** Sessions over the same sets, for the processor time of one: small ones are below the clock. */
const ROUNDS = 8
const ROUNDS_LIMIT_DIFFERING = 1_000

/** For each key: 0 both hold it, 1 the dialler lacks it, 2 the responder does. */
function lackingOf(count: number, differing: number, kind: Kind): Uint8Array {
  const lacking = new Uint8Array(count)
  for (let made = 0; made < differing; made++) {
    let at = count - 1 - made
    if (kind === 'scattered') {
      do at = Math.floor(Math.random() * count)
      while (lacking[at] !== 0)
    }
    if (kind === 'missing') lacking[at] = 1
    else if (kind === 'lagging') lacking[at] = 2
    else lacking[at] = 1 + Math.floor(Math.random() * 2)
  }
  return lacking
}

class Meter {
  readonly session: SyncSession
  readonly #sets: Side
  cpuMs = 0
  wanted: Step['fetch']

  constructor(role: 'dialler' | 'responder', sets: Side) {
    this.#sets = sets
    const salt = randomFillSync(new Uint8Array(16))
    this.session = new SyncSession({
      role,
      network: 'bench',
      shardBits: SHARD_BITS,
      sets,
      nowMs: NOW_MS,
      salt,
    })
  }

  /** The frames of one step and of those that follow from it without the peer. */
  frames(act: (session: SyncSession) => Step): readonly Uint8Array[] {
    const frames: Uint8Array[] = []
    const acts = [act]
    for (let next = acts.shift(); next !== undefined; next = acts.shift()) {
      const step = this.#timed(next)
      frames.push(...step.send)
      if (step.end?.kind === 'failed') throw step.end.error
      for (const { id, shard, lane, items } of step.offers) {
        for (const item of items) this.#sets.tree(shard, lane)?.add(item)
        acts.push((session) =>
          session.taken(
            id,
            items.map(() => 'fresh'),
          ),
        )
      }
      const { fetch } = step
      if (fetch !== undefined) acts.push((session) => session.provided(fetch.keys))
    }
    return frames
  }

  #timed(act: (session: SyncSession) => Step): Step {
    const before = process.threadCpuUsage()
    const step = act(this.session)
    const { user, system } = process.threadCpuUsage(before)
    this.cpuMs += (user + system) / 1_000
    return step
  }
}

/** Bytes of the first session, processor time of the average one. */
function measuredRounds(sides: Sides, one: Case, keys: readonly Buffer[]) {
  const rounds = one.differing > ROUNDS_LIMIT_DIFFERING ? 1 : ROUNDS
  const lacking = lackingOf(keys.length, one.differing, one.kind)
  const lackedBy = (side: number): readonly Buffer[] =>
    keys.filter((_, index) => lacking[index] === side)
  const heldBy = (side: number): readonly Buffer[] =>
    keys.filter((_, index) => lacking[index] !== side)
  const others = one.kind === 'equal' ? otherTrees(keys) : new Map<SyncLane, KeyTree>()
  sides.dialler.others = others
  sides.responder.others = others
  const all: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    // A session leaves both sides with all keys: they lack the same again.
    sides.dialler.drop(lackedBy(1))
    sides.responder.drop(lackedBy(2))
    all.push(measured(sides))
  }
  const [first] = all
  if (first === undefined) throw new RangeError('no rounds')
  const average = (of: (figures: Figures) => number): number =>
    all.reduce((sum, figures) => sum + of(figures), 0) / rounds
  return {
    figures: {
      ...first,
      dialler: average(({ dialler }) => dialler),
      responder: average(({ responder }) => responder),
    },
    rangeSets: rangeSetsCost(heldBy(1), heldBy(2)),
  }
}

function measured(sides: Sides): Figures {
  const dialler = new Meter('dialler', sides.dialler)
  const responder = new Meter('responder', sides.responder)
  const queue: { by: Meter; flight: number; frame: Uint8Array }[] = []
  const bytes = new Map<Meter, number>([
    [dialler, 0],
    [responder, 0],
  ])
  let flights = 0
  let envelopeBytes = 0
  let rootsBytes = 0
  const send = (by: Meter, flight: number, frames: readonly Uint8Array[]): void => {
    for (const frame of frames) queue.push({ by, flight, frame })
  }
  responder.frames((session) => session.begin())
  send(
    dialler,
    0,
    dialler.frames((session) => session.begin()),
  )
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { by, flight, frame } = next
    const length = frame.length + lengthBytes(frame.length)
    const message = parseMessage(frame)
    if (message.kind === 'recs') {
      const items = message.groups.flatMap((group) => group.items)
      envelopeBytes += length - items.reduce((sum, item) => sum + item.length, 0)
    } else bytes.set(by, (bytes.get(by) ?? 0) + length)
    if (message.kind === 'roots') rootsBytes += length
    const says =
      message.kind === 'done' ? false : message.kind !== 'ranges' || message.groups.length > 0
    if (says && message.kind !== 'credit') flights = Math.max(flights, flight)
    const to = by === dialler ? responder : dialler
    send(
      to,
      flight + 1,
      to.frames((session) => session.receive(frame)),
    )
  }
  for (const [shard, tree] of sides.dialler.trees.entries()) {
    if (!Buffer.from(tree.root()).equals(sides.responder.trees[shard]?.root() ?? Buffer.alloc(0))) {
      throw new Error('the sets differ after the session')
    }
  }
  return {
    sentBytes: bytes.get(dialler) ?? 0,
    answeredBytes: bytes.get(responder) ?? 0,
    envelopeBytes,
    rootsBytes,
    roundTrips: flights / 2,
    dialler: dialler.cpuMs,
    responder: responder.cpuMs,
  }
}

function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : 3
}

/** What a figure may be at the size that the design was made for. */
function missedBars(one: Case, figures: Figures): readonly string[] {
  const missed: string[] = []
  const bytes = figures.sentBytes + figures.answeredBytes
  const bar = (what: string, value: number, most: number): void => {
    if (value > most) missed.push(`${nameOf(one)}: ${what} ${rounded(value, 2)}, at most ${most}`)
  }
  const { kind, differing, shards } = one
  const inOne = shards === 1
  if (kind === 'equal') {
    bar('bytes of roots a shard and lane', figures.rootsBytes / shards / SYNC_LANES.length, 16)
    bar('round trips', figures.roundTrips, 0.5)
  }
  if ((kind === 'missing' || kind === 'lagging') && differing === 10_000) {
    bar('bytes', bytes, inOne ? 2_000 : 35_000)
  }
  if (kind === 'both' && differing === 1_000) {
    bar('bytes a difference', bytes / differing, inOne ? 8 : 20)
    bar('round trips', figures.roundTrips, 3.5)
    bar('ms CPU of the dialler', figures.dialler, 5)
    bar('ms CPU of the responder', figures.responder, 5)
  }
  if (kind === 'scattered' && differing >= 1_000 && inOne) {
    bar('bytes a difference', bytes / differing, 350)
    if (differing === 1_000) bar('round trips', figures.roundTrips, 4.5)
  }
  return missed
}

const KIND_TEXT: Readonly<Record<Kind, string>> = {
  equal: 'nothing differs',
  missing: 'recent, dialler lacks',
  lagging: 'recent, responder lacks',
  both: 'recent, both lack half',
  scattered: 'scattered, both',
}

function nameOf({ keys, differing, kind, shards }: Case): string {
  return `${keys} keys, ${shards} shard${shards === 1 ? '' : 's'}, ${differing} ${KIND_TEXT[kind]}`
}

function casesOf(keys: number, shards: number): readonly Case[] {
  const kinds = ['missing', 'lagging', 'both', 'scattered'] as const
  return [
    { keys, shards, differing: 0, kind: 'equal' },
    ...[10, 1_000, 10_000].flatMap((differing) =>
      kinds.map((kind) => ({ keys, shards, differing, kind })),
    ),
  ]
}

function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): void {
  const where = surroundings()
  if (!json) console.log(`${surroundingsText(where)}\n`)
  const results: Result[] = []
  for (const size of [counts.small, counts.large]) {
    const keys = keysOf(madeKeys(size, NOW_MS - SPAN_MS, NOW_MS))
    for (const shards of [1, 64]) {
      const parts = inShards(keys, shards)
      const sides = { dialler: new Side(parts), responder: new Side(parts) }
      // One run to warm up: the first steps of a process are compiled while they run.
      measuredRounds(sides, { keys: size, shards, differing: 1_000, kind: 'scattered' }, keys)
      for (const one of casesOf(size, shards)) {
        const { figures, rangeSets } = measuredRounds(sides, one, keys)
        const bytes = figures.sentBytes + figures.answeredBytes
        results.push({
          ...one,
          ...figures,
          bytes,
          perDifference: one.differing === 0 ? 0 : bytes / one.differing,
          rangeSetsBytes: rangeSets.bytes,
          rangeSetsRoundTrips: rangeSets.roundTrips,
          missed: size === OPTIONS.large.fallback ? missedBars(one, figures) : [],
        })
      }
    }
  }
  const missed = results.flatMap((result) => result.missed)
  if (json) console.log(JSON.stringify({ bench: 'sync', on: where, results, missed }))
  else console.log(reportText(results, missed))
  if (missed.length > 0) process.exitCode = 1
}

function reportText(results: readonly Result[], missed: readonly string[]): string {
  const rows = results.map((result) => [
    nameOf(result),
    result.sentBytes,
    result.answeredBytes,
    rounded(result.perDifference),
    result.roundTrips,
    rounded(result.dialler, 2),
    rounded(result.responder, 2),
    result.envelopeBytes,
    result.differing * ID_BYTES,
    result.keys * ID_BYTES,
    result.rangeSetsBytes,
    result.rangeSetsRoundTrips,
  ])
  return [
    tableText([
      [
        '',
        'to responder B',
        'to dialler B',
        'B a difference',
        'round trips',
        'dialler ms',
        'responder ms',
        'around records B',
        'd x 32 B',
        'all ids B',
        'range-based B',
        'its round trips',
      ],
      ...rows,
    ]),
    '',
    missed.length === 0 ? 'every bar is kept' : `missed:\n${missed.join('\n')}`,
  ].join('\n')
}

await runBench(OPTIONS, async (options) => main(options))
