import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { limitsInCode } from '../../scripts/reference/limits.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const code = limitsInCode()

/** Rows of the page: file and name, and what else stands there. */
const page = new Map(
  readFileSync(join(ROOT, 'docs/limits.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, name = '', value = '', unit = '', file = '', bounds = ''] = line
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
      return [`${file} ${name.replaceAll('`', '')}`, { value, unit, bounds }] as const
    }),
)

describe('docs/limits.md', () => {
  test('has a row for every limit of the source, with its value', () => {
    expect(code.length).toBeGreaterThan(300)
    for (const { file, name, value, unit } of code) {
      expect(page.get(`${file} ${name}`), `${file} ${name}`).toMatchObject({
        value: value.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|'),
        unit,
      })
    }
  })

  test('has no row for what is not in the source', () => {
    const known = new Set(code.map(({ file, name }) => `${file} ${name}`))
    expect([...page.keys()].filter((row) => !known.has(row))).toEqual([])
  })

  test('says of each what it bounds', () => {
    for (const [row, { bounds }] of page) expect(bounds, row).not.toBe('')
  })
})

/** What the program itself has under that name: read in another way than by the page's maker. */
test('values are those that the modules export', { timeout: 60_000 }, async () => {
  let compared = 0
  for (const { file, name, value, isExported } of code) {
    const number = Number(value.replaceAll(',', ''))
    if (!isExported || Number.isNaN(number) || file.startsWith('src/dashboard/')) continue
    const module: unknown = await import(pathToFileURL(join(ROOT, file)).href)
    expect(module, `${file} ${name}`).toHaveProperty(name, number)
    compared++
  }
  expect(compared).toBeGreaterThan(150)
})
