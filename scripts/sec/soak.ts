/**
 * What grows with time. The simulation for a virtual day, all its invariants looked at; and a real node
 * that takes in records at ten times the usual rate, each new one in the place of an old one, so that
 * what it holds stays the same: its heap after a collection, its descriptors and its timers must too.
 *
 *     npm run sec -- soak --virtual 24h
 *     npm run sec -- soak --wall 30m
 */
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { DAY_MS, HOUR_MS, MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { Cast, type Actor } from '../../src/cli/demo/cast.ts'
import { Outsider, persona, sealed, vouchFor } from '../../test/support/hostile.ts'
import { rounded } from '../bench/parts/figures.ts'
import { runAll, sentenceOf } from './dst.ts'
import { AttackUsageError, count, type Attack, type Figure, type Outcome } from './parts/attack.ts'
import { freePort, Inspected } from './parts/inspected.ts'
import { COMMAND, metricsOf, READY_LIMIT_MS } from './parts/victim.ts'

const SIMULATIONS = 2
const AUTHORS = 16
const SUBJECTS = 64
/** Of one issuer and one hour of issue a node keeps so many; of one issuer eight times as many. */
const PER_HOUR = 32
/** Records are dated from here on, so many of each author an hour: the newest displace the oldest. */
const BEGINS_BEFORE_MS = 60 * DAY_MS
const LIFETIME_MS = 80 * DAY_MS
/** So many records come, at once as a burst, then it is looked at, then there is silence. */
const CYCLE_MS = 12 * SECOND_MS
const BURST_COUNT = 40
const BURST_GAP_MS = 100
const SETTLE_MS = SECOND_MS
const SETTLE_LIMIT_MS = 30 * SECOND_MS
/** After so many every bounded list of the node is full: of the authors' best, of events, of ids seen. */
const WARM_UP_RECORDS = 40_000
const HEAP_LIMIT_MIB_PER_100K = 1
/** By so many descriptors or timers the line through all looks may rise from its one end to the other. */
const FLAT_LIMIT = 4
/** Fewer looks than this show no slope. */
const LOOKS_LEAST = 6

export const attack: Attack = {
  does: 'A virtual day, and a real node at ten times the usual rate: no broken invariant, and nothing grows.',
  flags: {
    virtual: { fallback: '', meaning: 'how long the simulation is, as 24h; with neither, 24h' },
    wall: { fallback: '', meaning: 'how long the real node runs, as 30m; with neither, 13m' },
    rate: {
      fallback: '200',
      meaning: 'records a second in the mean: ten times twenty of them',
    },
  },
  gate: { virtual: '2h' },
  full: { virtual: '24h' },
  beside: { wall: '30m' },
  limitMs: 130 * MINUTE_MS,
  run: async ({ flags, seed, progress }) => {
    const isNeither = flags['virtual'] === '' && flags['wall'] === ''
    const virtualMs = durationOf('virtual', isNeither ? '24h' : flags['virtual'])
    const wallMs = durationOf('wall', isNeither ? '13m' : flags['wall'])
    const rate = count(flags, 'rate', 1, 2_000)
    const figures: Record<string, Figure> = {}
    const misses: string[] = []
    if (virtualMs > 0) {
      const outcome = await simulated(Math.max(1, Math.round(virtualMs / HOUR_MS)), seed)
      progress(JSON.stringify(outcome.figures))
      Object.assign(figures, outcome.figures)
      misses.push(...outcome.misses)
    }
    if (wallMs > 0) {
      const outcome = await watched({ wallMs, rate, progress })
      Object.assign(figures, outcome.figures)
      misses.push(...outcome.misses)
    }
    return { figures, misses }
  },
}

/** In milliseconds; 0 for none. @throws {AttackUsageError} */
function durationOf(name: string, text = ''): number {
  if (text === '' || text === '0') return 0
  const [, number = '', unit = ''] = /^(\d{1,3})([hms])$/.exec(text) ?? []
  const unitMs = { h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS }[unit]
  const ms = Number(number) * (unitMs ?? Number.NaN)
  if (ms > 0 && ms <= DAY_MS) return ms
  throw new AttackUsageError(`--${name} takes a time such as 24h or 30m.`)
}

async function simulated(hours: number, from: number): Promise<Outcome> {
  const begunMs = performance.now()
  const told = await runAll({ seeds: SIMULATIONS, hours, from }, () => {})
  const runs = told.flatMap((one) => ('error' in one ? [] : [one]))
  const failed = told.filter((one) => 'error' in one || one.found.length > 0)
  const figures = {
    virtualHours: hours,
    virtualRuns: runs.length,
    virtualEvents: runs.reduce((sum, { events }) => sum + events, 0),
    virtualRecords: runs.reduce((sum, { records }) => sum + records, 0),
    violations: failed.length,
    virtualTookS: rounded((performance.now() - begunMs) / SECOND_MS),
  }
  return { figures, misses: failed.map(sentenceOf) }
}

interface Look {
  readonly atS: number
  /** That the node has taken in since its start. */
  readonly records: number
  /** That it holds. */
  readonly held: number
  readonly heapMib: number
  readonly descriptors: number
  readonly timers: number
}

async function watched({
  wallMs,
  rate,
  progress,
}: {
  readonly wallMs: number
  readonly rate: number
  readonly progress: (sentence: string) => void
}): Promise<Outcome> {
  await using cast = await Cast.open(COMMAND)
  const port = await freePort()
  const node = await cast.enter('soaked', [], {
    flags: ['--listen', '/ip4/127.0.0.1/tcp/0'],
    readyLimitMs: READY_LIMIT_MS,
    within: ['env', `NODE_OPTIONS=--inspect=127.0.0.1:${port}`],
  })
  using inside = await Inspected.connect(port)
  await using peer = await Outsider.start()
  await peer.join(node.address)

  const looks: Look[] = []
  const stream = vouches()
  const beganAt = performance.now()
  let sent = 0
  let late = 0
  for (let cycle = 0; performance.now() - beganAt < wallMs; cycle++) {
    const sinceMs = performance.now()
    const due = sent + Math.round((rate * CYCLE_MS) / SECOND_MS)
    while (sent < due) {
      for (let burst = 0; burst < BURST_COUNT && sent < due; burst++, sent++) {
        await peer.gossip(stream.next().value)
      }
      await delay(BURST_GAP_MS)
    }
    // What is under way has timers of its own: nothing is, when it is looked at.
    await settled(node)
    const taken = await takenBy(node)
    const resources = await inside.resources()
    const look = {
      atS: rounded((performance.now() - beganAt) / SECOND_MS),
      records: taken,
      held: await figureOf(node, 'records{type="vouch"}'),
      heapMib: rounded((await inside.heapBytes()) / MIB_BYTES, 3),
      descriptors: readdirSync(`/proc/${node.process.pid ?? 0}/fd`).length,
      timers: resources.filter((one) => one === 'Timeout').length,
    }
    looks.push(look)
    if (looks.length % LOOKS_LEAST === 0) progress(JSON.stringify(look))
    // What is remembered for some minutes is as much at each look only if as many came in each cycle.
    const restMs = sinceMs + CYCLE_MS - performance.now()
    if (restMs > 0) await delay(restMs)
    else late++
  }
  return judged({ looks, sent, wallMs, late })
}

/** Once it is done with what it was sent, or has had its time. */
async function settled(node: Actor): Promise<void> {
  const endsAt = performance.now() + SETTLE_LIMIT_MS
  let [before, now] = [-1, await takenBy(node)]
  while (now !== before && performance.now() < endsAt) {
    await delay(SETTLE_MS)
    before = now
    now = await takenBy(node)
  }
}

async function takenBy(node: Actor): Promise<number> {
  return figureOf(node, 'events_total{kind="record.accepted"}')
}

/** One line of what it tells Prometheus; 0 where there is none. */
async function figureOf(node: Actor, name: string): Promise<number> {
  const lines = (await metricsOf(node)).split('\n')
  const line = lines.find((one) => one.startsWith(`aip_node_${name} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

/** Sound vouches without end, each in the hour after those before it. */
function* vouches(): Generator<Uint8Array, never> {
  const beginsMs = Date.now() - BEGINS_BEFORE_MS
  const subjects = Array.from({ length: SUBJECTS }, (_, at) => persona(`subject ${at}`))
  const authors = Array.from({ length: AUTHORS }, (_, at) => persona(`author ${at}`))
  for (let at = 0; ; at++) {
    const hour = Math.floor(at / (AUTHORS * PER_HOUR))
    const issuedAtMs = beginsMs + hour * HOUR_MS
    const [subject, author] = [subjects[at % SUBJECTS], authors[at % AUTHORS]]
    if (subject === undefined || author === undefined) throw new RangeError('there are some')
    const change = { issuedAtMs, expiresAtMs: issuedAtMs + LIFETIME_MS, scope: `soak.${at % 7}` }
    yield sealed(vouchFor(subject, change), author)
  }
}

function judged({
  looks,
  sent,
  wallMs,
  late,
}: {
  readonly looks: readonly Look[]
  readonly sent: number
  readonly wallMs: number
  /** Cycles that took longer than they should. */
  readonly late: number
}): Outcome {
  const warm = looks.filter(({ records }) => records >= WARM_UP_RECORDS)
  const [first, last] = [warm[0], warm.at(-1)]
  const records = (last?.records ?? 0) - (first?.records ?? 0)
  const heapSlope = slopeOf(warm.map(({ records: x, heapMib }) => [x, heapMib])) * 100_000
  const rise = (read: (look: Look) => number): number =>
    slopeOf(warm.map((look) => [look.atS, read(look)])) * ((last?.atS ?? 0) - (first?.atS ?? 0))
  const descriptorsRise = rise(({ descriptors }) => descriptors)
  const timersRise = rise(({ timers }) => timers)
  const figures = {
    wallMinutes: rounded(wallMs / MINUTE_MS),
    ratePerSecond: rounded(sent / (wallMs / SECOND_MS)),
    lateCycles: late,
    sent,
    takenIn: looks.at(-1)?.records ?? 0,
    recordsAfterWarmUp: records,
    held: `${first?.held ?? 0} to ${last?.held ?? 0}`,
    looks: warm.length,
    heapMib: `${rounded(first?.heapMib ?? 0)} to ${rounded(last?.heapMib ?? 0)}`,
    heapSlopeMibPer100k: rounded(heapSlope, 3),
    descriptors: `${first?.descriptors ?? 0} to ${last?.descriptors ?? 0}`,
    descriptorsRise: rounded(descriptorsRise, 2),
    timers: `${first?.timers ?? 0} to ${last?.timers ?? 0}`,
    timersRise: rounded(timersRise, 2),
  }
  const misses: string[] = []
  if (warm.length < LOOKS_LEAST) misses.push(`only ${warm.length} looks: let it run for longer`)
  if ((looks.at(-1)?.records ?? 0) < sent) misses.push(`not all of ${sent} were taken in`)
  if (!(heapSlope < HEAP_LIMIT_MIB_PER_100K)) {
    misses.push(`the heap grew by ${rounded(heapSlope, 2)} MiB for 100,000 records`)
  }
  if (!(descriptorsRise < FLAT_LIMIT)) misses.push(`${rounded(descriptorsRise)} more descriptors`)
  if (!(timersRise < FLAT_LIMIT)) misses.push(`${rounded(timersRise)} more timers`)
  return { figures, misses }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of the line through points (x, y) with the least squares; NaN for fewer than two. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const together = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return together / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}
