/** What a live view takes for each record: memory, time, and the longest that it holds others up. */
import { LiveView } from '../../../src/trust/live/live-view.ts'
import { GENERAL_SCOPE } from '../../../src/trust/context.ts'
import { rounded } from '../parts/figures.ts'
import { LongestCall } from '../trust-engine/longest-call.ts'
import { collectGarbage } from '../trust-engine/pauses.ts'
import { randomly } from '../trust-engine/synthetic.ts'
import { identityOf, madeAgents, madeRecord, NOW_MS } from './records.ts'
import type { Kind } from './records.ts'

/** Records made, then put, at a time: what a node takes in before others have a turn. */
const CHUNK_COUNT = 200
const SLICE_WORK = 4_000

export interface ViewFigures {
  readonly kind: Kind
  readonly records: number
  readonly agents: number
  /** Of the books alone, then with the scope of all built. */
  readonly bookBytes: number
  readonly bytes: number
  /** Microseconds of processor time of this thread for each record. */
  readonly putMicros: number
  readonly workMicros: number
  readonly longestPut: LongestCall
  readonly longestWork: LongestCall
  readonly hasScore: boolean
}

export function viewFigures(kind: Kind, records: number, agents: number): ViewFigures {
  const random = randomly(records)
  const all = madeAgents(agents, random)
  const byDid = new Map(all.map((agent) => [agent.did, agent]))
  const [viewer, subject] = [all[0]?.did, all[1]?.did]
  if (viewer === undefined || subject === undefined) throw new RangeError('two agents at least')
  const emptyBytes = bytesInUse()
  const view = new LiveView({
    viewer,
    profile: 'strict',
    identityOf: (did) => {
      const agent = byDid.get(did)
      return agent === undefined ? undefined : identityOf(agent)
    },
    records: { about: () => [], by: () => [], byOneNumber: () => [] },
    nowMs: NOW_MS,
  })
  const [longestPut, longestWork] = [new LongestCall(), new LongestCall()]
  let putMs = 0
  for (let from = 0; from < records; from += CHUNK_COUNT) {
    const count = Math.min(CHUNK_COUNT, records - from)
    const chunk = Array.from({ length: count }, (_, at) => madeRecord(from + at, kind, all, random))
    const usage = process.threadCpuUsage()
    for (const one of chunk) view.put(one)
    const ms = millisSince(usage)
    longestPut.note('put', ms)
    putMs += ms
  }
  const bookBytes = bytesInUse() - emptyBytes
  let workMs = 0
  for (let isReady = false; !isReady;) {
    const usage = process.threadCpuUsage()
    isReady = view.work(GENERAL_SCOPE, SLICE_WORK)
    const ms = millisSince(usage)
    longestWork.note('work', ms)
    workMs += ms
  }
  const hasScore = view.score(subject, GENERAL_SCOPE).view === view.digest
  const bytes = bytesInUse() - emptyBytes
  const each = { putMicros: (putMs * 1000) / records, workMicros: (workMs * 1000) / records }
  const size = { kind, records, agents, bookBytes: bookBytes / records, bytes: bytes / records }
  return { ...size, ...each, longestPut, longestWork, hasScore: hasScore && view.size === records }
}

export function viewRows(figures: readonly ViewFigures[]): (string | number)[][] {
  return [
    [
      'records',
      'count',
      'agents',
      'bytes each',
      'books',
      'put µs',
      'scope µs',
      'all s',
      'longest put ms',
      'longest slice ms',
    ],
    ...figures.map((one) => [
      one.kind,
      one.records,
      one.agents,
      rounded(one.bytes, 0),
      rounded(one.bookBytes, 0),
      rounded(one.putMicros, 2),
      rounded(one.workMicros, 2),
      rounded(((one.putMicros + one.workMicros) * one.records) / 1e6, 2),
      rounded(one.longestPut.ms),
      rounded(one.longestWork.ms),
    ]),
  ]
}

function millisSince(usage: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(usage)
  return (user + system) / 1000
}

function bytesInUse(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
