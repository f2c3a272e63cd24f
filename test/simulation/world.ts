/**
 * What is said in one run, by whom, when and where: floods, full shards, forks, promises and what
 * was seen of them, and records that leave their retention while the run goes on. The records are
 * unsigned and their ids made up: admission looks at neither.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import type { IdentityState } from '../../src/identity/state.ts'
import type { AipRecord, RecordId, Work } from '../../src/records/record.ts'
import { FLOOR_STEP_MS, shardOf } from '../../src/records/replica/lanes.ts'
import type { AdmissionLimits, ReplicaRules } from '../../src/records/replica/limits.ts'
import { FLOODS, ORDINARY, ROBBED, SYBILS, type Player } from './cast.ts'
import type { Dice } from './dice.ts'

export const NODE_COUNT = 24
export const SHARD_BITS = 3
export const ROUND_MS = 15 * MINUTE_MS
/** Clocks are this far ahead or behind at most. */
export const CLOCK_SPREAD_MS = 30 * MINUTE_MS
/** Rounds in which the slowest clock gets where the fastest is. */
const CLOCK_SPREAD_ROUNDS = (2 * CLOCK_SPREAD_MS) / ROUND_MS
/** After it nothing more is said, and every clock has passed the step of the floors. */
export const LAST_BIRTH_ROUND = 6

/** The floor of the lane of 30 days steps on at round 3 by a clock that is right. */
export const START_MS =
  FLOOR_STEP_MS * Math.ceil(1_790_000_000_000 / FLOOR_STEP_MS) + 30 * DAY_MS - 3 * ROUND_MS

/** Small enough that every one of them bites. */
export const LIMITS: AdmissionLimits = {
  // Of observations so many for each day of the lane: a part of one.
  unit: { vouch: 12, revocation: 16, promise: 8, observation: 12 / 30 },
  hour: { vouch: 4, revocation: 6, promise: 5, observation: 5 },
  shard: { vouch: 60, revocation: 30, promise: 24, observation: 40 },
}

/** Something said. */
export interface Item {
  readonly id: RecordId
  readonly record: AipRecord
  readonly shard: number
  /** In which it was said first. */
  readonly round: number
  readonly state: IdentityState
}

/** Said at one node, by an agent whose log that node has. */
export interface Birth {
  readonly round: number
  readonly node: number
  /** The logs that whoever speaks there has: its own, and those of whom it deals with. */
  readonly states: readonly IdentityState[]
  /** An observation, then the promises that it names. */
  readonly items: readonly Item[]
}

export interface World {
  readonly rules: ReplicaRules
  /** Which shards each node follows. */
  readonly following: readonly ReadonlySet<number>[]
  readonly clockOffsetsMs: readonly number[]
  readonly births: readonly Birth[]
}

/** What may take from a run what it held before. */
export interface Losses {
  /** Records leave their retention while the run goes on. */
  readonly withLeaving: boolean
  /** Some speak with a key that their log drops later. */
  readonly withRobbed: boolean
}

export function createWorld(dice: Dice, losses: Losses): World {
  const following = followingOf(dice)
  const clockOffsetsMs = following.map(() => dice.between(-CLOCK_SPREAD_MS, CLOCK_SPREAD_MS))
  const births = new Births(dice, following, clockOffsetsMs, losses.withLeaving)
  for (const player of losses.withRobbed ? [...ORDINARY, ...ROBBED] : ORDINARY)
    ordinary(births, player, dice)
  // In one hour more than an hour takes; over days more than a unit takes.
  const [inOneHour, overDays] = FLOODS
  for (let count = 0; count < 60; count++) births.vouch(inOneHour, 0, { hoursAgo: 2 })
  for (let count = 0; count < 90; count++) {
    births.vouch(overDays, 0, { hoursAgo: dice.between(1, 60), subject: inOneHour.did })
  }
  // One shard gets more than it holds, from many that say little.
  const target = dice.pick(SYBILS).did
  for (const sybil of SYBILS) {
    for (let count = dice.between(1, 3); count > 0; count--) {
      births.vouch(sybil, 0, { hoursAgo: dice.between(0, 30), subject: target })
    }
  }
  return {
    rules: { shardBits: SHARD_BITS, shardLimitBytes: 0, workBits: dice.below(2) },
    following,
    clockOffsetsMs,
    births: births.all,
  }
}

/** Two to five shards each, and of every shard four followers at least. */
function followingOf(dice: Dice): readonly ReadonlySet<number>[] {
  const shards = Array.from({ length: 2 ** SHARD_BITS }, (_, shard) => shard)
  const following = Array.from(
    { length: NODE_COUNT },
    () => new Set(dice.some(shards, dice.between(2, 5))),
  )
  for (const shard of shards) {
    for (const at of dice.some([...following.keys()], 4)) following[at]?.add(shard)
  }
  return following
}

function ordinary(births: Births, player: Player, dice: Dice): void {
  for (const at of player.voices.keys()) {
    for (let count = dice.between(4, 10); count > 0; count--) births.vouch(player, at, {})
    for (let count = dice.between(1, 4); count > 0; count--) births.revocation(player, at)
    for (let count = dice.between(3, 8); count > 0; count--) {
      const delegator = dice.pick(ORDINARY)
      const promise = births.promise(player, at, delegator)
      if (dice.chance(0.7)) births.observation(delegator, [promise])
    }
    for (let count = dice.between(2, 6); count > 0; count--) births.observation(player, [])
  }
}

const SUBJECTS = [...ORDINARY, ...FLOODS, ...SYBILS]

class Births {
  readonly all: Birth[] = []
  readonly #dice: Dice
  readonly #following: readonly ReadonlySet<number>[]
  readonly #clockOffsetsMs: readonly number[]
  readonly #withLeaving: boolean
  #count = 0

  constructor(
    dice: Dice,
    following: readonly ReadonlySet<number>[],
    clockOffsetsMs: readonly number[],
    withLeaving: boolean,
  ) {
    this.#dice = dice
    this.#following = following
    this.#clockOffsetsMs = clockOffsetsMs
    this.#withLeaving = withLeaving
  }

  vouch(player: Player, at: number, given: { hoursAgo?: number; subject?: Did }): void {
    const subject = given.subject ?? this.#dice.pick(SUBJECTS).did
    const inception = new Uint8Array(32)
    const said = { type: 'vouch' as const, subject, inception, scope: 'general', level: 1 }
    this.#say(player, at, said, given.hoursAgo)
  }

  revocation(player: Player, at: number): void {
    const subject = this.#dice.pick(SUBJECTS).did
    this.#say(player, at, { type: 'revocation', vouch: '0'.repeat(64), subject })
  }

  promise(player: Player, at: number, delegator: Player): Item {
    const work: Work = { kind: 'count', count: this.#dice.below(2) }
    const said = { type: 'promise' as const, delegator: delegator.did, scope: 's', work }
    return this.#say(player, at, { ...said, deadlineMs: START_MS })
  }

  /** By an agent, of what it was promised, or of somebody who promised nothing. */
  observation(observer: Player, promises: readonly Item[]): void {
    const [promise] = promises
    const work: Work = { kind: 'count', count: 1 }
    const promised = promise?.record.type === 'promise' ? promise.record : undefined
    const subject = promised?.issuer ?? this.#dice.pick(SUBJECTS).did
    const outcome = {
      ...(promise !== undefined && { promise: promise.id }),
      scope: 's',
      promised: promised?.work ?? work,
      delivered: promised?.work ?? work,
      clarity: 0 as const,
      observedAtMs: START_MS,
    }
    const at = this.#dice.below(observer.voices.length)
    this.#say(
      observer,
      at,
      { type: 'observation', subject, outcomes: [outcome] },
      undefined,
      promises,
    )
  }

  #say(
    player: Player,
    at: number,
    said: DistributiveOmit<AipRecord, Envelope>,
    hoursAgo?: number,
    along: readonly Item[] = [],
  ): Item {
    const dice = this.#dice
    const voice = player.voices[at] ?? player.voices[0]
    const shard = shardOf(said.type === 'promise' ? player.did : said.subject, SHARD_BITS)
    const followers = [...this.#following.keys()].filter((one) => this.#following[one]?.has(shard))
    // Said at one node, or at two that run for one agent; dated by the slower of their clocks.
    const places = dice.some(followers, dice.between(1, 2))
    const slowMs = Math.min(...places.map((node) => this.#clockOffsetsMs[node] ?? 0))
    // No clock is so slow that a promise is from the future where its outcome is observed.
    const earliest = Math.max(0, ...along.map((item) => item.round + CLOCK_SPREAD_ROUNDS))
    const latest = LAST_BIRTH_ROUND - (said.type === 'promise' ? CLOCK_SPREAD_ROUNDS : 0)
    const round = dice.between(earliest, latest)
    const issuedAtMs = START_MS + round * ROUND_MS + slowMs - this.#agoMs(hoursAgo)
    const record: AipRecord = {
      ...said,
      issuer: player.did,
      key: voice.key,
      sequence: ++this.#count,
      issuedAtMs,
      expiresAtMs: issuedAtMs + dice.pick([30, 90, 366]) * DAY_MS,
    }
    const head = Math.floor(dice.next() * 2 ** 32).toString(16)
    const id = head.padStart(8, '0') + this.#count.toString(16).padStart(56, '0')
    const item = { id, record, shard, round, state: voice.state }
    const items = [item, ...along]
    const states = items.map(({ state }) => state)
    for (const node of places) this.all.push({ round, node, states, items })
    return item
  }

  /** Some hours; where records leave, one in ten is about to leave the shortest lane. */
  #agoMs(hoursAgo: number | undefined): number {
    if (hoursAgo !== undefined) return hoursAgo * HOUR_MS
    if (this.#withLeaving && this.#dice.chance(0.1))
      return 30 * DAY_MS - this.#dice.between(-90, 90) * MINUTE_MS
    return this.#dice.between(0, 12) * HOUR_MS
  }
}

type Envelope = 'issuer' | 'key' | 'sequence' | 'issuedAtMs' | 'expiresAtMs'
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
