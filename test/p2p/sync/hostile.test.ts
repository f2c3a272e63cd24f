/* oxlint-disable unicorn/consistent-function-scoping -- a helper of one test stands in it */
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import {
  COMPARED_LIMIT_KEYS,
  SESSION_LIMITS,
  TURN_LIMIT_FRAMES,
  UNCOUNTED_LIMIT_RECORDS,
  UNSERVED_LIMIT_RECORDS,
  WINDOW_LEAST_BYTES,
  WINDOW_LIMIT_BYTES,
} from '../../../src/p2p/sync/limits.ts'
import { ALL, childRange, prefixRange, type Range } from '../../../src/p2p/sync/range.ts'
import type { SyncOptions } from '../../../src/p2p/sync/reconciler.ts'
import type { Step } from '../../../src/p2p/sync/step.ts'
import {
  encodeMessage,
  parseMessage,
  type Entry,
  type Hello,
  type Message,
  type NodeEntry,
} from '../../../src/p2p/sync/wire.ts'
import { digitAt } from '../../../src/records/replica/key-tree-branch.ts'
import { recordKey } from '../../../src/records/replica/key-tree.ts'
import { settled, Sets, sideOf, type Side } from './drive.ts'

function keys(name: string, count: number, stepMs = 1_000): Uint8Array[] {
  return Array.from({ length: count }, (_, at) =>
    recordKey(1_700_000_000_000 + at * stepMs, sha256(textBytes(`${name} ${at}`))),
  )
}

const SHARED = keys('shared', 500)

const HELLO: Hello = {
  kind: 'hello',
  network: 'test',
  shardBits: 8,
  nowMs: 1_800_000_000_000,
  salt: new Uint8Array(16),
  shards: [0],
  floorsMs: [0, 0, 0, 0],
  windowBytes: WINDOW_LIMIT_BYTES,
}
/** Unit of lane 1 where one shard is common. */
const UNIT = 2
const CUT = new Uint8Array(8)
const PASS: Message = { kind: 'ranges', turn: 2, groups: [] }
const list = (range: Range, ids = CUT): Entry => ({ kind: 'list', range, ids })
const node = (range: Range, digits: readonly number[]): NodeEntry => ({
  kind: 'node',
  range,
  prefix: range,
  mask: digits.reduce((mask, digit) => mask | (1 << digit), 0),
  deep: 0,
  cuts: new Uint8Array(8 * digits.length),
})
const say = (turn: 0 | 1 | 2, ...items: readonly Entry[]): Message => ({
  kind: 'ranges',
  turn,
  groups: items.length === 0 ? [] : [{ unit: UNIT, items }],
})
const roots = (count: number): Message => ({
  kind: 'roots',
  turn: 2,
  first: 0,
  roots: [0, 1, 2, 3, 4].map((unit) =>
    unit === UNIT && count > 0 ? { count, cut: CUT } : { count: 0, cut: undefined },
  ),
})
const recs = (items: readonly Uint8Array[], unit = UNIT): Message => ({
  kind: 'recs',
  groups: [{ unit, items }],
})

/** An honest session that has met a peer of the other role; `hear` is what the peer says next. */
class Met {
  readonly side: Side
  readonly said: Message[] = []

  constructor(role: 'dialler' | 'responder', sets: Sets, options: Partial<SyncOptions> = {}) {
    this.side = sideOf(role, sets, options)
    this.#note(this.side.session.begin())
    this.hear(HELLO)
  }

  hear(...messages: readonly Message[]): this {
    for (const message of messages) this.#note(this.side.session.receive(encodeMessage(message)))
    return this
  }

  #note(step: Step): void {
    this.said.push(...settled(this.side, step).map(parseMessage))
  }

  get entries(): readonly Entry[] {
    return this.said.flatMap((message) =>
      message.kind === 'ranges' ? message.groups.flatMap(({ items }) => items) : [],
    )
  }

  get fault(): string | undefined {
    const { end } = this.side
    if (end?.kind !== 'failed') return end?.kind
    const { fault } = end.error
    return fault.code === 'p2p/answer-out-of-bounds' ? fault.what : fault.code
  }
}

/** A dialler with 500 keys, whose spine has been sent. */
function dialler(peerCount = 500): Met {
  return new Met('dialler', new Sets().with(SHARED)).hear(roots(peerCount))
}

/** A responder with 500 keys. */
function responder(options: Partial<SyncOptions> = {}): Met {
  return new Met('responder', new Sets().with(SHARED), options)
}

/** What a responder hears of one that has keys of its own everywhere. */
const DIVIDED = node(ALL, [1, 2, 3])
const DEEP: NodeEntry = { ...DIVIDED, deep: 2, cuts: new Uint8Array(16) }

const done = (isComplete: boolean): Message => ({ kind: 'done', isComplete })
const get = (range: Range, ...bits: readonly number[]): Message => ({
  kind: 'get',
  groups: [{ unit: UNIT, items: [{ range, bits: Uint8Array.from(bits) }] }],
})

function isEmptyList(entry: Entry): boolean {
  return entry.kind === 'list' && entry.ids.length === 0
}

/** The spine that a dialler sent, and the last range of keys that it lists. */
function spineOf(met: Met): { readonly tail: Range; readonly count: number } {
  const spine = met.entries.find(({ kind }) => kind === 'spine')
  if (spine?.kind !== 'spine') throw new Error('no spine')
  const count = spine.levels.at(-1)?.right ?? 0
  return { tail: { ...spine.prefix, from: spine.tailFrom, to: 16 }, count }
}

describe('a peer is at fault that', () => {
  test('speaks of a range that was not named', () => {
    expect(responder().hear(say(2, list(childRange(ALL, 5)))).fault).toBe(
      'a range that was not named, or was settled',
    )
  })

  test('speaks of a range twice', () => {
    const twice = responder().hear(say(0, DIVIDED))
    expect(twice.fault).toBeUndefined()
    expect(twice.hear(say(2, DIVIDED)).fault).toBe('a range that was not named, or was settled')
  })

  test('answers a part with the whole', () => {
    const met = responder().hear(say(2, DIVIDED))
    expect(met.entries).not.toEqual([])
    expect(met.hear(say(2, node(ALL, [4]))).fault).toBe(
      'a range that was not named, or was settled',
    )
  })

  test('names children outside the range that it answers', () => {
    const prefix = childRange(ALL, 7)
    const { tail } = spineOf(dialler())
    const outside: NodeEntry = {
      ...node(tail, [tail.from - 1]),
      prefix: { ...tail, from: 0, to: 16 },
    }
    for (const entry of [outside, { ...node(tail, [1]), prefix }]) {
      expect(dialler(1e6).hear(say(2, entry)).fault).toBe(
        'a node outside the range that it answers',
      )
    }
  })

  test('names a range longer than a key', () => {
    const long = prefixRange(new Uint8Array(48), 81)
    expect(responder().hear(say(2, list(long))).fault).toBe('a range longer than a key')
  })

  test('divides keys beyond their last digit', () => {
    const prefix = prefixRange(new Uint8Array(40), 80)
    const met = responder().hear(say(2, { ...node(ALL, [1]), prefix }))
    expect(met.fault).toBe('a node outside the range that it answers')
  })

  test('answers a list with a list', () => {
    const met = dialler()
    expect(met.hear(say(2, list(spineOf(met).tail))).fault).toBe('a list against a list')
  })

  test('divides a list that it could compare', () => {
    const answered = (peerCount: number): string | undefined => {
      const met = dialler(peerCount)
      const { tail } = spineOf(met)
      const entry = { ...node(tail, [15]), prefix: { ...tail, from: 0, to: 16 } }
      return met.hear(say(2, entry)).fault
    }
    expect(answered(COMPARED_LIMIT_KEYS)).toBe('a list divided that could be compared')
    expect(answered(COMPARED_LIMIT_KEYS + 1)).toBeUndefined()
  })

  test('announces parts of a node and does not send them, or others', () => {
    expect(responder().hear(say(2, DEEP)).fault).toBe('a node without its parts')
    expect(responder().hear(say(2, DEEP, list(childRange(ALL, 1)))).fault).toBe(
      'a list in place of a node',
    )
    expect(responder().hear(say(2, DEEP, node(childRange(ALL, 1), [0]))).fault).toBeUndefined()
  })

  test('answers no root with a spine', () => {
    const spine: Entry = {
      kind: 'spine',
      count: 100,
      prefix: ALL,
      levels: [{ depth: 0, cut: CUT, right: 1 }],
      tailFrom: 1,
      ids: CUT,
    }
    expect(responder().hear(say(2, spine)).fault).toBeUndefined()
    expect(responder().hear(say(0, spine), say(2, spine)).fault).toBe(
      'a spine that answers no root',
    )
    const left = { ...spine, tailFrom: 0 }
    expect(responder().hear(say(2, left)).fault).toBe('keys left of the first digit')
  })

  test('wants keys of a list that was not sent, twice, or beyond its end', () => {
    expect(dialler().hear(get(ALL, 1)).fault).toBe('a list that was not sent')
    const { tail, count } = spineOf(dialler())
    const bits = (wanted: number): readonly number[] => [
      ...Array.from({ length: wanted >> 3 }, () => 255),
      ...(wanted % 8 === 0 ? [] : [(1 << (wanted % 8)) - 1]),
    ]
    expect(dialler().hear(get(tail, ...bits(count))).fault).toBeUndefined()
    expect(dialler().hear(get(tail, 1), get(tail, 1)).fault).toBe('a list that was not sent')
    expect(dialler().hear(get(tail, ...bits(count + 1))).fault).toBe('more than the list holds')
  })

  test('wants keys of a list of the turn before', () => {
    const met = dialler()
    const { tail } = spineOf(met)
    expect(met.hear(say(1, list(ALL))).fault).toBe('a range that was not named, or was settled')
    const later = dialler()
    later.hear({ kind: 'ranges', turn: 1, groups: [] })
    expect(later.hear(get(tail, 1)).fault).toBe('a list that was not sent')
  })

  test('speaks out of turn, of shards that are not common, or in the wrong role', () => {
    expect(responder().hear(PASS, say(2, DIVIDED)).fault).toBe('a message out of turn')
    const group = { unit: 5, items: [DIVIDED] }
    expect(responder().hear({ kind: 'ranges', turn: 2, groups: [group] }).fault).toBe(
      'a shard that is not common',
    )
    expect(responder().hear(roots(5)).fault).toBe('roots of the dialler')
    expect(dialler().hear(roots(5)).fault).toBe('roots out of order')
  })

  test('sends records where nothing was said, or more than it counted', () => {
    const equal = new Met('dialler', new Sets())
    expect(equal.hear(roots(0), recs([CUT])).fault).toBe('records that were not asked for')
    const counted = (count: number): readonly Message[] => {
      const all = keys('pushed', count, 1)
      const frames: Message[] = []
      for (let at = 0; at < count; at += 1_000) frames.push(recs(all.slice(at, at + 1_000)))
      return frames
    }
    const most = 500 + UNCOUNTED_LIMIT_RECORDS
    expect(dialler().hear(...counted(most)).fault).toBeUndefined()
    expect(dialler().hear(...counted(most + 1)).fault).toBe('more records than were counted')
  })

  test('sends or grants more than the credit', () => {
    const item = new Uint8Array(WINDOW_LEAST_BYTES / 4)
    const options = { windowBytes: WINDOW_LEAST_BYTES }
    // Taken outcomes grant credit again: nothing is taken here.
    const full = (rest: readonly Uint8Array[]): string | undefined => {
      const side = sideOf('responder', new Sets().with(SHARED), options)
      side.session.begin()
      side.session.receive(encodeMessage(HELLO))
      const step = side.session.receive(encodeMessage(recs([item, item, item, item, ...rest])))
      return step.end?.kind
    }
    expect(full([])).toBeUndefined()
    expect(full([Uint8Array.of(1)])).toBe('failed')
    expect(responder().hear({ kind: 'credit', bytes: 1 }).fault).toBe('credit beyond the window')
  })

  test('sends too much in a turn, or in a session', () => {
    const more: Message = { kind: 'ranges', turn: 0, groups: [] }
    const frames = Array.from({ length: TURN_LIMIT_FRAMES }, () => more)
    expect(responder().hear(...frames).fault).toBeUndefined()
    expect(responder().hear(...frames, more).fault).toBe('too many frames in a turn')

    const limits = { ...SESSION_LIMITS, entries: 2, turns: 3 }
    const parts = [node(childRange(ALL, 0), [1]), node(childRange(ALL, 0), [2])]
    expect(responder({ limits }).hear(say(0, DIVIDED)).fault).toBeUndefined()
    const third = say(2, { ...DEEP, deep: 14, cuts: new Uint8Array(0) }, ...parts)
    expect(responder({ limits }).hear(third).fault).toBe('too many entries')

    const waiting: Message = { kind: 'ranges', turn: 1, groups: [] }
    expect(responder({ limits }).hear(waiting, waiting, waiting).fault).toBeUndefined()
    expect(responder({ limits }).hear(waiting, waiting, waiting, waiting).fault).toBe(
      'too many turns',
    )
  })

  test('sends records that nobody stores', () => {
    const fault = (refused: number): string | undefined => {
      const side = sideOf('responder', new Sets())
      side.session.begin()
      side.session.receive(encodeMessage(HELLO))
      const items = keys('refused', refused)
      side.session.receive(encodeMessage(recs(items)))
      return side.session.taken(
        0,
        items.map(() => 'refused' as const),
      ).end?.kind
    }
    expect(fault(SESSION_LIMITS.refused)).toBeUndefined()
    expect(fault(SESSION_LIMITS.refused + 1)).toBe('failed')
  })

  test('sends more bytes than a session may bring', () => {
    const limits = { ...SESSION_LIMITS, recordBytes: 80 }
    const [one, two, three] = keys('brought', 3)
    if (one === undefined || two === undefined || three === undefined) throw new Error('no keys')
    const some = responder({ limits }).hear(recs([one, two]))
    expect(some.fault).toBeUndefined()
    expect(some.hear(recs([three])).fault).toBe('too many bytes')
  })

  test('names records and does not send them', () => {
    /** The responder names children, of which the dialler has no key. */
    const named = (
      children: number,
    ): { readonly wanted: number; readonly fault: string | undefined } => {
      const met = dialler(COMPARED_LIMIT_KEYS + 1)
      const { tail } = spineOf(met)
      const wide: Entry[] = []
      let announced: Range = tail
      // A node of a node and so on, each with 15 children that are not there.
      for (let left = children; left > 0; left -= 15) {
        const isLast = left <= 15
        const digits = Array.from({ length: Math.min(15, left) }, (_, at) => at)
        const prefix = announced === tail ? childRange({ ...tail, from: 0, to: 16 }, 15) : announced
        const entry = { ...node(announced, digits), prefix }
        wide.push(isLast ? entry : { ...entry, mask: entry.mask | 0x8000, deep: 0x8000 })
        announced = childRange(prefix, 15)
      }
      const { fault } = met.hear(say(2, ...wide), PASS, done(true))
      return { wanted: met.entries.filter(isEmptyList).length, fault }
    }
    const results = Array.from({ length: 12 }, (_, more) => named(UNSERVED_LIMIT_RECORDS + more))
    for (const { wanted, fault } of results) {
      const isShort = wanted > UNSERVED_LIMIT_RECORDS
      expect(fault).toBe(isShort ? 'records that were named and not sent' : 'finished')
    }
    const wanted = results.map((result) => result.wanted)
    expect(wanted).toContain(UNSERVED_LIMIT_RECORDS)
    expect(wanted).toContain(UNSERVED_LIMIT_RECORDS + 1)
  })

  test('says DONE too early, twice, or for a limit that is not near', () => {
    expect(responder().hear(done(true)).fault).toBe('DONE before all is said')
    expect(responder().hear(PASS, done(false)).fault).toBe('a limit that is not near')
    const open = sideOf('responder', new Sets().with(SHARED))
    open.session.begin()
    open.session.receive(encodeMessage(HELLO))
    // An offer that is not taken keeps the session open.
    const steps = [recs([CUT]), PASS, done(true), recs([CUT])].map((message) =>
      open.session.receive(encodeMessage(message)),
    )
    expect(steps.map(({ end }) => end?.kind)).toEqual([undefined, undefined, undefined, 'failed'])
  })

  test('says HELLO twice, late, or of another network', () => {
    expect(responder().hear(HELLO).fault).toBe('a second HELLO')
    const first = (message: Message): string | undefined => {
      const { end } = sideOf('responder', new Sets()).session.receive(encodeMessage(message))
      return end?.kind === 'failed' && end.error.fault.code === 'p2p/answer-out-of-bounds'
        ? end.error.fault.what
        : undefined
    }
    expect(first(PASS)).toBe('a message before HELLO')
    expect(first({ ...HELLO, network: 'other' })).toBe('another network')
    expect(first({ ...HELLO, shardBits: 7 })).toBe('another network')
  })

  test('is told so, unless it has said ERR itself', () => {
    const err: Message = { kind: 'err', status: 'BAD_REQUEST' }
    expect(responder().hear(done(true)).said.at(-1)).toEqual(err)
    const refused = responder()
    const before = refused.said.length
    expect(refused.hear({ kind: 'err', status: 'RATE_LIMITED' }).fault).toBe('p2p/answer-refused')
    expect(refused.said).toHaveLength(before)
    const garbage = sideOf('responder', new Sets()).session.receive(Uint8Array.of(1, 2, 3))
    expect(garbage.end?.kind).toBe('failed')
    expect(garbage.send.map(parseMessage)).toEqual([err])
  })
})

describe('whatever a peer says', () => {
  test.each([0, 1, 2])('a liar of kind %i that never agrees comes to an end', (kind) => {
    const met = dialler(1e6)
    let turns = 0
    let heard = 0
    while (met.side.end === undefined && turns < 2 * SESSION_LIMITS.turns) {
      const last = met.said.slice(heard)
      heard = met.said.length
      const named = last.flatMap((message) =>
        message.kind === 'ranges' ? message.groups.flatMap(({ items }) => items) : [],
      )
      const answers = named.flatMap((entry) => lie(entry, kind)).slice(0, 16)
      met.hear(say(answers.length === 0 ? 2 : 1, ...answers))
      turns++
    }
    // A key has 80 digits: each costs the liar two turns at most.
    expect(turns).toBeLessThan(200)
    expect(met.side.session.progress.sentBytes).toBeLessThan(2_000_000)
  })
})

/** Everything that was named differs, and has children that were not named. */
function lie(entry: Entry, kind: number): readonly Entry[] {
  const all = Array.from({ length: 16 }, (_, digit) => digit)
  if (entry.kind === 'node') {
    const children = all.filter((digit) => ((entry.mask >> digit) & 1) === 1)
    return children.map((digit) => {
      const child = childRange(entry.prefix, digit)
      return kind === 0 ? list(child, new Uint8Array(0)) : node(child, kind === 1 ? all : [digit])
    })
  }
  if (entry.kind === 'list') {
    return entry.ids.length === 0 || entry.range.digits >= 80 ? [] : [node(entry.range, all)]
  }
  const tail = { ...entry.prefix, from: entry.tailFrom, to: 16 }
  const lefts = entry.levels.flatMap(({ depth, cut }) => {
    const range = prefixRange(entry.prefix.path, depth)
    const to = depth === entry.prefix.digits ? entry.tailFrom : digitAt(entry.prefix.path, depth)
    return cut === undefined ? [] : [{ ...range, from: 0, to }]
  })
  return [tail, ...lefts].map((range) => ({
    ...node(
      range,
      all.filter((digit) => digit >= range.from && digit < range.to),
    ),
    prefix: { ...range, from: 0, to: 16 },
  }))
}
