/** The shortest attacks of `npm run sec:gate`, as whoever runs them sees them. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { SECOND_MS } from '../../src/base/units.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RUN_LIMIT_MS = 60 * SECOND_MS

const ATTACKS: readonly (readonly string[])[] = [
  ['fuzz:frames', '--n', '10000', '--streams', '60'],
  ['adv:records', '--n', '40'],
  ['adv:rollback', '--n', '100'],
  ['api:hostile'],
  ['cli:escape'],
  ['log:inject'],
  ['mcp:inject'],
  ['net:ssrf'],
  ['id:keyfile', '--n', '100'],
]

interface Ran {
  readonly code: number
  readonly report: unknown
}

async function ran(argv: readonly string[]): Promise<Ran> {
  const options = { cwd: ROOT, timeout: RUN_LIMIT_MS }
  const script = join(ROOT, 'scripts/sec.ts')
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...argv], options)
    return { code: 0, report: JSON.parse(stdout) }
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error) || !('code' in error)) throw error
    return { code: Number(error.code), report: JSON.parse(String(error.stdout)) }
  }
}

describe('an attack', () => {
  test.each(ATTACKS.map((argv) => [argv.join(' '), argv] as const))('%s', async (_name, argv) => {
    const { code, report } = await ran(argv)
    expect(report).toMatchObject({ name: argv[0], verdict: 'pass', misses: [] })
    expect(code).toBe(0)
  })
})
