/**
 * The rows of the engine's benchmark: what standing and behaviour cost at a large size, on a graph
 * made from a seed. One thread.
 *
 * Beside a cold view, on the same graph in the same run: the reference's breadth-first search from
 * the same viewer for one subject. Memory is read when the graph is built and viewed, before
 * histories and before the full computation, which compares every number of the view.
 */
import { DAY_MS, MINUTE_MS } from '../../../src/base/units.ts'
import { StandingEngine } from '../../../src/trust/engine/standing-engine.ts'
import { VouchGraph } from '../../../src/trust/engine/vouch-graph.ts'
import { VouchLedger } from '../../../src/trust/engine/vouch-ledger.ts'
import { Graph } from '../../../src/trust/graph.ts'
import type { Edge } from '../../../src/trust/graph.ts'
import { LEVEL_ONE, ONE, PROFILES } from '../../../src/trust/profile.ts'
import { flow } from '../../../src/trust/standing.ts'
import { median, mib, percentile, rounded } from '../parts/figures.ts'
import { BreadthFirst } from './breadth-first.ts'
import { history, queryMicros } from './history.ts'
import { LongestCall } from './longest-call.ts'
import { collectGarbage, Pauses } from './pauses.ts'
import { build, drawInto, NOW_MS, randomly } from './synthetic.ts'
import type { Drawn, Random } from './synthetic.ts'

const VIEWS = 400
const UPDATES = 100_000
const BEST_COUNT = 500
const BEST_UPDATES = 5_000
const ADVANCE_WORK = 20_000

const COLD_WANTED_MS = 1
const TIMES_FASTER_WANTED = 10
const FLAT_WANTED = 1.5
const MEMORY_WANTED_BYTES = 400_000_000
const CALL_WANTED_MS = 50
/** So much work at a time when settling in slices. */
const SLICE_WORK = 10_000
const SLICED_VIEWS = 40
const SLICE_WANTED = 'at most 5 ms'

export type Row = readonly [what: string, figure: string, wanted: string]

interface Bench {
  readonly agents: number
  readonly graph: VouchGraph
  readonly engine: StandingEngine
  readonly ledger: VouchLedger
  readonly random: Random
  readonly longest: LongestCall
}

export interface EngineCounts {
  readonly agents: number
  readonly vouches: number
  readonly observations: number
  readonly seed: number
}

export interface EngineRows {
  /** The first one names the columns. */
  readonly rows: readonly Row[]
  /** Whether the view kept up to date is, bit for bit, the one computed anew. */
  readonly isSame: boolean
}

export async function engineRows(counts: EngineCounts): Promise<EngineRows> {
  const { agents, vouches, seed } = counts
  const emptyBytes = process.memoryUsage().rss
  const pauses = new Pauses()
  const longest = new LongestCall()
  const longestOfHistories = new LongestCall()
  const graph = new VouchGraph()
  const buildStartMs = performance.now()
  build(graph, { agents, vouches, seed }, longest)
  const buildMs = performance.now() - buildStartMs
  const engine = longest.time('new engine', () => new StandingEngine(graph, 0, PROFILES.strict))
  const ledger = new VouchLedger(graph, (a, b) => a > b, NOW_MS)
  const bench = { agents, graph, engine, ledger, random: randomly(seed + 1), longest }
  const cold = coldViews(bench)
  const slices = slicedViews(bench)
  const viewer = drawnViewer(bench)
  engine.viewFrom(viewer)
  const any = updates(bench, Math.min(agents, UPDATES), () => bench.random(agents))
  const best = bestStanding(bench)
  const famous = updates(
    bench,
    Math.min(agents, BEST_UPDATES),
    () => best[bench.random(best.length)] ?? 0,
  )
  const ended = endings(bench)
  const busyBytes = process.memoryUsage().rss
  collectGarbage()
  const { rss, arrayBuffers, heapUsed } = process.memoryUsage()
  const lengths = [100, 10_000, counts.observations]
  const histories = lengths.map((length) => history(length, longestOfHistories))
  // Once more, all with the same warm code.
  const queries = histories.map(({ engine: own }) => queryMicros(own))
  await pauses.stop()
  const isSame = sameAsFull(bench, viewer)
  const flat = Math.max(...queries) / Math.min(...queries)
  const timesFaster = cold.searchMs / cold.viewMs
  const rows: readonly Row[] = [
    row('figure', 'measured', 'wanted'),
    row('cold view, median', `${rounded(cold.viewMs, 3)} ms`, `at most ${COLD_WANTED_MS} ms`),
    row('cold view, p95', `${rounded(cold.viewP95Ms, 3)} ms`),
    row('agents reached, median', String(cold.reached)),
    row('breadth-first search, median', `${rounded(cold.searchMs, 2)} ms`),
    row('times faster', String(rounded(timesFaster)), `at least ${TIMES_FASTER_WANTED}`),
    row('vouches walked and agents looked at, mean', String(rounded(cold.work, 0))),
    row('  each', `${rounded((cold.meanMs * 1e6) / cold.work, 0)} ns`),
    row(`longest slice of ${SLICE_WORK}`, `${rounded(slices.longestMs, 2)} ms`, SLICE_WANTED),
    row('  99 of 100', `${rounded(slices.p99Ms, 2)} ms`),
    row('random update, mean', micros(any.meanMicros)),
    row('update by one of the 500 best, mean', micros(famous.meanMicros)),
    row('  median', micros(famous.medianMicros)),
    row('  longest', micros(famous.longestMicros)),
    row('vouches that ended in 60 days', String(ended.count)),
    row('  each', micros(ended.meanMicros)),
    ...histories.map(({ observations }, at) =>
      row(`query at ${observations} observations`, micros(queries[at] ?? 0)),
    ),
    row('  greatest by least', String(rounded(flat, 2)), `at most ${FLAT_WANTED}`),
    ...histories.flatMap(({ observations, arrivalMicros, standingMicros }) => [
      row(`arrival among ${observations}`, micros(arrivalMicros)),
      row('  change of standing', micros(standingMicros)),
    ]),
    row('memory, resident', `${mib(rss)} MiB`, `at most ${mib(MEMORY_WANTED_BYTES)} MiB`),
    row('  with what was not collected yet', `${mib(busyBytes)} MiB`),
    row('  before anything was built', `${mib(emptyBytes)} MiB`),
    row('  in arrays and objects', `${mib(arrayBuffers + heapUsed)} MiB`),
    row('longest other call on the graph', longestText(longest), `at most ${CALL_WANTED_MS} ms`),
    row(
      'longest call on histories',
      longestText(longestOfHistories),
      `at most ${CALL_WANTED_MS} ms`,
    ),
    row('garbage collection of 10 ms and more', String(pauses.count)),
    row('  longest', `${rounded(pauses.longestMs)} ms`, `at most ${CALL_WANTED_MS} ms`),
    row('building the graph', `${rounded(buildMs / 1000)} s`),
    row('same as the full computation', isSame ? 'yes' : 'NO', 'yes'),
  ]
  return { rows, isSame }
}

function row(what: string, figure: string, wanted = ''): Row {
  return [what, figure, wanted]
}

function longestText({ ms, name }: LongestCall): string {
  return `${rounded(ms)} ms (${name})`
}

function micros(value: number): string {
  return `${rounded(value, 2)} µs`
}

/** Viewers that vouch for somebody, each looked through from nothing, and one search each. */
function coldViews(bench: Bench) {
  const { agents, graph, engine, random } = bench
  const search = new BreadthFirst(graph, agents)
  const [viewMs, searchMs, reached]: [number[], number[], number[]] = [[], [], []]
  const workBefore = engine.workCount
  for (let at = 0; at < VIEWS; at++) {
    const viewer = drawnViewer(bench)
    const subject = random(agents)
    const startMs = performance.now()
    engine.viewFrom(viewer)
    engine.settle()
    const viewedMs = performance.now()
    search.score(viewer, subject)
    searchMs.push(performance.now() - viewedMs)
    viewMs.push(viewedMs - startMs)
    let count = 0
    engine.takeChanged((_, held) => {
      if (held > 0) count++
    })
    reached.push(count)
  }
  return {
    viewMs: median(viewMs),
    viewP95Ms: percentile(viewMs, 0.95),
    searchMs: median(searchMs),
    meanMs: viewMs.reduce((sum, ms) => sum + ms, 0) / VIEWS,
    work: (engine.workCount - workBefore) / VIEWS,
    reached: median(reached),
  }
}

/** Views from the agents that vouch for most of all and from some others, a slice at a time. */
function slicedViews(bench: Bench) {
  const { agents, graph, engine, longest } = bench
  const widest = widestOf(graph, agents, SLICED_VIEWS / 2)
  const others = Array.from({ length: SLICED_VIEWS / 2 }, () => drawnViewer(bench))
  const sliceMs: number[] = []
  for (const viewer of [...widest, ...others]) {
    longest.time('begin a view', () => engine.viewFrom(viewer))
    while (!engine.isSettled) {
      const startMs = performance.now()
      engine.settle(SLICE_WORK)
      sliceMs.push(performance.now() - startMs)
    }
    while (!longest.time('take what changed', () => engine.takeChanged(() => {}, SLICE_WORK)));
  }
  return { longestMs: Math.max(...sliceMs), p99Ms: percentile(sliceMs, 0.99) }
}

/** Those who vouch for most, found without a list of all: the bench measures memory too. */
function widestOf(graph: VouchGraph, agents: number, count: number): readonly number[] {
  let widest: number[] = []
  for (let agent = 0; agent < agents; agent++) {
    const least = widest.length < count ? -1 : graph.outDegree(widest.at(-1) ?? 0)
    if (graph.outDegree(agent) <= least) continue
    widest = [...widest, agent]
      .toSorted((a, b) => graph.outDegree(b) - graph.outDegree(a))
      .slice(0, count)
  }
  return widest
}

function drawnViewer({ agents, graph, random }: Bench): number {
  for (;;) {
    const viewer = random(agents)
    if (graph.outDegree(viewer) > 0) return viewer
  }
}

/** Vouches that come, change and go, the view settled after each. */
function updates(bench: Bench, count: number, from: () => number) {
  const { agents, graph, engine, ledger, random, longest } = bench
  const drawn: Drawn = { from: 0, to: 0, level: 0, endMs: 0 }
  const eachMicros: number[] = []
  for (let at = 0; at < count; at++) {
    drawInto(drawn, agents, random)
    const [voucher, { to, level, endMs }] = [from(), drawn]
    const known = graph.edge(voucher, to)
    const vouch = known?.vouch ?? 2 ** 30 + at
    const life = { vouch, from: voucher, to, level, beginMs: NOW_MS, endMs }
    const isRemoval = random(4) === 0
    const startMs = performance.now()
    if (isRemoval) ledger.remove(life)
    else ledger.put(life)
    engine.settle()
    const ms = performance.now() - startMs
    longest.note('update', ms)
    eachMicros.push(ms * 1000)
  }
  return {
    meanMicros: eachMicros.reduce((sum, one) => sum + one, 0) / count,
    medianMicros: median(eachMicros),
    longestMicros: Math.max(...eachMicros.slice(0, BEST_UPDATES)),
  }
}

function bestStanding({ agents, engine }: Bench): readonly number[] {
  const reached: number[] = []
  for (let agent = 0; agent < agents; agent++) if (engine.held(agent) > 0) reached.push(agent)
  return reached.toSorted((a, b) => engine.held(b) - engine.held(a)).slice(0, BEST_COUNT)
}

/** A month passes at once, and then a quarter of an hour at a time. */
function endings({ graph, engine, ledger, longest }: Bench) {
  const before = graph.edgeCount
  const startMs = performance.now()
  let nowMs = NOW_MS + 60 * DAY_MS
  let isDone = false
  while (!isDone) {
    isDone = longest.time('advance', () => ledger.advance(nowMs, ADVANCE_WORK))
    while (!longest.time('slice after advance', () => engine.settle(SLICE_WORK)));
  }
  const totalMs = performance.now() - startMs
  const count = before - graph.edgeCount
  for (let step = 0; step < 20; step++) {
    nowMs += 15 * MINUTE_MS
    longest.time('advance', () => ledger.advance(nowMs))
    longest.time('settle after advance', () => engine.settle())
  }
  return { count, meanMicros: (totalMs / Math.max(1, count)) * 1000 }
}

/** Whether the whole view is, bit for bit, what the full computation says of the same vouches. */
function sameAsFull({ agents, graph, engine }: Bench, viewer: number): boolean {
  const edges: Edge[] = []
  const first = new Float64Array(agents)
  const muted = new Uint8Array(agents)
  muted[viewer] = 1
  for (let from = 0; from < agents; from++) {
    const degree = graph.outDegree(from)
    if (degree === 0) continue
    const { heads, levels } = graph.page(from)
    const begin = graph.begin(from)
    for (let at = begin; at < begin + degree; at++) {
      const [to, level] = [heads[at] ?? 0, levels[at] ?? 0]
      if (from === viewer) first[to] = Math.floor((ONE * level) / LEVEL_ONE)
      else edges.push({ from, to, level, vouch: '' })
    }
  }
  const full = flow(new Graph(agents, edges), { first, muted }, PROFILES.strict)
  for (let agent = 0; agent < agents; agent++) {
    if (engine.held(agent) !== full.held[agent]) return false
    for (let hop = 0; hop < PROFILES.strict.hopLimit; hop++) {
      if (engine.arrived(agent, hop) !== full.arrived[hop]?.[agent]) return false
      if (engine.kept(agent, hop) !== full.kept[hop]?.[agent]) return false
    }
  }
  return engine.prunedCount === full.prunedCount
}
