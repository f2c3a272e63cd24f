import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Did } from '../../../src/identity/did.ts'
import type { KnownIdentity, Pin, PrivateOutcomes } from '../../../src/trust/context.ts'
import type { Explanation } from '../../../src/trust/explanation.ts'
import { LiveView } from '../../../src/trust/live/live-view.ts'
import { Mentioned } from '../../../src/trust/mentioned.ts'
import type { ProfileName } from '../../../src/trust/profile.ts'
import { View } from '../../../src/trust/view.ts'
import { did, identity } from '../world.ts'
import { HeldRecords, identityAs, LOGS, NAMES, pinAs, plan, SCOPES, START_MS } from './history.ts'
import type { Plan, Step } from './history.ts'

const INTRODUCERS = [{ did: did('carol'), level: 400 }]

/** Runs work that stops now and then, with the scope made ready after each stop. */
function told<Result>(view: LiveView, scope: string, steps: Generator<undefined, Result>): Result {
  for (;;) {
    ready(view, scope)
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function ready(view: LiveView, scope: string): void {
  while (!view.work(scope, 50));
}

/** A live view beside what it is to be told by a view from nothing. */
class Twin {
  readonly records = new HeldRecords()
  readonly identities = new Map<Did, KnownIdentity | undefined>()
  readonly pins = new Map<Did, Pin>()
  readonly notes: PrivateOutcomes[] = []
  readonly view: LiveView
  readonly #profile: ProfileName
  #nowMs = START_MS

  constructor(profile: ProfileName) {
    this.#profile = profile
    for (const name of NAMES) this.identities.set(did(name), identity(name))
    this.view = new LiveView({
      viewer: did('me'),
      profile,
      identityOf: (one) => this.identities.get(one),
      records: this.records,
      nowMs: START_MS,
    })
    this.view.override({ pins: this.pins, introducers: INTRODUCERS })
  }

  take(step: Step, { world, notes }: Plan): void {
    const { view, records, identities, pins } = this
    switch (step.kind) {
      case 'put':
      case 'remove': {
        const one = world.records[step.which % Math.max(1, world.records.length)]
        if (one === undefined) return
        if (step.kind === 'put') {
          records.held.set(one.id, one)
          view.put(one)
        } else {
          records.held.delete(one.id)
          view.remove(one)
        }
        return
      }
      case 'log': {
        const name = NAMES[step.who] ?? 'me'
        identities.set(did(name), identityAs(name, LOGS[step.log] ?? 'plain'))
        view.identityChanged(did(name))
        return
      }
      case 'pin': {
        const pin = pinAs(step.pin)
        const about = did(NAMES[step.who] ?? 'me')
        if (pin === undefined) pins.delete(about)
        else pins.set(about, pin)
        view.override({ pins, introducers: INTRODUCERS })
        return
      }
      case 'note': {
        const note = notes[step.which % Math.max(1, notes.length)]
        if (note === undefined) return
        const at = this.notes.indexOf(note)
        if (at < 0) this.notes.push(note)
        else this.notes.splice(at, 1)
        view.keepPrivate(this.notes)
        return
      }
      case 'pass':
        this.#nowMs += step.ms
        view.advance(this.#nowMs)
        return
      case 'work':
        view.work(SCOPES[step.scope] ?? 'general', step.limit)
    }
  }

  fromNothing(): View {
    return View.of([...this.records.held.values()].toReversed(), {
      viewer: did('me'),
      nowMs: this.#nowMs,
      profile: this.#profile,
      identityOf: (one) => this.identities.get(one),
      pins: this.pins,
      introducers: INTRODUCERS,
      privateOutcomes: this.notes,
    })
  }

  mentioned(scope: string): readonly Did[] {
    const context = { viewer: did('me'), pins: this.pins, introducers: INTRODUCERS }
    const mentioned = new Mentioned(scope, context)
    for (const { record } of this.records.held.values()) mentioned.add(record)
    for (const { subject, outcomes } of this.notes) {
      mentioned.addPrivate(
        subject,
        outcomes.map((one) => one.scope),
      )
    }
    return mentioned.list()
  }

  seen({ score, ignored, counterfactuals, social, behaviour }: Explanation): void {
    SEEN.add(score.state)
    for (const { reason } of ignored) SEEN.add(reason)
    if (counterfactuals.fooledNeeded > 1) SEEN.add('two ways')
    if (social.paths.some(({ hops }) => hops.length > 2)) SEEN.add('three hops')
    if (behaviour?.observers.some(({ attested }) => attested > 0) === true) SEEN.add('attested')
  }

  /** Every answer of both about everybody. */
  compare(): void {
    const { view } = this
    const full = this.fromNothing()
    expect(view.digest).toBe(full.digest)
    expect(view.hasView).toBe(full.hasView)
    for (const scope of SCOPES) {
      ready(view, scope)
      expect(told(view, scope, view.mentioning(scope))).toEqual(this.mentioned(scope))
      for (const name of [...NAMES, 'stranger']) {
        const subject = did(name)
        expect(view.score(subject, scope)).toEqual(full.score(subject, scope))
        expect(view.paths(subject, scope, 5)).toEqual(full.paths(subject, scope, 5))
        const explained = told(view, scope, view.explaining(subject, scope))
        expect(explained).toEqual(full.explain(subject, scope))
        this.seen(explained)
        const recounted = told(view, scope, view.recounting(subject, scope))
        expect(recounted).toEqual(full.history(subject, scope))
      }
    }
  }
}

/** What the histories led to, so that a generator that says nothing is found out. */
const SEEN = new Set<string>()

/** A thousand histories, on a machine that has other things to do. */
const LIMIT_MS = 400_000

const WANTED = [
  'known',
  'thin',
  'unknown',
  'distrusted',
  'two ways',
  'three hops',
  'attested',
  'identity-unknown',
  'key-unknown',
  'key-compromised',
  'key-beyond-reach',
  'from-future',
  'expired',
  'revoked',
  'superseded',
  'subject-unknown',
  'other-inception',
  'other-scope',
  'not-reachable',
  'fork-unsettled',
  'self-report',
]

describe('a live view', () => {
  test.each([
    ['strict', 700],
    ['open', 300],
  ] as const)(
    'says what a view from nothing says, to the last bit: %s',
    {
      timeout: LIMIT_MS,
    },
    (profile, numRuns) => {
      fc.assert(
        fc.property(plan, fc.integer({ min: 1, max: 90 }), (one, between) => {
          const twin = new Twin(profile)
          for (const [at, step] of one.steps.entries()) {
            twin.take(step, one)
            if (at % between === between - 1) twin.compare()
          }
          twin.compare()
        }),
        { numRuns, seed: 3 },
      )
      expect(WANTED.filter((one) => !SEEN.has(one))).toEqual([])
    },
  )
})
