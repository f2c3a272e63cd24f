/**
 * The data sets in a directory: `soc-sign-bitcoin<name>.csv` with a rating a line, and beside it
 * `<name>_gt.csv` with the labels where they are known: `person,+1` is benign, `person,-1` fraud.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asError } from '../../../src/base/error.ts'
import { parseRatings } from '../../replay/ratings.ts'
import { UsageError } from '../parts/options.ts'
import type { Labels } from './fraud.ts'
import { Network } from './network.ts'

export interface DataSet {
  readonly name: string
  readonly network: Network
  /** By number. */
  readonly people: readonly string[]
  readonly labels: Labels
}

const FILE = /^soc-sign-bitcoin([a-z]{1,16})\.csv$/

/** @throws {UsageError} when there is none, or one cannot be read. */
export async function dataIn(directory: string): Promise<readonly DataSet[]> {
  const files = await said(directory, async () => readdir(directory))
  const names = files.flatMap((file) => FILE.exec(file)?.[1] ?? []).toSorted()
  if (names.length === 0) {
    throw new UsageError(`There is no soc-sign-bitcoin….csv in ${directory}.`)
  }
  return Promise.all(
    names.map(async (name) => {
      const labels = files.includes(`${name}_gt.csv`) ? `${name}_gt.csv` : undefined
      return said(directory, async () =>
        dataSet(
          name,
          await readFile(join(directory, `soc-sign-bitcoin${name}.csv`), 'utf8'),
          labels === undefined ? '' : await readFile(join(directory, labels), 'utf8'),
        ),
      )
    }),
  )
}

/** @throws {Error} with the line that is wrong. */
export function dataSet(name: string, ratingsText: string, labelsText: string): DataSet {
  const numbers = new Map<string, number>()
  const numberOf = (person: string): number => {
    const known = numbers.get(person)
    if (known !== undefined) return known
    numbers.set(person, numbers.size)
    return numbers.size - 1
  }
  const ratings = parseRatings(ratingsText).map(({ source, target, value }) => ({
    from: numberOf(source),
    to: numberOf(target),
    value,
  }))
  const labels = new Map<number, boolean>()
  for (const [at, line] of labelsText.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, person = '', sign] = /^([^,]+),\s*([+-]?1)\s*$/.exec(line.trim()) ?? []
    if (sign === undefined) throw new Error(`line ${at + 1} of the labels is not "person,+1"`)
    const number = numbers.get(person)
    // Nobody can be judged who is in no rating.
    if (number !== undefined) labels.set(number, sign !== '-1')
  }
  return { name, network: new Network(numbers.size, ratings), people: [...numbers.keys()], labels }
}

/** What goes wrong in the file system or in a file, as a mistake in what was given. */
async function said<Result>(directory: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw new UsageError(`The data in ${directory} cannot be used: ${asError(error).message}`, {
      cause: error,
    })
  }
}
