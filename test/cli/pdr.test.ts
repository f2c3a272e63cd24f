import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LINE_LIMIT_BYTES } from '../../src/cli/line-file.ts'
import { data, run } from './run.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-pdr-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

let files = 0
async function file(lines: readonly (string | Uint8Array)[], end = '\n'): Promise<string> {
  const path = join(directory, `${files++}.jsonl`)
  await writeFile(path, Buffer.concat(lines.flatMap((one) => [Buffer.from(one), Buffer.from(end)])))
  return path
}

/** Of four promised so many delivered, on that day. */
function line(day: number, count = 4, fields: Readonly<Record<string, unknown>> = {}): string {
  const items = ['a', 'b', 'c', 'd']
  const timestamp = `2026-03-${String(day).padStart(2, '0')}T00:00:00`
  const own = { agent_id: 'alpha', timestamp, promised: items, delivered: items.slice(0, count) }
  return JSON.stringify({ ...own, ...fields })
}

const FIVE = [1, 2, 3, 4, 5].map((day) => line(day))

/** Kept under one condition, broken under the other. */
async function under(one: string, other: string): Promise<unknown> {
  const lines = [1, 2, 3, 4, 5].map((day) =>
    line(day, day % 2 === 0 ? 0 : 4, { conditions: { v: '%' } }).replace(
      '"%"',
      day % 2 === 0 ? one : other,
    ),
  )
  return data(await run(['pdr', await file(lines), '--json']))
}

async function hashOf(fields: Readonly<Record<string, unknown>>): Promise<unknown> {
  const result = await run(['pdr', await file([line(1, 4, fields)]), '--json'])
  const [agent] = data(result) as [{ cumulative: { chain_hash: string } }]
  return agent.cumulative.chain_hash
}

describe('aip-node pdr', () => {
  test('prints the reference’s fields for each agent, in the order of the file', async () => {
    const other = line(1, 2, { agent_id: 'beta' })
    const result = await run(['pdr', await file([...FIVE, other]), '--json'])
    expect(result).toMatchObject({ code: 0, err: '' })
    const scores = { calibration: 1, adaptation: 0.5, robustness: 1, observation_count: 5 }
    expect(data(result)).toMatchObject([
      {
        agent_id: 'alpha',
        method: 'aip/0.5.52',
        cumulative: { ...scores, window_days: 4 },
        windowed: { ...scores, window_days: 4 },
        window_size: 5,
        confidence: 0.0964,
        drift_alerts: [],
      },
      {
        agent_id: 'beta',
        cumulative: { calibration: null, observation_count: 1 },
        windowed: { calibration: 0.5 },
        window_size: 1,
      },
    ])
  })

  test('names each line that is no observation, skips it, and says how many', async () => {
    const path = await file([
      'nonsense',
      ...FIVE,
      '',
      line(6, 4, { timestamp: '2026-03-06T00:00:00Z' }),
      Uint8Array.of(0xff),
      `"${'x'.repeat(LINE_LIMIT_BYTES)}"`,
    ])
    const result = await run(['pdr', path, '--json'])
    expect(result.code).toBe(0)
    expect(result.err.split('\n')).toEqual([
      'line 1: it is not JSON',
      'line 8: its timestamp has an offset, and the first of this agent has none',
      expect.stringMatching(/^line 9: it is not UTF-8/),
      expect.stringMatching(/^line 10: it is not UTF-8, or longer than 1048576 bytes/),
      'Skipped 4 of 9 lines.',
      '',
    ])
    expect(data(result)).toMatchObject([{ cumulative: { observation_count: 5 } }])
  })

  test('stops at the first with --strict', async () => {
    const result = await run(['pdr', await file([...FIVE, '{}', 'nonsense']), '--strict', '--json'])
    expect(result).toMatchObject({ code: 2, out: '' })
    expect(result.err).toContain('Line 6 of ')
    expect(result.err).toContain('it has no \\"timestamp\\"')
    expect(result.err).toContain('cli/line-invalid')
    expect(await run(['pdr', await file(FIVE), '--strict'])).toMatchObject({ code: 0, err: '' })
  })

  test('tells 1 from 1.0, and whole numbers beyond 2^53', async () => {
    const apart = [{ cumulative: { calibration: 0.6, robustness: 0 } }]
    expect(await under('1', '1.0')).toMatchObject(apart)
    expect(await under('9007199254740992', '9007199254740993')).toMatchObject(apart)
    expect(await under('1.0', '1.00')).toMatchObject([{ cumulative: { robustness: 0.6 } }])
  })

  test('takes the window and the minima that are asked for', async () => {
    const path = await file([...FIVE.slice(0, 3), line(4, 0)])
    const asked = async (...options: readonly string[]): Promise<unknown> =>
      data(await run(['pdr', path, '--json', ...options]))
    expect(await asked()).toMatchObject([{ cumulative: { calibration: null } }])
    expect(await asked('--min-observations', '4')).toMatchObject([
      { cumulative: { calibration: 0.75 } },
    ])
    expect(await asked('--min-observations', '4', '--min-days', '4')).toMatchObject([
      { cumulative: { calibration: null } },
    ])
    expect(await asked('--window', '1')).toMatchObject([
      { window_size: 1, windowed: { calibration: 0 } },
    ])
  })

  test('scores verifications with --from', async () => {
    const lines = [1, 2, 3, 4, 5].map((day) => line(day, 4, { externally_verified: day > 2 }))
    const result = await run(['pdr', await file(lines), '--from', 'verifications', '--json'])
    expect(data(result)).toMatchObject([{ cumulative: { calibration: 0.7 } }])
  })

  test('takes hashes as they are given, an empty one too', async () => {
    const computed = await hashOf({})
    expect(await hashOf({ scope_hash: '', outcome_hash: '' })).not.toBe(computed)
    expect(await hashOf({ scope_hash: null })).toBe(computed)
  })

  test('shows people a table, with a dash for what is not known', async () => {
    const { code, out } = await run(['pdr', await file([line(1)], '\r\n')])
    expect(code).toBe(0)
    expect(out).toContain('alpha   aip/0.5.52   confidence 0.0150')
    expect(out).toMatch(/cumulative {2}– +– +– +1 +0 /)
    expect(out).toMatch(/latest 1 +1\.0000 +0\.5000 +1\.0000 /)
    expect(await run(['pdr', await file([])])).toMatchObject({ code: 0, out: 'No observations.\n' })
  })

  test.each([
    ['--window', '0'],
    ['--window', '1.5'],
    ['--window', 'x'],
    ['--min-observations', '-1'],
    ['--min-days', ''],
    ['--from', 'rumours'],
  ])('%s %s is a mistake', async (option, value) => {
    expect(await run(['pdr', await file(FIVE), option, value])).toMatchObject({ code: 2, out: '' })
  })

  test('a file that is not there is said to be unreadable', async () => {
    const result = await run(['pdr', join(directory, 'none')])
    expect(result.code).toBe(2)
    expect(result.err).toContain('cli/file-unreadable')
  })
})
