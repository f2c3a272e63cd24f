/**
 * One run: some nodes, a third of them liars at most, an hour of virtual time. In its first part agents
 * speak and everything goes wrong; then all is mended, and what must hold is looked at. A seed decides
 * everything: two runs of one seed are the same, byte for byte. `docs/simulation.md`.
 */
import { createHash } from 'node:crypto'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/base/units.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import type { Unnumbered } from '../../../src/node/author.ts'
import { GENERAL_SCOPE } from '../../../src/trust/context.ts'
import type { Outlook } from '../../../src/node/outlook.ts'
import type { Replica } from '../../../src/records/replica/replica.ts'
import { FLOOR_STEP_MS, shardOf } from '../../../src/records/replica/lanes.ts'
import { Dice } from '../dice.ts'
import { Checks, type Found } from './checks.ts'
import { signerOf, simulatedVerifier } from './keys.ts'
import { Liar, liesOf } from './lies.ts'
import { RULES, SimulatedNode } from './node.ts'
import { VirtualTime } from './time.ts'
import { Wire } from './wire.ts'

/** A defect put into the run, to see that it is found. */
export interface Planted {
  readonly spoil?: (replica: Replica) => Replica
  /** Acknowledges what is not synced. */
  readonly lyingDisk?: boolean
}

export interface RunResult {
  readonly seed: number
  readonly found: readonly Found[]
  /** SHA-256 over every event and every message, in order, and over what the nodes end up with. */
  readonly digest: string
  readonly events: number
  readonly nodes: number
  readonly liars: number
  /** Signed by whoever may; and those that an honest node took. */
  readonly records: number
  readonly taken: number
  readonly faults: number
  readonly lies: number
  readonly lost: number
  /** Times that a node's scores were worked out anew beside those it keeps up. */
  readonly compared: number
}

/** In the middle of a step of the lanes' floors: none passes within some hours. */
const START_MS = FLOOR_STEP_MS * Math.ceil(1_790_000_000_000 / FLOOR_STEP_MS) + 10 * MINUTE_MS
/** At the end nothing goes wrong for so long. */
const HEALING_MS = 15 * MINUTE_MS
const NODES = 8
const FAULTS_PER_HOUR = 24
const CLAIMS_PER_HOUR = 200
const LIES_PER_HOUR = 90
const CLOCK_SPREAD_MS = 80 * SECOND_MS
const LOOK_INTERVAL_MS = 5 * SECOND_MS
/** One node's scores are worked out anew beside those it keeps up, every quarter of an hour. */
const COMPARED_EVERY_LOOKS = 180
/** What follows from the last looks comes to rest. */
const REST_MS = 10 * SECOND_MS

export async function simulate(seed: number, hours = 1, planted: Planted = {}): Promise<RunResult> {
  const run = new Run(seed, hours * HOUR_MS, planted)
  using _ = run.time.install()
  return await run.play()
}

class Run {
  readonly time: VirtualTime
  readonly #seed: number
  readonly #lengthMs: number
  readonly #dice: Dice
  readonly #wire: Wire
  readonly #checks: Checks
  readonly #nodes: readonly SimulatedNode[]
  readonly #liars: readonly Liar[]
  readonly #hash = createHash('sha256')
  #faults = 0
  #lies = 0
  #looks = 0
  #compared = 0

  constructor(seed: number, lengthMs: number, planted: Planted) {
    this.#seed = seed
    this.#lengthMs = lengthMs
    const dice = (this.#dice = new Dice(seed))
    this.time = new VirtualTime(START_MS, dice, (atMs, life) => {
      this.#hash.update(`${atMs} ${life.name}\n`)
    })
    this.#wire = new Wire(this.time, dice, (bytes) => {
      this.#hash.update(bytes)
      for (const liar of this.#liars) if (dice.chance(0.02)) liar.hear(bytes)
    })
    this.#checks = new Checks(() => this.time.elapsedMs)
    const count = NODES
    const liarCount = dice.between(1, Math.floor(count / 3))
    this.#nodes = this.#cast(count, liarCount, planted)
    const honest = this.#nodes.filter(({ isHonest }) => isHonest)
    const agents = this.#nodes.map(({ settings }) => settings.state)
    this.#liars = this.#nodes
      .filter(({ isHonest }) => !isHonest)
      .map(
        (node) =>
          new Liar(node, {
            dice,
            nowMs: () => this.time.nowMs,
            post: (kind, bytes, to) => this.#wire.post(kind, bytes, node.peer, to),
            said: (bytes) => this.#checks.said(bytes, false),
            honest,
            agents,
          }),
      )
  }

  async play(): Promise<RunResult> {
    const quietMs = this.#lengthMs - HEALING_MS
    for (const node of this.#nodes) node.start()
    this.#plan(quietMs)
    this.time.after(quietMs, () => this.#heal(), this.time.world)
    this.#look()
    await this.time.runUntil(this.#lengthMs)
    this.#checks.converged(this.#nodes, this.time.nowMs)
    await this.#compareScores()
    this.#conclude()
    // Whatever was shown outlives one more crash of everybody.
    for (const node of this.#nodes) {
      node.crash()
      if (node.isHonest) node.start()
    }
    await this.time.runUntil(this.time.elapsedMs + REST_MS)
    return {
      seed: this.#seed,
      found: this.#checks.found,
      digest: this.#hash.digest('hex'),
      events: this.time.count,
      nodes: this.#nodes.length,
      liars: this.#liars.length,
      records: this.#checks.recordCount,
      taken: this.#checks.acceptedCount,
      faults: this.#faults,
      lies: this.#lies,
      lost: this.#wire.lost,
      compared: this.#compared,
    }
  }

  #cast(count: number, liarCount: number, planted: Planted): readonly SimulatedNode[] {
    const dice = this.#dice
    const names = Array.from({ length: count }, (_, at) => `node ${at} of ${this.#seed}`)
    const states = names.map((name) => {
      const genesis = signerOf(name)
      const rotationKey = signerOf(`${name} rotation`).publicKey
      return IdentityState.of(incept({ genesis, rotationKey, verifier: simulatedVerifier }).log)
    })
    const [first] = states
    if (first === undefined) throw new RangeError('a run has nodes')
    const introducers = states.slice(0, 3).map(({ did }) => ({ did, level: 900 }))
    const checks = this.#checks
    const world = {
      time: this.time,
      wire: this.#wire,
      dice,
      dialled: (from: string, to: string) => from < to,
      watcher: {
        signed: (_: SimulatedNode, bytes: Uint8Array) => checks.said(bytes, true),
        accepted: (node: SimulatedNode, id: string) => checks.accepted(node, id),
        evicted: (node: SimulatedNode, id: string) => checks.evicted(node, id),
        identityChanged: checks.identityChanged.bind(checks),
        failed: (node: SimulatedNode, what: string) => {
          checks.report('node failed', node.settings.name, what)
        },
        started: (node: SimulatedNode) => {
          checks.started(node).catch((error: unknown) => {
            checks.report('node failed', node.settings.name, String(error))
          })
        },
      },
    }
    return states.map((state, index) => {
      const name = names[index] ?? ''
      const isLiar = index >= count - liarCount
      const settings = {
        index,
        name,
        signer: signerOf(name),
        state,
        // Two of the honest follow one shard each.
        shards: index === 0 ? [0] : index === 1 ? [1] : [0, 1],
        clockOffsetMs: dice.between(-CLOCK_SPREAD_MS, CLOCK_SPREAD_MS),
        introducers,
        viewer: first.did,
        spoil: isLiar ? undefined : planted.spoil,
        lyingDisk: planted.lyingDisk === true && !isLiar,
      }
      return new SimulatedNode(settings, world, isLiar ? liesOf(dice) : undefined)
    })
  }

  /** What is said, what goes wrong and who lies, and when. */
  #plan(quietMs: number): void {
    const dice = this.#dice
    const hours = this.#lengthMs / HOUR_MS
    const during = (count: number, untilMs: number, work: () => void): void => {
      for (let at = 0; at < count * hours; at++) {
        this.time.after(dice.between(2 * SECOND_MS, untilMs), work, this.time.world)
      }
    }
    during(CLAIMS_PER_HOUR, quietMs, () => this.#speak())
    during(FAULTS_PER_HOUR, quietMs - MINUTE_MS, () => this.#fault(quietMs))
    during(2, quietMs, () => this.#rotate())
    during(LIES_PER_HOUR / 2, quietMs - 6 * MINUTE_MS, () => {
      this.#lied(dice.pick(this.#liars).speak())
    })
    // These go on to the end: they bring nothing new.
    during(LIES_PER_HOUR / 2, this.#lengthMs, () => this.#lied(dice.pick(this.#liars).disturb()))
  }

  #lied(act: string): void {
    this.#hash.update(act)
    this.#lies++
  }

  #speak(): void {
    const dice = this.#dice
    const node = dice.pick(this.#nodes.filter(({ isHonest }) => isHonest))
    const { shards } = node.settings
    const others = this.#nodes.filter((one) => one !== node).map(({ settings }) => settings.state)
    // What is of a shard that its node does not follow is said again now and then: not modelled here.
    const near = others.filter(({ did }) => shards.includes(shardOf(did, RULES.shardBits)))
    if (near.length === 0) return
    const { did, branches } = dice.pick(near)
    const mayPromise = shards.includes(shardOf(node.settings.state.did, RULES.shardBits))
    node.act(async ({ author, evidence }) => {
      const nowMs = node.clock
      const expiresAtMs = nowMs + dice.pick([20, 60, 300]) * DAY_MS
      const own = node.settings.state.did
      const choice = dice.next()
      const vouches = [...evidence.by(own, 'vouch')]
      const promises = [...evidence.about(own, 'promise'), ...evidence.between('promise', did, own)]
      let claim: Unnumbered
      if (choice < 0.1 && vouches.length > 0) {
        const { id, record } = dice.pick(vouches)
        if (record.type !== 'vouch') return
        const end = nowMs + 366 * DAY_MS
        claim = { type: 'revocation', vouch: id, subject: record.subject, expiresAtMs: end }
      } else if (choice < 0.25 && mayPromise) {
        const work = { kind: 'count' as const, count: dice.between(1, 5) }
        const deadlineMs = nowMs + 10 * MINUTE_MS
        claim = { type: 'promise', delegator: did, scope: 'general', work, deadlineMs, expiresAtMs }
      } else if (choice < 0.55) {
        const named = promises.find(
          ({ record }) =>
            record.type === 'promise' && record.issuer === did && record.delegator === own,
        )
        const work =
          named?.record.type === 'promise'
            ? named.record.work
            : { kind: 'count' as const, count: dice.between(1, 5) }
        const outcome = {
          ...(named !== undefined && { promise: named.id }),
          scope: 'general',
          promised: work,
          delivered: work,
          clarity: 0 as const,
          observedAtMs: nowMs,
        }
        claim = { type: 'observation', subject: did, outcomes: [outcome], expiresAtMs }
      } else {
        const { inception } = branches[0]
        const level = dice.between(1, 1000)
        claim = { type: 'vouch', subject: did, inception, scope: 'general', level, expiresAtMs }
      }
      // Whether it is stored depends on what else there is; what is shown as stored is checked.
      await author.issue([claim]).catch(() => undefined)
    })
  }

  /** An honest agent gets a new key. */
  #rotate(): void {
    const dice = this.#dice
    const node = dice.pick(this.#nodes.filter(({ isHonest }) => isHonest))
    const { name, state, signer } = node.settings
    if (node.signer !== signer) return
    const next = signerOf(`${name} next`)
    const [log] = state.branches
    const authority = signerOf(`${name} rotation`)
    const rotated = rotate({
      log,
      authority,
      operationalKey: next.publicKey,
      verifier: simulatedVerifier,
    })
    const later = IdentityState.of(rotated.log)
    node.act(async ({ author, writer }) =>
      author.handOver(async () => {
        await writer.putIdentity(later)
        node.signer = next
        node.gossip('identity', later.bytes)
        return next
      }),
    )
  }

  #fault(quietMs: number): void {
    const dice = this.#dice
    this.#faults++
    const untilMs = (least: number, most: number): number =>
      Math.min(dice.between(least, most), Math.max(0, quietMs - this.time.elapsedMs))
    const kind = dice.pick(['crash', 'crash', 'partition', 'link', 'link', 'weather'] as const)
    this.#hash.update(kind)
    if (kind === 'crash') {
      const node = dice.pick(this.#nodes)
      node.crash()
      this.time.after(untilMs(SECOND_MS, 2 * MINUTE_MS), () => this.#startAgain(node))
    } else if (kind === 'weather') {
      const { weather } = this.#wire
      weather.loss = dice.next() * 0.5
      weather.doubling = dice.next() * 0.3
      weather.delayMs = [dice.between(1, 100), dice.between(100, 5_000)]
    } else {
      const side = new Set(
        dice.some(this.#nodes, kind === 'link' ? 1 : dice.between(2, this.#nodes.length - 2)),
      )
      const cut: [string, string][] = []
      for (const here of side) {
        const there = this.#nodes.filter((node) => !side.has(node))
        for (const node of kind === 'link' ? dice.some(there, 2) : there) {
          if (this.#wire.isCut(here.peer, node.peer)) continue
          this.#wire.cut(here.peer, node.peer)
          cut.push([here.peer, node.peer])
        }
      }
      this.time.after(untilMs(5 * SECOND_MS, 4 * MINUTE_MS), () => {
        for (const [here, there] of cut) this.#wire.mend(here, there)
      })
    }
  }

  #startAgain(node: SimulatedNode): void {
    if (node.isOff) node.start()
  }

  #heal(): void {
    const { weather } = this.#wire
    weather.loss = 0
    weather.doubling = 0
    weather.delayMs = [5, 200]
    for (const one of this.#nodes) {
      for (const other of this.#nodes) {
        if (one !== other) this.#wire.mend(one.peer, other.peer)
      }
      this.#startAgain(one)
    }
  }

  #look(): void {
    this.#checks.bounded(this.#nodes, this.#wire.streams)
    if (++this.#looks % COMPARED_EVERY_LOOKS === 0) {
      const honest = this.#nodes.filter(({ isHonest }) => isHonest)
      const node = honest[(this.#looks / COMPARED_EVERY_LOOKS) % honest.length]
      if (node !== undefined && !node.isOff) this.#compareWithNew(node)
    }
    this.time.after(LOOK_INTERVAL_MS, () => this.#look(), this.time.world)
  }

  /** Same records, same moment, same viewer: the same scores, whatever came when. */
  async #compareScores(): Promise<void> {
    const asOfMs = this.time.nowMs
    const full = this.#nodes.filter(
      ({ isHonest, settings }) => isHonest && settings.shards.length === 2 ** RULES.shardBits,
    )
    let expected: string | undefined
    for (const node of full) {
      const scores: string[] = []
      node.act(async ({ outlook }) => {
        scores.push(...(await this.#scoresAt(outlook, { asOfMs })))
      })
      this.#compareWithNew(node)
      await this.time.runUntil(this.time.elapsedMs + SECOND_MS)
      const all = scores.join('\n')
      this.#hash.update(all)
      expected ??= all
      if (all === expected && scores.length === this.#nodes.length) continue
      this.#checks.report('scores differ', node.settings.name, `${all}\n${expected}`)
    }
  }

  /** The view that was kept up record by record gives what a new one of the same records gives. */
  #compareWithNew(node: SimulatedNode): void {
    node.act(async ({ outlook }) => {
      let isOther = false
      const unlisten = outlook.onChange(() => {
        isOther = true
      })
      const presentMs = node.clock
      const live = await this.#scoresAt(outlook, {})
      const again = await this.#scoresAt(outlook, { asOfMs: presentMs })
      unlisten()
      // Something came meanwhile: the two are not of the same records.
      if (isOther || node.clock !== presentMs) return
      this.#compared++
      for (const [at, score] of live.entries()) {
        if (score === again[at]) continue
        const detail = `${score} ${again[at] ?? ''}`
        this.#checks.report('score is not that of its records', node.settings.name, detail)
      }
    })
  }

  /** All of one moment together: a view of another moment is made anew for each change of it. */
  async #scoresAt(
    outlook: Outlook,
    moment: { readonly asOfMs?: number },
  ): Promise<readonly string[]> {
    const found: string[] = []
    for (const { settings } of this.#nodes) {
      const subject = settings.state.did
      const score = await outlook.score({ subject, scope: GENERAL_SCOPE, ...moment })
      found.push(JSON.stringify(score))
    }
    return found
  }

  #conclude(): void {
    for (const node of this.#nodes) {
      for (let shard = 0; shard < 2 ** RULES.shardBits; shard++) {
        this.#hash.update(node.heldIn(shard).join())
      }
    }
  }
}
