/**
 * How well scores foretell what people say of each other, beside other methods, on real ratings; and
 * what invented people can do to them; last, what it costs at a large size (trust-engine.ts, in a process of
 * its own, ten vouches for each agent). What is compared, and how: docs/scoring-results.md.
 *
 *     npm run bench:trust -- --data DIR [--seeds N] [--limit N] [--pairs N] [--agents N] [--json]
 *
 * DIR has `soc-sign-bitcoin<name>.csv` and, where known, `<name>_gt.csv`. Exit 2 and a sentence for
 * a mistake on the command line or in the data.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { z } from 'zod'
import { asError } from '../../src/base/error.ts'
import { surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { UsageError } from './parts/options.ts'
import { checkedAgainstView } from './trust/against-view.ts'
import { dataIn, type DataSet } from './trust/data.ts'
import { fairnessGoodness } from './trust/fairness.ts'
import { fraud } from './trust/fraud.ts'
import { heldOut } from './trust/held-out.ts'
import { hops } from './trust/hops.ts'
import { leaveOneOut } from './trust/leave-one-out.ts'
import type { Method } from './trust/method.ts'
import { oursFiner, oursOpen, oursStrict } from './trust/ours.ts'
import { pagerankVote } from './trust/pagerank.ts'
import { foundText, type Found, type Row } from './trust/report.ts'
import { ATTACK_EDGES, pairsOf, riseUnder, SYBIL_COUNTS, type Rise } from './trust/sybil.ts'

const USAGE = `Usage: npm run bench:trust -- --data DIR [options]
  --data DIR   directory with soc-sign-bitcoin<name>.csv and <name>_gt.csv
  --seeds <n>  random splits and draws of viewpoints (5)
  --limit <n>  ratings to leave out one by one, evenly spread (all)
  --pairs <n>  viewers and targets of each attack; 0 for none (40)
  --agents <n> agents of the large graph, from 1000; 0 leaves it out (1000000)
  --json       one line of JSON`

const OURS = [oursStrict, oursOpen]
const METHODS: readonly Method[] = [hops, pagerankVote, fairnessGoodness, ...OURS, oursFiner]
const PAIRS_SEED = 1
const LEAST_OBSERVATIONS = 10_000
const MOST_OBSERVATIONS = 1_000_000

interface Options {
  readonly data: string
  readonly seeds: number
  readonly limit: number
  readonly pairs: number
  readonly agents: number
  readonly json: boolean
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = optionsOf(argv)
    const sets = await dataIn(options.data)
    const where = surroundings()
    const found = sets.map((set) => measured(set, options))
    const { agents } = options
    const large = agents === 0 ? undefined : await engineOf(agents, 10 * agents)
    const code = large?.isSame === false ? 1 : 0
    if (options.json) {
      console.log(JSON.stringify({ bench: 'trust', ...where, data: found, engine: large ?? null }))
      return code
    }
    console.log(`${surroundingsText(where)}\n`)
    for (const one of found) {
      console.log(
        foundText(
          one,
          OURS.map(({ profile }) => profile.name),
        ),
      )
    }
    if (large !== undefined) {
      console.log(`At ${agents} agents and ${10 * agents} vouches, one thread:\n`)
      console.log(tableText(large.rows))
    }
    return code
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n${USAGE}`)
    return 2
  }
}

function optionsOf(argv: readonly string[]): Options {
  const { data, seeds, limit, pairs, agents, json } = parsed(argv)
  if (data === undefined) throw new UsageError('--data names the directory of the data.')
  return {
    data,
    seeds: countOf('seeds', seeds, 5, 1),
    limit: countOf('limit', limit, Number.MAX_SAFE_INTEGER, 2),
    pairs: countOf('pairs', pairs, 40, 0),
    agents: agents === '0' ? 0 : countOf('agents', agents, 1_000_000, 1_000),
    json,
  }
}

function parsed(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        data: { type: 'string' },
        seeds: { type: 'string' },
        limit: { type: 'string' },
        pairs: { type: 'string' },
        agents: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(asError(error).message, { cause: error })
  }
}

function countOf(name: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback
  const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (count >= least) return count
  throw new UsageError(`--${name} takes a whole number from ${least}.`)
}

function measured(set: DataSet, options: Options): Found {
  const { network, labels } = set
  const seeds = Array.from({ length: options.seeds }, (_, at) => at + 1)
  const split = seeds.map((seed) => heldOut(network, METHODS, seed))
  const told = labels.size === 0 ? [] : seeds.map((seed) => fraud(network, labels, METHODS, seed))
  const rows = METHODS.map((method, at): Row => {
    const left = leaveOneOut(network, method, options.limit)
    return {
      method: method.name,
      aucQuality: meanOf(split.map((one) => one[at]?.quality)),
      aucRating: meanOf(split.map((one) => one[at]?.rating)),
      rmse: left.rmse,
      pcc: left.pcc,
      fraudOne: meanOf(told.map((one) => one[at]?.one)),
      fraudAveraged: meanOf(told.map((one) => one[at]?.averaged)),
    }
  })
  const checkedScores = OURS.map((method) =>
    checkedAgainstView(network, method, busiest(set)),
  ).reduce((sum, count) => sum + count, 0)
  return {
    data: set.name,
    people: network.size,
    ratings: network.ratings.length,
    labelled: labels.size,
    seeds: options.seeds,
    leftOut: Math.min(options.limit, network.ratings.length),
    checkedScores,
    rows,
    rises: options.pairs === 0 ? [] : risesOf(set, options.pairs),
  }
}

const Engine = z.object({ rows: z.array(z.array(z.string())), isSame: z.boolean() })

/** The large graph in a process of its own, so that its memory is its own. */
async function engineOf(agents: number, vouches: number): Promise<z.infer<typeof Engine>> {
  const observations = Math.max(LEAST_OBSERVATIONS, Math.min(MOST_OBSERVATIONS, agents))
  const sizes = { agents, vouches, observations }
  const counts = Object.entries(sizes).flatMap(([name, count]) => [`--${name}`, String(count)])
  const script = join(import.meta.dirname, 'trust-engine.ts')
  // Exit 1 says that the two computations differ, and comes with the rows all the same.
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    ...counts,
    '--json',
  ]).catch((error: unknown) => Printed.parse(error))
  return Engine.parse(JSON.parse(stdout))
}

const Printed = z.object({ stdout: z.string().min(1) })

function risesOf({ network }: DataSet, count: number): readonly Rise[] {
  const pairs = pairsOf(network, count, PAIRS_SEED)
  return ATTACK_EDGES.flatMap((edges) =>
    SYBIL_COUNTS.map((sybils) =>
      riseUnder(network, { edges, sybils }, { pairs, ours: OURS, seed: PAIRS_SEED }),
    ),
  )
}

/** Who gave the most ratings: their view has the most in it to differ. */
function busiest({ network }: DataSet): number {
  let best = 0
  for (let person = 1; person < network.size; person++) {
    if (network.givenBy(person).length > network.givenBy(best).length) best = person
  }
  return best
}

function meanOf(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

process.exitCode = await main(process.argv.slice(2))
