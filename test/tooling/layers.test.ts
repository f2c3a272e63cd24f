import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')

const Report = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(
      z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) }),
    ),
  }),
})

/** What dependency-cruiser says of `src` in `directory`, by the project's own rules. */
function cruise(directory: string): z.infer<typeof Report> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const rules = join(ROOT, 'config/tools/layers.cjs')
  const args = [program, '--config', rules, '--output-type', 'json', 'src']
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  return Report.parse(JSON.parse(stdout))
}

function brokenRules(report: z.infer<typeof Report>): string[] {
  return report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
}

test('every module of src is seen, and none breaks a rule of the layers', () => {
  const report = cruise(ROOT)
  const seen = new Set(report.modules.map(({ source }) => source))
  const sources = globSync('src/**/*.ts', { cwd: ROOT })
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.filter((source) => !seen.has(source))).toEqual([])
  expect(brokenRules(report)).toEqual([])
})

test('an import upwards, one to the side, a cycle, and a pure module that reads the disk are all reported', () => {
  const directory = mkdtempSync(join(tmpdir(), 'aip-layers-'))
  try {
    cpSync(join(ROOT, 'tsconfig.json'), join(directory, 'tsconfig.json'))
    const plant = (path: string, text: string) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), `${text}\n`)
    }
    plant('src/base/low.ts', "export { high } from '../node/high.ts'")
    plant('src/node/high.ts', 'export const high = 1')
    plant('src/store/one.ts', "export type { Two } from '../p2p/two.ts'")
    plant('src/p2p/two.ts', 'export interface Two { readonly two: 2 }')
    plant('src/cli/a.ts', "import { b } from './b.ts'\nexport const a = (): unknown => b")
    plant('src/cli/b.ts', "import { a } from './a.ts'\nexport const b = (): unknown => a")
    plant('src/trust/disk.ts', "export { readFileSync } from 'node:fs'")
    plant('src/api/contract.ts', "export { work } from './server.ts'")
    plant('src/api/server.ts', 'export const work = 1')
    expect(brokenRules(cruise(directory)).toSorted()).toEqual([
      'base-looks-down-only: src/base/low.ts -> src/node/high.ts',
      'contract-knows-no-node: src/api/contract.ts -> src/api/server.ts',
      expect.stringMatching(/^no-cycles: /),
      'pure-modules-touch-no-world: src/trust/disk.ts -> fs',
      'store-looks-down-only: src/store/one.ts -> src/p2p/two.ts',
    ])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
