/** What a benchmark is told on its command line: whole numbers within bounds, and `--json`. */
import { parseArgs } from 'node:util'
import { asError } from '../../../src/base/error.ts'

/** One number that may be set: `--records 5000`. */
export interface CountOption {
  readonly least: number
  readonly most: number
  readonly fallback: number
  readonly meaning: string
}

export type Counts<Name extends string> = Readonly<Record<Name, number>>

export interface BenchOptions<Name extends string> {
  readonly counts: Counts<Name>
  /** One line of JSON in place of the table. */
  readonly json: boolean
}

/** A mistake on the command line, as a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws {UsageError} */
export function parseOptions<Name extends string>(
  argv: readonly string[],
  known: Readonly<Record<Name, CountOption>>,
): BenchOptions<Name> {
  const names = namesOf(known)
  const given = parsed(argv, names)
  const counts = names.map((name) => [name, countOf(name, given[name], known[name])] as const)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each name
  return { counts: Object.fromEntries(counts) as Counts<Name>, json: given['json'] === true }
}

/**
 * Runs a benchmark as a program: exit 0; 2 and a sentence for a mistake on the command line. What
 * goes wrong later is thrown, and ends the process as a failure.
 */
export async function runBench<Name extends string>(
  known: Readonly<Record<Name, CountOption>>,
  bench: (options: BenchOptions<Name>) => Promise<void>,
): Promise<void> {
  try {
    await bench(parseOptions(process.argv.slice(2), known))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n${usageText(known)}`)
    process.exitCode = 2
  }
}

function namesOf<Name extends string>(known: Readonly<Record<Name, CountOption>>): Name[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its keys are exactly the names
  return Object.keys(known) as Name[]
}

function parsed(argv: readonly string[], names: readonly string[]): Record<string, unknown> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...options, json: { type: 'boolean' } },
    })
    return values
  } catch (error) {
    const [first = ''] = asError(error).message.split('. ')
    throw new UsageError(`${first.replace(/\.$/, '')}.`)
  }
}

function countOf(name: string, text: unknown, { least, most, fallback }: CountOption): number {
  if (text === undefined) return fallback
  const count = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (count >= least && count <= most) return count
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}.`)
}

function usageText(known: Readonly<Record<string, CountOption>>): string {
  const lines = Object.entries(known).map(
    ([name, { meaning, fallback }]) => `  --${name} <n>  ${meaning} (${fallback})`,
  )
  return ['Options:', ...lines, '  --json  one line of JSON'].join('\n')
}
