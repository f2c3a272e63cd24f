/**
 * What the engine of standing and behaviour costs at a large size, on a graph made from a seed.
 *
 *     npm run bench:trust-engine -- [--agents N] [--vouches N] [--observations N] [--seed N] [--json]
 *
 * Exit 1 when the view kept up to date is not the one computed anew. What the rows are:
 * trust-engine/rows.ts.
 */
import { surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { engineRows } from './trust-engine/rows.ts'

const OPTIONS = {
  agents: { least: 1000, most: 4_000_000, fallback: 1_000_000, meaning: 'agents' },
  vouches: { least: 1000, most: 40_000_000, fallback: 10_000_000, meaning: 'live vouches' },
  observations: { least: 10_000, most: 1_000_000, fallback: 1_000_000, meaning: 'of one subject' },
  seed: { least: 0, most: 999_999_999, fallback: 1, meaning: 'what the graph is made from' },
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const on = surroundings()
  const { rows, isSame } = await engineRows(counts)
  const { agents, vouches } = counts
  if (json)
    console.log(JSON.stringify({ bench: 'trust-engine', on, agents, vouches, rows, isSame }))
  else {
    console.log(`${surroundingsText(on)}\n${agents} agents, ${vouches} vouches\n`)
    console.log(tableText(rows))
  }
  if (!isSame) process.exitCode = 1
}

await runBench(OPTIONS, main)
