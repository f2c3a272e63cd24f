/**
 * Mutants of everything that strangers send, to every decoder and every protocol of a node: nothing may
 * crash, nothing may be taken that nobody signed or that is spelled twice, and no input may cost much.
 */
import { MIB_BYTES, MINUTE_MS } from '../../src/base/units.ts'
import { Dice } from '../../test/simulation/dice.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack, type Figure } from './parts/attack.ts'
import { Corpus } from './parts/fuzz/corpus.ts'
import { DECODERS } from './parts/fuzz/decoders.ts'
import { INPUT_LIMIT_MS, Judge } from './parts/fuzz/judge.ts'
import { residentBytes } from './parts/fuzz/memory.ts'
import { Mutator } from './parts/fuzz/mutator.ts'
import { fuzzedStreams } from './parts/fuzz/streams.ts'

const GROWTH_LIMIT_BYTES = 64 * MIB_BYTES
/** Mutants before memory is first measured: the heap, its tables and compiled code have their size by then. */
const WARM_UP_COUNT = 100_000
/** Mutants between two measures of time left to the event loop. */
const BREATH_COUNT = 1_000
/** Faults told in full. */
const TOLD_LIMIT_COUNT = 5

export const attack: Attack = {
  does: 'A million mutants to every decoder and protocol: no crash, none taken, none costly.',
  flags: {
    n: { fallback: '1000000', meaning: 'mutants for decoders' },
    streams: { fallback: '4000', meaning: 'mutated streams to a node on loopback' },
    write: { fallback: 'no', meaning: 'yes: keep one mutant for each code as the corpus' },
  },
  gate: { n: '100000', streams: '400' },
  limitMs: 8 * MINUTE_MS,
  run: async ({ flags, seed, progress }) => {
    const n = count(flags, 'n', 1, 100_000_000)
    const streams = count(flags, 'streams', 0, 100_000)
    const dice = new Dice(seed)
    const mutator = new Mutator(dice)
    const judges = await Promise.all(DECODERS.map(async (target) => Judge.of(target)))
    const everything = DECODERS.flatMap(({ seeds }) => seeds)
    const corpus = new Corpus()
    const misses: string[] = []
    const counts = { refused: 0, sound: 0, accepted: 0, untyped: 0, slow: 0 }
    const codes = new Set<string>()
    let slowestMs = 0
    let slowest = ''
    let baseBytes = 0

    const startedAt = performance.now()
    for (let made = 0; made < n; made++) {
      if (made === Math.min(WARM_UP_COUNT, n >> 1)) baseBytes = residentBytes()
      if (made % BREATH_COUNT === 0) await new Promise(setImmediate)
      const judge = judges[made % judges.length]
      if (judge === undefined) throw new Error('no decoders')
      const { target } = judge
      const mutant = mutator.mutant(
        dice.pick(target.seeds),
        dice.chance(0.5) ? target.seeds : everything,
      )
      const { verdict, tookMs } = await judge.judge(mutant)
      counts[verdict.kind]++
      if (verdict.kind === 'refused') {
        codes.add(`${target.name} ${verdict.code}`)
        corpus.offer(target.name, verdict.code, mutant)
      }
      if (tookMs > slowestMs) [slowestMs, slowest] = [tookMs, target.name]
      const isSlow = tookMs > INPUT_LIMIT_MS
      if (isSlow) counts.slow++
      const isFault = verdict.kind === 'accepted' || verdict.kind === 'untyped' || isSlow
      if (isFault && misses.length < TOLD_LIMIT_COUNT) {
        const why =
          verdict.kind === 'untyped' ? verdict.error : isSlow ? `${rounded(tookMs)} ms` : ''
        const bytes = Buffer.from(mutant.subarray(0, 1_024)).toString('base64')
        misses.push(`${target.name}: ${verdict.kind} ${why} mutant ${made}: ${bytes}`)
      }
    }
    const tookS = (performance.now() - startedAt) / 1_000
    const growthBytes = residentBytes() - baseBytes
    progress(`${n} mutants in ${rounded(tookS)} s`)
    if (flags['write'] === 'yes') corpus.write()
    if (growthBytes > GROWTH_LIMIT_BYTES) misses.push(`RSS grew by ${growthBytes} bytes`)

    const spoken = await fuzzedStreams(streams, dice, progress)
    misses.push(...spoken.misses)
    const figures: Record<string, Figure> = {
      mutants: n,
      decoders: DECODERS.length,
      'mutants/s': Math.round(n / tookS),
      ...counts,
      'target and code pairs': codes.size,
      'RSS growth MiB': rounded(growthBytes / MIB_BYTES),
      'slowest ms': rounded(slowestMs),
      'slowest decoder': slowest,
      ...spoken.figures,
    }
    return { figures, misses }
  },
}
