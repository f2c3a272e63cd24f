import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import { Evidence } from '../../src/node/evidence.ts'
import { Outlook } from '../../src/node/outlook.ts'
import type { EvidenceRecord, Pin, TrustContext } from '../../src/trust/context.ts'
import { View } from '../../src/trust/view.ts'
import { did, NOW_MS, outcome, World } from '../trust/world.ts'

const bob = did('bob')
const SCOPE = 'general'

/** A busy world: friends who vouch for Bob and say how he does. */
function busy(friends: number): World {
  const world = new World().know('me', 'bob')
  for (let at = 0; at < friends; at++) {
    world.vouch('me', `friend ${at}`, 300 + ((at * 37) % 700))
    world.vouch(`friend ${at}`, 'bob', 200 + ((at * 91) % 800))
    world.settle(`friend ${at}`, 'bob', (at * 3) % 11)
  }
  return world
}

function outlookOver(world: World, held: readonly EvidenceRecord[]) {
  const evidence = new Evidence()
  for (const { id, record } of held) evidence.add(id, record)
  const clock = { nowMs: NOW_MS }
  const pins = new Map<Did, Pin>()
  const method: { profile: TrustContext['profile'] } = { profile: 'strict' }
  const context = (): Omit<TrustContext, 'nowMs'> => world.context({ pins, ...method })
  const outlook = new Outlook({ evidence, clock: () => clock.nowMs, context })
  const fresh = () => View.of(evidence.all(), { ...context(), nowMs: clock.nowMs })
  return { evidence, clock, pins, method, outlook, fresh }
}

describe('the outlook', () => {
  test('answers as a view from nothing does, and follows what comes and goes', async () => {
    const world = busy(30)
    const { evidence, clock, pins, outlook, fresh } = outlookOver(world, world.records)
    const question = { subject: bob, scope: SCOPE }
    expect(await outlook.explain(question)).toEqual(fresh().explain(bob, SCOPE))
    for (const { id } of world.records.slice(0, 40)) evidence.remove(id)
    expect(await outlook.score(question)).toEqual({ ...fresh().score(bob, SCOPE), from: 'view' })
    const late = world.settle('friend 29', 'bob', 1)
    evidence.add(late.id, late)
    clock.nowMs += 30 * DAY_MS
    expect(await outlook.explain(question)).toEqual(fresh().explain(bob, SCOPE))
    expect(await outlook.history(question)).toEqual(fresh().history(bob, SCOPE))
    pins.set(bob, { kind: 'distrust' })
    outlook.noted()
    expect(await outlook.score(question)).toMatchObject({ state: 'distrusted' })
    expect(await outlook.agents(SCOPE)).toEqual(fresh().agents(SCOPE))
  })

  test('changes that come while the first view is being built are in it', async () => {
    const world = busy(800)
    const half = world.records.length / 2
    const { evidence, outlook, fresh } = outlookOver(world, world.records.slice(0, half))
    const asked = outlook.score({ subject: bob, scope: SCOPE })
    for (const { id, record } of world.records.slice(half)) evidence.add(id, record)
    for (const { id } of world.records.slice(100, 200)) evidence.remove(id)
    await new Promise((next) => setImmediate(next))
    for (const { id } of world.records.slice(half - 50, half + 50)) evidence.remove(id)
    expect(await asked).toEqual({ ...fresh().score(bob, SCOPE), from: 'view' })
    expect(await outlook.score({ subject: bob, scope: 'review' })).toEqual({
      ...fresh().score(bob, 'review'),
      from: 'view',
    })
  })

  test('lets others have a turn while it builds, however many records there are', async () => {
    const world = busy(2_000)
    const { outlook } = outlookOver(world, world.records)
    let turns = 0
    const turn = (): void => {
      turns++
      timer = setImmediate(turn)
    }
    let timer = setImmediate(turn)
    await outlook.explain({ subject: bob, scope: SCOPE })
    clearImmediate(timer)
    // 8,000 records in slices of 500, and what follows from them.
    expect(turns).toBeGreaterThan(15)
  })

  test('as of another moment it looks from the records held now', async () => {
    const world = busy(5)
    const { evidence, outlook } = outlookOver(world, world.records)
    const asOfMs = NOW_MS + 20 * DAY_MS
    const then = { subject: bob, scope: SCOPE, asOfMs }
    const view = (): View => View.of(evidence.all(), { ...world.context(), nowMs: asOfMs })
    expect(await outlook.explain(then)).toEqual(view().explain(bob, SCOPE))
    const late = world.observe('me', 'bob', [outcome(0)])
    evidence.add(late.id, late)
    expect(await outlook.explain(then)).toEqual(view().explain(bob, SCOPE))
  })

  test('judges by other numbers from then on, and follows what comes by those', async () => {
    const world = busy(3)
    const { evidence, method, outlook, fresh } = outlookOver(world, world.records)
    const question = { subject: bob, scope: SCOPE }
    const strict = await outlook.explain(question)
    expect(strict.score.profile).toBe('strict')
    method.profile = 'open'
    outlook.judgesAnew()
    expect(outlook.state.isReady).toBe(false)
    const meanwhile = outlook.explain(question)
    const late = world.settle('friend 29', 'bob', 1)
    evidence.add(late.id, late)
    const open = await meanwhile
    expect(open).toEqual(fresh().explain(bob, SCOPE))
    expect(open.score.profile).toBe('open')
    expect(open.score.params).not.toBe(strict.score.params)
    expect(open.score.standing).toBeGreaterThan(strict.score.standing)
    evidence.remove(late.id)
    expect(await outlook.score(question)).toEqual({ ...fresh().score(bob, SCOPE), from: 'view' })
  })

  test('a question that has begun meanwhile is answered by the one numbers or the others, never by some of each', async () => {
    const world = busy(300)
    const { method, outlook, fresh } = outlookOver(world, world.records)
    const question = { subject: bob, scope: SCOPE }
    await outlook.score(question)
    const before = fresh().explain(bob, SCOPE)
    const begun = outlook.explain(question)
    await Promise.resolve()
    method.profile = 'open'
    outlook.judgesAnew()
    const [told, after] = await Promise.all([begun, outlook.explain(question)])
    expect([before, fresh().explain(bob, SCOPE)]).toContainEqual(told)
    expect(after).toEqual(fresh().explain(bob, SCOPE))
  })

  test('is answered anew after everything was read again', async () => {
    const world = busy(5)
    const { evidence, outlook } = outlookOver(world, world.records)
    const question = { subject: bob, scope: SCOPE }
    expect((await outlook.score(question)).state).toBe('known')
    evidence.replace([])
    expect(await outlook.score(question)).toMatchObject({ state: 'unknown', standing: 0 })
    expect(outlook.hasView).toBe(false)
  })
})
