import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { median, percentile, tableText } from '../../scripts/bench/parts/figures.ts'
import { parseOptions, UsageError } from '../../scripts/bench/parts/options.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const LIMIT_MS = 100_000
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aip-test-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

function bench(name: string, ...args: readonly string[]) {
  const script = join(ROOT, 'scripts/bench', `${name}.ts`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...process.env, TMPDIR: directory },
  })
  return { status, stdout, stderr }
}

function figures(name: string, ...args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = bench(name, ...args, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const parsed = JSON.parse(stdout) as Record<string, unknown>
  expect(parsed).toMatchObject({ bench: name, on: { node: process.version } })
  expect(parsed['on']).toHaveProperty('loadAverage')
  expect(readdirSync(directory)).toEqual([])
  return parsed
}

describe('each benchmark runs with tiny sizes, prints its figures and leaves nothing behind', () => {
  test(
    'ingest says what a record costs beside its bare signature check, and names each bar missed',
    () => {
      const { status, stdout, stderr } = bench(
        ...(['ingest', '--records', '60', '--rounds', '2', '--held', '0', '--json'] as const),
      )
      expect(stderr).toBe('')
      const result = JSON.parse(stdout) as Record<string, unknown>
      expect(result).toMatchObject({ bench: 'ingest', records: 60, rounds: 2, levels: [] })
      expect(result['ratio']).toBeGreaterThan(0)
      // With so few records every bar may be missed: the code says so, and nothing else.
      expect(status).toBe((result['missed'] as readonly string[]).length > 0 ? 1 : 0)
      expect(readdirSync(directory)).toEqual([])
    },
    LIMIT_MS,
  )

  test(
    'gossip says how long a record takes to all nodes, flooded and not',
    () => {
      const result = figures('gossip', '--nodes', '3', '--records', '4')
      expect(result).toMatchObject({ nodes: 3, records: 4 })
      for (const side of [result['flood'], result['meshOnly']]) {
        const { allP50Ms, copiesPerNode } = side as Record<string, number>
        expect(allP50Ms).toBeGreaterThan(0)
        expect(copiesPerNode).toBeGreaterThan(0)
      }
    },
    LIMIT_MS,
  )

  test(
    'start says how long the built node takes beside bare libp2p',
    () => {
      const result = figures('start', '--runs', '1')
      expect(result).toMatchObject({ runs: 1, timeRatioWanted: 3, overBareWantedMib: 45 })
      expect(result['timeRatio']).toBeGreaterThan(0)
      expect(result['node']).toHaveProperty('residentMib')
    },
    LIMIT_MS,
  )

  test(
    'topics says what following shards costs at rest, and what the DHT takes',
    () => {
      const result = figures('topics', '--hosts', '2', '--rest', '1', '--puts', '2', '--most', '1')
      expect(result).toMatchObject({ hosts: 2, dht: { puts: 2, peersEach: 1 } })
      const steps = result['steps'] as Record<string, number>[]
      expect(steps.map(({ shards }) => shards)).toEqual([0, 1])
      expect(steps[1]).toMatchObject({ topics: 2, meshPeers: 1 })
      expect(steps[1]?.['bytes']).toBeGreaterThanOrEqual(0)
    },
    LIMIT_MS,
  )

  test.each(['ingest', 'gossip', 'start', 'topics'])(
    '%s: a mistake on the command line is a sentence and exit 2',
    (name) => {
      const { status, stdout, stderr } = bench(name, '--frobnicate')
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(/^Unknown option '--frobnicate'\.\nOptions:\n/)
    },
    LIMIT_MS,
  )

  test('gossip: more records than the nodes may say in an hour are refused at once', () => {
    const { status, stderr } = bench('gossip', '--nodes', '2', '--records', '100')
    expect({ status, stderr }).toMatchObject({ status: 2 })
    expect(stderr).toMatch(/^2 nodes may say 54 records in an hour, and no more\./)
  })
})

describe('options', () => {
  const known = { records: { least: 2, most: 10, fallback: 5, meaning: 'records' } }

  test('what is not given has its fallback', () => {
    expect(parseOptions([], known)).toEqual({ counts: { records: 5 }, json: false })
    expect(parseOptions(['--json', '--records', '2'], known)).toEqual({
      counts: { records: 2 },
      json: true,
    })
    expect(parseOptions(['--records=10'], known).counts.records).toBe(10)
  })

  test.each([
    [['--records', '1']],
    [['--records', '11']],
    [['--records', '2.5']],
    [['--records', 'ten']],
    [['--records']],
    [['--json=yes']],
    [['5']],
  ])('%j is refused', (argv) => {
    expect(() => parseOptions(argv, known)).toThrow(UsageError)
  })
})

describe('figures', () => {
  test('the middle of an even number of values lies between two of them', () => {
    expect(median([4, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow(RangeError)
  })

  test('a percentile is one of the values', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at)
    expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100])
  })

  test('a table has columns as wide as their cells', () => {
    expect(
      tableText([
        ['', 'ms'],
        ['longer', 7],
      ]),
    ).toBe(['        ms', 'longer   7'].join('\n'))
  })
})
