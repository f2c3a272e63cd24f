import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../../src/base/units.ts'
import { silentLogger, type Logger } from '../../../src/base/log.ts'
import type { Did } from '../../../src/identity/did.ts'
import { Checkpointer, readCheckpoint } from '../../../src/node/checkpoint/checkpointer.ts'
import type { CheckpointOwner } from '../../../src/node/checkpoint/checkpoint.ts'
import { Evidence } from '../../../src/node/evidence.ts'
import { Outlook } from '../../../src/node/outlook.ts'
import type { EvidenceRecord, Pin, TrustContext } from '../../../src/trust/context.ts'
import { paramsHash, PROFILES } from '../../../src/trust/profile.ts'
import { View } from '../../../src/trust/view.ts'
import { faultOf } from '../../node/fault.ts'
import { did, NOW_MS, outcome, World } from '../../trust/world.ts'

const bob = did('bob')
const SCOPE = 'general'
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

function busy(friends: number): World {
  const world = new World().know('me', 'bob')
  for (let at = 0; at < friends; at++) {
    world.vouch('me', `friend ${at}`, 300 + ((at * 37) % 700))
    world.vouch(`friend ${at}`, 'bob', 200 + ((at * 91) % 800))
    world.settle(`friend ${at}`, 'bob', (at * 3) % 11)
  }
  return world
}

/** Records that are handed out when the test says so. */
class HeldBack extends Evidence {
  readonly #gate = Promise.withResolvers<undefined>()

  release(): void {
    this.#gate.resolve(undefined)
  }

  override async *stored(): AsyncGenerator<EvidenceRecord> {
    await this.#gate.promise
    yield* super.stored()
  }
}

/** One run of a node, as far as its outlook goes. */
class Run implements AsyncDisposable {
  readonly notes: string[] = []
  readonly evidence = new HeldBack()
  readonly clock = { nowMs: NOW_MS }
  readonly pins = new Map<Did, Pin>()
  readonly world: World
  readonly path: string
  readonly owner: CheckpointOwner = {
    network: 'test',
    viewer: did('me'),
    storeId: 'store',
    params: paramsHash(PROFILES.strict),
    words: '00'.repeat(32),
  }
  outlook!: Outlook
  #checkpointer!: Checkpointer

  private constructor(world: World, path: string) {
    this.world = world
    this.path = path
  }

  static async begin(
    world: World,
    path: string,
    options: { readonly nowMs?: number; readonly owner?: Partial<CheckpointOwner> } = {},
  ): Promise<Run> {
    const run = new Run(world, path)
    run.clock.nowMs = options.nowMs ?? NOW_MS
    Object.assign(run.owner, options.owner)
    for (const { id, record } of world.records) run.evidence.add(id, record)
    const clock = (): number => run.clock.nowMs
    const log: Logger = {
      ...silentLogger,
      info: (message, { reason } = {}) => run.notes.push(`${message}: ${String(reason)}`),
      warn: (message, { reason } = {}) => run.notes.push(`${message}! ${String(reason)}`),
    }
    const checkpoint = await readCheckpoint(path, run.owner, { clock, log })
    const { evidence } = run
    const context = (): Omit<TrustContext, 'nowMs'> => world.context({ pins: run.pins })
    run.outlook = new Outlook({ evidence, clock, context, checkpoint, waitLimitMs: 30 })
    const owner = async () => Promise.resolve(run.owner)
    run.#checkpointer = new Checkpointer({ path, outlook: run.outlook, owner, clock, log })
    run.outlook.begin()
    return run
  }

  fresh(): View {
    const context = this.world.context({ pins: this.pins })
    return View.of(this.world.records, { ...context, nowMs: this.clock.nowMs })
  }

  async ready(): Promise<void> {
    this.evidence.release()
    while (!this.outlook.state.isReady) await new Promise((next) => setImmediate(next))
  }

  async score(subject = bob, scope = SCOPE) {
    return this.outlook.score({ subject, scope })
  }

  async write(): Promise<boolean> {
    return this.#checkpointer.write()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#checkpointer[Symbol.asyncDispose]()
    this.outlook[Symbol.dispose]()
  }
}

async function freshPath(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-checkpoint-'))
  cleanups.push(async () => rm(home, { recursive: true }))
  return join(home, 'scores.checkpoint')
}

/** A run that ends in order, and what it said last. */
async function left(world: World, path: string) {
  await using run = await Run.begin(world, path)
  await run.ready()
  return await run.score()
}

describe('scores written down', () => {
  test('K5 answer until the view is there, as of their moment, and then never again', async () => {
    const [world, path] = [busy(30), await freshPath()]
    const last = await left(world, path)
    expect(last).toMatchObject({ state: 'known', from: 'view' })
    const nowMs = NOW_MS + 2 * DAY_MS
    await using run = await Run.begin(world, path, { nowMs })
    expect(await run.score()).toEqual({ ...last, from: 'checkpoint' })
    expect(last.asOf).toBe(new Date(NOW_MS).toISOString())
    expect(run.outlook.state).toMatchObject({ isReady: false, checkpointMs: NOW_MS })
    expect(await run.score(did('stranger'))).toMatchObject({ state: 'unknown', from: 'checkpoint' })
    const agents = await run.outlook.agents(SCOPE)
    expect(agents).toEqual(run.fresh().agents(SCOPE))
    expect((await run.outlook.scores(agents, SCOPE)).map(({ from }) => from)).not.toContain('view')
    await run.ready()
    for (let times = 0; times < 3; times++) {
      expect(await run.score()).toEqual({ ...run.fresh().score(bob, SCOPE), from: 'view' })
    }
    expect(run.outlook.state).toMatchObject({ isReady: true, checkpointMs: undefined })
    expect(run.notes).toEqual([])
  })

  test('K5 what is not in them waits for the view, and is told how far that is', async () => {
    const [world, path] = [busy(5), await freshPath()]
    await left(world, path)
    await using run = await Run.begin(world, path)
    const loading = { code: 'node/loading', done: 0, total: world.records.length }
    const question = { subject: bob, scope: SCOPE }
    expect(await faultOf(run.outlook.explain(question))).toEqual(loading)
    expect(await faultOf(run.outlook.history(question))).toEqual(loading)
    expect(await faultOf(run.outlook.paths(question, 3))).toEqual(loading)
    expect(await faultOf(run.score(bob, 'review'))).toEqual(loading)
    await run.ready()
    expect(await run.outlook.explain(question)).toEqual(run.fresh().explain(bob, SCOPE))
  })

  test('K5 after a pin, a note or a word of the viewer they are given no more', async () => {
    const [world, path] = [busy(5), await freshPath()]
    await left(world, path)
    const acts: readonly ((run: Run) => void)[] = [
      (run) => {
        run.pins.set(bob, { kind: 'distrust' })
        run.outlook.noted(bob)
      },
      (run) => run.outlook.noted(),
      (run) => {
        const { id, ...record } = run.world.vouch('me', 'bob', 900)
        run.evidence.add(id, record)
      },
    ]
    for (const act of acts) {
      await using run = await Run.begin(world, path)
      expect(await run.score()).toMatchObject({ from: 'checkpoint' })
      act(run)
      expect(await faultOf(run.score())).toMatchObject({ code: 'node/loading' })
    }
    await using run = await Run.begin(world, path)
    const { id, ...record } = world.observe('friend 1', 'bob', [outcome(0)])
    run.evidence.add(id, record)
    expect(await run.score()).toMatchObject({ from: 'checkpoint' })
  })

  test('K1 a run that is killed while it writes leaves what was there before', async () => {
    const [world, path] = [busy(5), await freshPath()]
    const last = await left(world, path)
    const whole = await readFile(path)
    await writeFile(`${path}.new`, whole.subarray(0, whole.length / 2))
    {
      await using run = await Run.begin(world, path)
      expect(await run.score()).toEqual({ ...last, from: 'checkpoint' })
      await run.ready()
      await run.score()
      run.clock.nowMs += 20 * MINUTE_MS
    }
    expect(await stat(`${path}.new`).catch(() => undefined)).toBeUndefined()
    await using run = await Run.begin(world, path, { nowMs: NOW_MS + DAY_MS })
    const asOf = new Date(NOW_MS + 20 * MINUTE_MS).toISOString()
    expect(await run.score()).toMatchObject({ from: 'checkpoint', asOf })
  })

  test('K3 what is broken, foreign, old or ahead is left aside with one line, and no error', async () => {
    const [world, path] = [busy(3), await freshPath()]
    await left(world, path)
    const whole = await readFile(path)
    const cases: readonly (readonly [
      string,
      () => Promise<void>,
      Parameters<typeof Run.begin>[2],
    ])[] = [
      ['torn', async () => writeFile(path, whole.subarray(0, 90)), {}],
      ['torn', async () => writeFile(path, ''), {}],
      ['network', async () => writeFile(path, whole), { owner: { network: 'main' } }],
      ['viewer', async () => writeFile(path, whole), { owner: { viewer: bob } }],
      ['store', async () => writeFile(path, whole), { owner: { storeId: 'other' } }],
      ['params', async () => writeFile(path, whole), { owner: { params: '11'.repeat(32) } }],
      ['words', async () => writeFile(path, whole), { owner: { words: '11'.repeat(32) } }],
      ['old', async () => writeFile(path, whole), { nowMs: NOW_MS + 8 * DAY_MS }],
      ['ahead', async () => writeFile(path, whole), { nowMs: NOW_MS - 1 }],
    ]
    for (const [reason, prepare, options] of cases) {
      await prepare()
      const run = await Run.begin(world, path, options)
      expect(run.notes).toEqual([`the checkpoint of scores is not used: ${reason}`])
      expect(await faultOf(run.score())).toMatchObject({ code: 'node/loading' })
      run.outlook[Symbol.dispose]()
      await run[Symbol.asyncDispose]()
    }
  })

  test('K2 are written when there is a view and it is another, and not otherwise', async () => {
    const [world, path] = [busy(3), await freshPath()]
    await using run = await Run.begin(world, path)
    expect(await run.write()).toBe(false)
    expect(await stat(path).catch(() => undefined)).toBeUndefined()
    await run.ready()
    expect(await run.write()).toBe(true)
    expect(await run.write()).toBe(false)
    const { id, ...record } = world.observe('friend 1', 'bob', [outcome(0)])
    run.evidence.add(id, record)
    expect(await run.write()).toBe(true)
    run.clock.nowMs += 11 * MINUTE_MS
    expect(await run.write()).toBe(true)
  })

  test('K2 where nothing can be written the node goes on, and says so', async () => {
    const world = busy(1)
    await using run = await Run.begin(world, '/nowhere/at/all/scores.checkpoint')
    await run.ready()
    expect(await run.write()).toBe(false)
    expect(run.notes[0]).toMatch(/^the checkpoint of scores was not written! .*ENOENT/)
    expect(await run.score()).toMatchObject({ from: 'view' })
  })
})
