import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

test('llms.txt leads nowhere that is not there, and says what it is first', () => {
  const text = readFileSync(join(ROOT, 'llms.txt'), 'utf8')
  expect(text).toMatch(/^# aip-node\n\n> /)
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
  expect(links.length).toBeGreaterThan(12)
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([])
})
