/**
 * Replays a real trust network through three real nodes, and shows how it looks from each.
 *
 *     node scripts/replay.ts FILE.csv [--limit N] [--people a,b,c] [--keep] [--json]
 *
 * FILE.csv has a rating a line, `source,target,rating,time`. Each rating becomes signed records of
 * agents whose keys are made from their names; a third of them is imported at each node, and the
 * rest travels. Exit 0 when the three came to hold the same records, and those that the rule of
 * best K leaves; 1 when not; 2 for a mistake on the command line or in the file. How to read what
 * it prints: docs/replay.md.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { asError } from '../src/base/error.ts'
import { EXIT } from '../src/cli/exit.ts'
import { busiest } from './replay/people.ts'
import { parseRatings, RatingsError, type Rating } from './replay/ratings.ts'
import { reportLines } from './replay/report.ts'
import { NODE_COUNT, replay } from './replay/run.ts'

const USAGE =
  'Usage: node scripts/replay.ts FILE.csv [--limit N] [--people a,b,c] [--keep] [--json]'

/** A mistake on the command line or in the file, as a sentence. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Options {
  readonly file: string
  /** The first so many ratings in time. */
  readonly limit: number | undefined
  readonly people: readonly string[] | undefined
  readonly keep: boolean
  readonly json: boolean
}

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    const options = optionsOf(argv)
    const ratings = await ratingsOf(options)
    const viewers = viewersOf(ratings, options.people)
    const found = await replay(ratings, { viewers, keep: options.keep, signal })
    if (options.json) console.log(JSON.stringify({ v: 1, data: found }))
    else for (const line of reportLines(found)) console.log(line)
    return found.isAsRuled ? EXIT.ok : EXIT.failed
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    return EXIT.usage
  }
}

function optionsOf(argv: readonly string[]): Options {
  const { positionals, values } = parsed(argv)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError(USAGE)
  const { limit, people, keep, json } = values
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new UsageError(`--limit is a number of ratings, not "${limit}".`)
  }
  return {
    file,
    limit: limit === undefined ? undefined : Number(limit),
    people: people?.split(','),
    keep,
    json,
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        limit: { type: 'string' },
        people: { type: 'string' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`${asError(error).message}\n${USAGE}`, { cause: error })
  }
}

async function ratingsOf({ file, limit }: Options): Promise<readonly Rating[]> {
  try {
    return parseRatings(await readFile(file, 'utf8')).slice(0, limit)
  } catch (error) {
    const isOfFile = error instanceof RatingsError || (error instanceof Error && 'code' in error)
    if (!isOfFile) throw error
    throw new UsageError(`${file} cannot be replayed. ${error.message}`, { cause: error })
  }
}

function viewersOf(
  ratings: readonly Rating[],
  asked: readonly string[] | undefined,
): readonly string[] {
  const names = asked ?? busiest(ratings, NODE_COUNT)
  if (names.length !== NODE_COUNT || new Set(names).size !== NODE_COUNT) {
    throw new UsageError(
      `A replay takes ${NODE_COUNT} people who rate others: ${names.join(', ')}.`,
    )
  }
  const raters = new Set(ratings.map(({ source }) => source))
  const other = names.find((name) => !raters.has(name))
  if (other !== undefined) throw new UsageError(`Nobody called "${other}" rates anybody.`)
  return names
}

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())
process.exitCode = await main(process.argv.slice(2), stopping.signal)
