/** Histories for live views: records that come and go while logs, notes and the hour change. */
import * as fc from 'fast-check'
import { toHex } from '../../../src/base/bytes.ts'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import type { Did } from '../../../src/identity/did.ts'
import { placeOfEpoch } from '../../../src/identity/key-place.ts'
import type { Epoch } from '../../../src/identity/key-place.ts'
import type {
  EvidenceRecord,
  KnownIdentity,
  Pin,
  PrivateOutcomes,
} from '../../../src/trust/context.ts'
import type { RecordIndex } from '../../../src/trust/live/record-index.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { textBytes } from '../../../src/base/bytes.ts'
import { did, epochOf, identity, inceptionOf, keyOf, NOW_MS, outcome, World } from '../world.ts'

export const NAMES = ['me', 'alice', 'bob', 'carol', 'dan', 'eve'] as const
export const SCOPES = ['general', 'review'] as const
/** The clock begins while some of it lies ahead. */
export const START_MS = NOW_MS - 8 * DAY_MS
const FIRST_MS = NOW_MS - 20 * DAY_MS

/** What a key log may say of an agent. */
export const LOGS = ['absent', 'plain', 'reach', 'compromised', 'forked', 'two inceptions'] as const

export type Step =
  | { readonly kind: 'put' | 'remove'; readonly which: number }
  | { readonly kind: 'log'; readonly who: number; readonly log: number }
  | { readonly kind: 'pin'; readonly who: number; readonly pin: number }
  | { readonly kind: 'note'; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'work'; readonly scope: number; readonly limit: number }

export interface Plan {
  readonly world: World
  readonly notes: readonly PrivateOutcomes[]
  readonly steps: readonly Step[]
}

const who = fc.nat(NAMES.length - 1)
const hours = (max: number) => fc.integer({ min: 0, max }).map((count) => count * HOUR_MS)

/** Mostly the viewer, so that much of what is said can be heard. */
const speaker = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: who })
const rarely = fc.nat(5).map((draw) => draw === 0)

const said = fc.record({
  kind: fc.constantFrom(
    'vouch',
    'vouch',
    'vouch',
    'vouch',
    'revoke',
    'settle',
    'settle',
    'promise',
    'observe',
    'observe',
  ),
  from: speaker,
  to: who,
  byThief: rarely,
  ofThief: rarely,
  level: fc.integer({ min: 1, max: 1000 }),
  scope: fc.constantFrom(...SCOPES),
  afterMs: hours(24 * 22),
  lastsMs: hours(24 * 30),
  delivered: fc.integer({ min: 0, max: 10 }),
  load: fc.boolean(),
  which: fc.nat(),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('put' as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('log' as const), who, log: fc.nat(LOGS.length - 1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pin' as const), who, pin: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: hours(24 * 9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      scope: fc.nat(SCOPES.length - 1),
      limit: fc.integer({ min: 1, max: 9 }),
    }),
  },
)

export const plan: fc.Arbitrary<Plan> = fc
  .record({
    sayings: fc.array(said, { minLength: 15, maxLength: 60 }),
    steps: fc.array(step, { minLength: 10, maxLength: 60 }),
  })
  .chain(({ sayings, steps }) => {
    const { world, notes } = worldOf(sayings)
    const all = world.records.map((_, which) => ({ kind: 'put' as const, which }))
    return fc
      .shuffledSubarray(all, { minLength: Math.floor(all.length / 2) })
      .map((first) => ({ world, notes, steps: [...first, ...steps] }))
  })

const name = (at: number): string => NAMES[at] ?? 'me'

/** A second key of an agent's, by which a thief signs. */
function thiefEpoch(of: string): Epoch {
  const key = sha256(textBytes(`thief of ${of}`))
  return { generation: 0, rotation: 1, key, keyHex: toHex(key) }
}

function worldOf(sayings: readonly (typeof said extends fc.Arbitrary<infer One> ? One : never)[]) {
  const world = new World().know(...NAMES)
  const notes: PrivateOutcomes[] = []
  const vouches: { readonly id: string; readonly from: string; readonly to: string }[] = []
  const promises: { readonly id: string; by: string; to: string; scope: string }[] = []
  for (const one of sayings) {
    const [from, to] = [name(one.from), name(one.to)]
    const issuedAtMs = FIRST_MS + one.afterMs
    const key = one.byThief ? { key: thiefEpoch(from).key } : {}
    const life = { issuedAtMs, expiresAtMs: issuedAtMs + one.lastsMs + HOUR_MS, ...key }
    const seen = {
      observedAtMs: issuedAtMs - HOUR_MS,
      conditions: { load: one.load },
      scope: one.scope,
    }
    if (one.kind === 'vouch') {
      if (from === to) continue
      const inception = one.ofThief ? inceptionOf(`thief of ${to}`) : inceptionOf(to)
      const terms = { scope: one.scope, inception, ...life }
      vouches.push({ id: world.vouch(from, to, one.level, terms).id, from, to })
    } else if (one.kind === 'revoke') {
      const vouch = vouches[one.which % Math.max(1, vouches.length)]
      // Now and then by somebody whom it does not concern.
      if (vouch === undefined) continue
      world.revoke(vouch, one.delivered === 0 ? from : vouch.from, vouch.to, life)
    } else if (one.kind === 'promise') {
      const terms = { scope: one.scope, deadlineMs: issuedAtMs + one.lastsMs / 8, ...life }
      promises.push({ id: world.promise(to, from, terms).id, by: to, to: from, scope: one.scope })
    } else if (one.kind === 'settle') {
      const promise = promises[one.which % Math.max(1, promises.length)]
      if (promise === undefined) continue
      const told = { ...seen, scope: promise.scope, observedAtMs: issuedAtMs, promise: promise.id }
      const by = { ...life, key: one.byThief ? thiefEpoch(promise.to).key : keyOf(promise.to) }
      world.observe(promise.to, promise.by, [outcome(one.delivered, told), outcome(10, seen)], by)
    } else if (from === 'me' && one.load) {
      notes.push({
        id: `private-${notes.length}`,
        subject: did(to),
        outcomes: [outcome(one.delivered, seen)],
      })
    } else world.observe(from, to, [outcome(one.delivered, seen)], life)
  }
  return { world, notes }
}

/** An agent's identity as a log of that kind shows it. */
export function identityAs(of: string, log: (typeof LOGS)[number]): KnownIdentity | undefined {
  const thief = thiefEpoch(of)
  const own = epochOf(of)
  switch (log) {
    case 'absent':
      return undefined
    case 'plain':
      return identity(of)
    case 'reach':
      return identity(of, [epochOf(of, { compromised: false, reach: 12 }), thief])
    case 'compromised':
      return identity(of, [epochOf(of, { compromised: true, reach: undefined }), thief])
    case 'forked':
      return branched(of, [
        { inception: inceptionOf(of), epochs: [own] },
        { inception: inceptionOf(of), epochs: [own, thief] },
      ])
    case 'two inceptions':
      return branched(of, [
        { inception: inceptionOf(`thief of ${of}`), epochs: [own, thief] },
        { inception: inceptionOf(of), epochs: [own] },
      ])
  }
}

function branched(of: string, branches: KnownIdentity['branches']): KnownIdentity {
  const places = new Map(
    branches.flatMap(({ epochs }) => epochs.map((epoch) => [epoch.keyHex, epoch] as const)),
  )
  return {
    branches,
    place: (keyHex) => {
      const epoch = places.get(keyHex) ?? (keyHex === epochOf(of).keyHex ? epochOf(of) : undefined)
      return epoch === undefined ? undefined : placeOfEpoch(epoch)
    },
  }
}

export function pinAs(pin: number): Pin | undefined {
  return ([undefined, { kind: 'trust' }, { kind: 'distrust' }, { kind: 'cap', cap: 0.3 }] as const)[
    pin
  ]
}

/** Records by whom they concern, as a node keeps them. */
export class HeldRecords implements RecordIndex {
  readonly held = new Map<string, EvidenceRecord>()

  about(subject: Did): Iterable<EvidenceRecord> {
    return [...this.held.values()].filter(
      ({ record }) => (record.type === 'promise' ? record.issuer : record.subject) === subject,
    )
  }

  by(issuer: Did): Iterable<EvidenceRecord> {
    return [...this.held.values()].filter(({ record }) => record.issuer === issuer)
  }

  byOneNumber(issuer: Did): Iterable<EvidenceRecord> {
    return this.by(issuer)
  }
}
