/**
 * Changes the pure modules one place at a time, and says which changes no test noticed.
 *
 *     npm run mutation [-- PART|FILE …] [--survivors]
 *
 * PART is identity, records, trust or live (`src/trust/live`), FILE a path below `src`; without any, all
 * parts, one after the other. Only the tests of the part judge. Prints a row a file, and with `--survivors`
 * each change that was not noticed. Exit 0 when at least 80 % of the changes of each part were noticed, 1
 * when not, 2 for a mistake on the command line. Nothing is written into the tree. What is not changed, and
 * why: docs/mutation.md.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { asError } from '../src/base/error.ts'
import { EXIT } from '../src/cli/exit.ts'
import { partsOf, UsageError } from './mutation/parts.ts'
import type { Part } from './mutation/parts.ts'
import { isEnough, survivorLines, tableLines } from './mutation/report.ts'
import type { Judged } from './mutation/report.ts'

async function main(argv: readonly string[]): Promise<number> {
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { survivors: { type: 'boolean', default: false } },
    })
    let isAllEnough = true
    for (const part of partsOf(positionals)) {
      const fromMs = performance.now()
      const judged = await judge(part)
      const tookS = Math.round((performance.now() - fromMs) / 1_000)
      console.log(`${part.name}: ${tookS} s`)
      for (const line of tableLines(judged)) console.log(line)
      if (values.survivors) for (const line of survivorLines(judged, textOf)) console.log(line)
      isAllEnough &&= isEnough(judged)
    }
    return isAllEnough ? EXIT.ok : EXIT.failed
  } catch (error) {
    const isUsage = error instanceof UsageError || 'code' in asError(error)
    if (!isUsage) throw error
    console.error(asError(error).message)
    return EXIT.usage
  }
}

/** Stryker in a copy of the tree outside it, with what Node compiles kept between the mutants. */
async function judge({ tests, mutate }: Part): Promise<readonly Judged[]> {
  const directory = await mkdtemp(join(tmpdir(), 'aip-mutation-'))
  try {
    process.env['NODE_COMPILE_CACHE'] = join(directory, 'compiled')
    const results = await new Stryker({
      configFile: 'config/tools/stryker.json',
      tempDirName: join(directory, 'sandboxes'),
      concurrency: availableParallelism(),
      appendPlugins: [fileURLToPath(import.meta.resolve('./mutation/sentences.ts'))],
      testFiles: [...tests],
      mutate: [...mutate],
      reporters: process.stdout.isTTY ? ['progress'] : [],
    }).runMutationTest()
    return results.map(({ fileName, status, location, mutatorName, replacement }) => ({
      file: relative('.', fileName),
      status,
      start: location.start,
      mutator: mutatorName,
      replacement,
    }))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8')
}

process.exitCode = await main(process.argv.slice(2))
