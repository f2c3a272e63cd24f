/** A large graph of vouches that does not exist, the same for the same numbers. */
import { DAY_MS } from '../../../src/base/units.ts'
import type { VouchGraph } from '../../../src/trust/engine/vouch-graph.ts'
import type { LongestCall } from './longest-call.ts'

export const NOW_MS = Date.UTC(2026, 10, 23, 18)

/** How many vouches are put in one call. */
const CHUNK_COUNT = 2_000
/** Every so many-th vouch goes to an agent drawn without regard to fame. */
const PLAIN_ONE_IN = 2
const POPULAR_EXPONENT = 3
const LIFETIME_LEAST_MS = 30 * DAY_MS
const LIFETIME_SPREAD_MS = 336 * DAY_MS

export type Random = (below: number) => number

/** Whole numbers in [0, below). Source: mulberry32. */
export function randomly(seed: number): Random {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export interface Drawn {
  from: number
  to: number
  level: number
  endMs: number
}

/** Some vouch for many and many are vouched for by few: fame follows a power law. */
export function drawInto(drawn: Drawn, agents: number, random: Random): void {
  drawn.from = random(PLAIN_ONE_IN) === 0 ? random(agents) : popular(agents, random)
  do {
    drawn.to = random(PLAIN_ONE_IN) === 0 ? random(agents) : popular(agents, random)
  } while (drawn.to === drawn.from)
  drawn.level = random(2) === 0 ? 1000 : 1 + random(1000)
  drawn.endMs = NOW_MS + LIFETIME_LEAST_MS + random(LIFETIME_SPREAD_MS)
}

function popular(agents: number, random: Random): number {
  const share = random(2 ** 30) / 2 ** 30
  // Spread over the numbers, so that fame has nothing to do with neighbouring memory.
  const rank = Math.floor(share ** POPULAR_EXPONENT * agents)
  return (rank * 2_654_435_761) % agents
}

/** Fills `graph` in two passes: one to count, so that each block has its size from the start. */
export function build(
  graph: VouchGraph,
  size: { readonly agents: number; readonly vouches: number; readonly seed: number },
  longest: LongestCall,
): void {
  const { agents, vouches, seed } = size
  const drawn: Drawn = { from: 0, to: 0, level: 0, endMs: 0 }
  longest.time('reserve agents', () => graph.reserveAgents(agents))
  let degrees: Int32Array | undefined = new Int32Array(agents)
  const counting = randomly(seed)
  for (let at = 0; at < vouches; at++) {
    drawInto(drawn, agents, counting)
    degrees[drawn.from] = (degrees[drawn.from] ?? 0) + 1
  }
  for (let from = 0; from < agents; from += CHUNK_COUNT) {
    const [end, counts] = [Math.min(agents, from + CHUNK_COUNT), degrees]
    longest.time('reserve vouches', () => {
      for (let agent = from; agent < end; agent++) graph.reserveVouches(agent, counts[agent] ?? 0)
    })
  }
  degrees = undefined
  const random = randomly(seed)
  let number = 0
  while (graph.edgeCount < vouches) {
    longest.time('put a chunk', () => {
      for (let count = 0; count < CHUNK_COUNT && graph.edgeCount < vouches; count++) {
        drawInto(drawn, agents, random)
        const { level, endMs } = drawn
        graph.put(drawn.from, drawn.to, { level, vouch: number, endMs })
        number++
      }
    })
  }
}
