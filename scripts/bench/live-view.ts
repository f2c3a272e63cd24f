/**
 * What the live view of a node takes for each record: bytes, processor time, and the longest slice.
 *
 *     npm run bench:live-view -- [--small N] [--large N] [--agents N] [--json]
 *
 * Records are made as a store would hand them out and are not kept; `bytes each` is what the view alone
 * holds with one scope built (heap and array buffers), `books` before any scope was asked for.
 */
import { surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { viewFigures, viewRows } from './live-view/rows.ts'

const OPTIONS = {
  small: { least: 1000, most: 4_000_000, fallback: 100_000, meaning: 'records, each kind alone' },
  large: { least: 1000, most: 4_000_000, fallback: 1_000_000, meaning: 'records, both kinds' },
  agents: { least: 2, most: 100, fallback: 10, meaning: 'records for each agent' },
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const on = surroundings()
  const { small, large, agents } = counts
  const figures = [
    viewFigures('vouches', small, Math.ceil(small / agents)),
    viewFigures('observations', small, Math.ceil(small / agents)),
    viewFigures('both', small, Math.ceil(small / agents)),
    viewFigures('both', large, Math.ceil(large / agents)),
  ]
  if (json) console.log(JSON.stringify({ bench: 'live-view', on, figures }))
  else console.log(`${surroundingsText(on)}\n\n${tableText(viewRows(figures))}`)
  if (!figures.every(({ hasScore }) => hasScore)) process.exitCode = 1
  return Promise.resolve()
}

await runBench(OPTIONS, main)
