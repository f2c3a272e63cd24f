/**
 * Keeps the documents true: what the code says and what docs/ says are compared as sets, so neither
 * can gain or lose an entry alone.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '..')
const OUTSIDE = ['node_modules', 'dist', 'coverage']

function paths(glob: string): string[] {
  return globSync(glob, { cwd: ROOT, exclude: OUTSIDE })
}

function text(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The first group of every match of `pattern` in the files that `glob` names, sorted. */
function found(pattern: RegExp, glob: string): string[] {
  const hits = paths(glob).flatMap((path) => [...text(path).matchAll(pattern)])
  return [...new Set(hits.map(([, hit]) => hit ?? ''))].toSorted()
}

describe('docs/errors.md', () => {
  test('lists every fault code, and no other', () => {
    const declaring = paths('src/**/*.ts').filter((path) => /extends AipError\b/.test(text(path)))
    expect(declaring.length).toBeGreaterThan(2)
    const codes = declaring.flatMap((path) => found(/code:[\s|]*'([a-z0-9]+\/[a-z0-9-]+)'/g, path))
    expect(codes.length).toBeGreaterThan(10)
    expect(found(/^\| `([a-z0-9]+\/[a-z0-9-]+)` +\|/gm, 'docs/errors.md')).toEqual(
      [...new Set(codes)].toSorted(),
    )
  })

  test('says of each when it comes and what to do', () => {
    const rows = text('docs/errors.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
      expect(cells, row).toHaveLength(5)
      expect(
        cells.slice(1, 4).every((cell) => cell.length > 0),
        row,
      ).toBe(true)
    }
  })
})

describe('the documents', () => {
  test('link only to files that are there', () => {
    const documents = paths('**/*.md')
    expect(documents.length).toBeGreaterThan(5)
    const broken = documents.flatMap((path) => {
      const prose = text(path).replaceAll(/```[\s\S]*?```/g, '')
      const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '')
      const local = links.filter((link) => !/^(?:[a-z]+:|#)/.test(link))
      return local
        .map((link) => join(dirname(path), link.replace(/#.*$/, '')))
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${path}: ${target}`)
    })
    expect(broken).toEqual([])
  })

  test('list every how-to in their index', () => {
    const pages = paths('docs/how-to/*.md').map((path) => basename(path))
    const listed = found(/^\| \[[^\]]+\]\(([^)]+)\)/gm, 'docs/how-to/README.md')
    expect(listed).toEqual(pages.filter((page) => page !== 'README.md').toSorted())
  })

  test('number the decisions without a gap, and each says when it would change', () => {
    const decisions = paths('docs/adr/*.md').toSorted()
    decisions.forEach((path, at) => {
      expect(path).toContain(`/${String(at + 1).padStart(4, '0')}-`)
      const headings = [...text(path).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
      expect(headings, path).toEqual([
        'Context',
        'Decision',
        'Consequence',
        'What would change our mind',
      ])
    })
    expect(decisions.length).toBeGreaterThanOrEqual(6)
  })

  test('give a reason for every dependency, and for no other', () => {
    const Versions = z.record(z.string(), z.string())
    const Manifest = z.object({ dependencies: Versions, devDependencies: Versions })
    const manifest = Manifest.parse(JSON.parse(text('package.json')))
    const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(found(/^\| `(@?[a-z0-9/-]+)` +\|/gm, 'docs/adr/0004-dependencies.md')).toEqual(
      names.toSorted(),
    )
  })
})
