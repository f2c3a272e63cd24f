/**
 * Nodes whose clocks are wrong, as processes under libfaketime, beside one whose clock is right. Within
 * two minutes all records arrive, both ways. Beyond, those that come from the future are refused and
 * those of the past are taken; the node with the wrong clock goes on, and what it waits for happens.
 *
 *     npm run sec -- skew --records 10
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { asError } from '../../src/base/error.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import type { Actor } from '../../src/cli/demo/cast.ts'
import { Cast } from '../../src/cli/demo/cast.ts'
import { needProgram } from '../../test/support/programs.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack, type Figure } from './parts/attack.ts'
import { COMMAND, READY_LIMIT_MS, rejectionsCount } from './parts/victim.ts'

/** Ahead of the other clock, in milliseconds, and whether records of the one ahead must be refused. */
const SKEWS: readonly (readonly [name: string, aheadMs: number])[] = [
  ['ahead 90 s', 90 * SECOND_MS],
  ['behind 90 s', -90 * SECOND_MS],
  ['ahead 10 min', 10 * MINUTE_MS],
  ['behind 10 min', -10 * MINUTE_MS],
  ['ahead 2 d', 2 * DAY_MS],
]
/** Of fewer that are refused an operator is told nothing: they may be one stranger's. */
const RECORDS_LEAST = 10
const TOLERATED_MS = 2 * MINUTE_MS
/** For records of both ways, on a machine that is not quiet. */
const DELIVERY_LIMIT_MS = 30 * SECOND_MS
/** What is refused must not turn up in this time either. */
const ABSENCE_MS = 5 * SECOND_MS
const LOOK_MS = 200
/** A timer that always is due would keep a core busy. */
const BUSY_LIMIT = 0.5
/** Of `/proc/PID/stat`. */
const TICKS_PER_SECOND = 100

export const attack: Attack = {
  does: 'Clocks wrong by 90 s, 10 min and 2 d under libfaketime: two minutes are borne, the future is refused.',
  flags: {
    records: { fallback: '10', meaning: 'records each way' },
    skews: { fallback: String(SKEWS.length), meaning: 'how many of the five clocks' },
  },
  limitMs: 8 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const each = count(flags, 'records', RECORDS_LEAST, 1_000)
    const skews = SKEWS.slice(0, count(flags, 'skews', 1, SKEWS.length))
    let library: string
    try {
      library = libraryOf()
    } catch (error) {
      return { figures: {}, misses: [], notRun: asError(error).message }
    }
    const figures: Record<string, Figure> = {}
    const misses: string[] = []
    for (const [name, aheadMs] of skews) {
      const seen = await pair({ name, aheadMs, each, library })
      progress(`${name}: ${JSON.stringify(seen)}`)
      figures[name] = Object.entries(seen)
        .map(([what, value]) => `${what} ${String(value)}`)
        .join(', ')
      misses.push(...missesOf(name, aheadMs, each, seen))
    }
    return { figures, misses }
  },
}

function libraryOf(): string {
  if (process.platform !== 'linux') throw new Error('libfaketime is asked for on Linux alone.')
  needProgram('/usr/bin/faketime', 'faketime')
  const [found] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (found === undefined) throw new Error('libfaketimeMT.so.1 is not where Debian has it.')
  return found
}

/** What was seen of two nodes of which one has a clock that is wrong. */
interface Seen {
  /** How far apart the clocks are as the node itself tells it, in milliseconds. */
  readonly shiftMs: number
  /** Records of the node with the wrong clock that the other holds, and the other way round. */
  readonly fromSkewed: number
  readonly toSkewed: number
  /** Records that each refused. */
  readonly refusedThere: number
  readonly refusedHere: number
  /** What each says of clocks to its operator: `ok`, `warn` or `fail`. */
  readonly clockThere: string
  readonly clockHere: string
  /** The part of a core that the node with the wrong clock used while nothing happened. */
  readonly busy: number
  /** Whether it is ready, connected and goes on telling what happens. */
  readonly isWell: boolean
}

async function pair(plan: {
  readonly name: string
  readonly aheadMs: number
  readonly each: number
  readonly library: string
}): Promise<Seen> {
  const { aheadMs, each, library } = plan
  await using cast = await Cast.open(COMMAND)
  const flags = ['--listen', '/ip4/127.0.0.1/tcp/0']
  const launch = { flags, readyLimitMs: READY_LIMIT_MS }
  const right = await cast.enter('right', [], launch)
  const seconds = aheadMs / SECOND_MS
  const skewed = await cast.enter('skewed', [right.address], {
    ...launch,
    within: [
      'env',
      `LD_PRELOAD=${library}`,
      `FAKETIME=${seconds < 0 ? '' : '+'}${seconds}s`,
      'DONT_FAKE_MONOTONIC=1',
      'NO_FAKE_STAT=1',
    ],
  })
  await until(DELIVERY_LIMIT_MS, async () => {
    const both = await Promise.all([right, skewed].map(async ({ client }) => client.status({})))
    return both.every(({ peers }) => peers.connected > 0)
  })
  const { startedAt } = await skewed.client.status({})
  const shiftMs = Date.parse(startedAt) - startedMs(skewed)

  const [ofSkewed, ofRight] = [
    await promises(skewed, right.did, aheadMs, each),
    await promises(right, skewed.did, 0, each),
  ]
  const isFuture = aheadMs > TOLERATED_MS
  const isPast = aheadMs < -TOLERATED_MS
  await until(DELIVERY_LIMIT_MS, async () => {
    const [there, here] = [await held(right, ofSkewed), await held(skewed, ofRight)]
    return (isFuture || there === each) && (isPast || here === each)
  })
  const before = cpuSeconds(skewed)
  const sinceMs = performance.now()
  await delay(ABSENCE_MS)
  const busy = (cpuSeconds(skewed) - before) / ((performance.now() - sinceMs) / SECOND_MS)
  const [refusedThere, refusedHere] = [await rejectionsCount(right), await rejectionsCount(skewed)]

  // A timer or an interval that hangs on the wrong clock would show here: by peers that are dropped,
  // by events that end, by a node that is not ready.
  const last = (await promises(right, skewed.did, 0, 1))[0] ?? ''
  const eventsOn = await until(DELIVERY_LIMIT_MS, async () => {
    const arrived = await held(skewed, [last])
    return isPast ? (await rejectionsCount(skewed)) > refusedHere : arrived === 1
  })
  const status = await skewed.client.status({})
  return {
    shiftMs: Math.round(shiftMs),
    fromSkewed: await held(right, ofSkewed),
    toSkewed: await held(skewed, ofRight),
    refusedThere,
    refusedHere,
    clockThere: await clockCheck(right),
    clockHere: await clockCheck(skewed),
    busy: rounded(busy, 2),
    isWell: eventsOn && status.store.index.state === 'ready' && status.peers.connected > 0,
  }
}

function missesOf(name: string, aheadMs: number, each: number, seen: Seen): string[] {
  const misses: string[] = []
  const miss = (isMiss: boolean, sentence: string): void => {
    if (isMiss) misses.push(`${name}: ${sentence}`)
  }
  const isFuture = aheadMs > TOLERATED_MS
  const isPast = aheadMs < -TOLERATED_MS
  miss(Math.abs(seen.shiftMs - aheadMs) > 30 * SECOND_MS, `its clock is ${seen.shiftMs} ms ahead`)
  miss(!isFuture && seen.fromSkewed !== each, `${seen.fromSkewed} of ${each} came from it`)
  miss(!isPast && seen.toSkewed !== each, `${seen.toSkewed} of ${each} came to it`)
  miss(isFuture && seen.fromSkewed > 0, `${seen.fromSkewed} of its future were taken`)
  miss(isFuture && seen.refusedThere === 0, 'none of its records was refused')
  miss(isPast && seen.toSkewed > 0, `${seen.toSkewed} of its future were taken by it`)
  miss(isPast && seen.refusedHere === 0, 'it refused none')
  miss(!isFuture && seen.refusedThere > 0, `${seen.refusedThere} of its records were refused`)
  miss(!isPast && seen.refusedHere > 0, `it refused ${seen.refusedHere}`)
  const isTold = [seen.clockThere, seen.clockHere].some((verdict) =>
    ['warn', 'fail'].includes(verdict),
  )
  miss((isFuture || isPast) && !isTold, 'no operator is told')
  miss(seen.busy > BUSY_LIMIT, `it used ${seen.busy} of a core while nothing happened`)
  miss(!seen.isWell, 'it was not well afterwards')
  return misses
}

/** @returns their ids. */
async function promises(
  { client }: Actor,
  delegator: string,
  aheadMs: number,
  each: number,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let at = 0; at < each; at++) {
    const deadline = new Date(Date.now() + aheadMs + DAY_MS + at * SECOND_MS).toISOString()
    const { id } = await client.createPromise({ delegator, task: 'review', work: 10, deadline })
    ids.push(id)
  }
  return ids
}

async function held({ client }: Actor, ids: readonly string[]): Promise<number> {
  const { items } = await client.listRecords({ limit: 500 })
  const there = new Set(items.map(({ id }) => id))
  return ids.filter((id) => there.has(id)).length
}

async function clockCheck({ client }: Actor): Promise<string> {
  const { checks } = await client.doctor({})
  return checks.find(({ name }) => name === 'clock')?.verdict ?? 'none'
}

/** When the process began by the clock of the machine, in milliseconds since 1970. */
function startedMs({ process: { pid } }: Actor): number {
  const bootedAt = Number(/^btime (\d+)/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1])
  const ticks = Number(statOf(pid)[19])
  return (bootedAt + ticks / TICKS_PER_SECOND) * SECOND_MS
}

function cpuSeconds({ process: { pid } }: Actor): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The fields of `/proc/PID/stat` behind the name of the program: the third is the first. */
function statOf(pid: number | undefined): readonly string[] {
  const file = `/proc/${pid ?? 0}/stat`
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function until(limitMs: number, holds: () => Promise<boolean>): Promise<boolean> {
  const endsAt = performance.now() + limitMs
  while (performance.now() < endsAt) {
    if (await holds()) return true
    await delay(LOOK_MS)
  }
  return false
}
