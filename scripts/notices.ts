/**
 * The licences of what the package brings: THIRD_PARTY_NOTICES, made from what is installed; and whether
 * each is one that this project takes.
 *
 *     npm run notices [-- --check]
 *
 * A text that several packages share word for word stands there once.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '..')
const FILE = join(ROOT, 'THIRD_PARTY_NOTICES')

/** Those that ask for no more than their text beside the program. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'Apache-2.0 OR MIT',
  'MIT OR Apache-2.0',
  '(MIT OR Apache-2.0)',
  '(MIT AND BSD-3-Clause)',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
])

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      optional: z.boolean().optional(),
      peer: z.boolean().optional(),
    }),
  ),
})
const Manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
})

interface Brought {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly text: string
}

function brought(): readonly Brought[] {
  const lock = Lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  const found = new Map<string, Brought>()
  for (const [path, { dev, devOptional, optional, peer }] of Object.entries(lock.packages)) {
    // What only development, or a choice of the operator's, brings is not in the package.
    if (path === '' || dev === true || devOptional === true || optional === true || peer === true) {
      continue
    }
    const directory = join(ROOT, path)
    const manifest = Manifest.parse(
      JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
    )
    const { name, version, license = 'none' } = manifest
    const licence = typeof license === 'string' ? license : license.type
    found.set(`${name} ${version}`, { name, version, licence, text: licenceText(directory) })
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function licenceText(directory: string): string {
  const files = globSync(['LICEN[CS]E*', 'licen[cs]e*', 'NOTICE*', 'COPYING*'], { cwd: directory })
  return [...new Set(files)]
    .toSorted()
    .map((file) => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n')
}

function noticesText(packages: readonly Brought[]): string {
  const byText = new Map<string, string[]>()
  for (const { name, version, licence, text } of packages) {
    const key = text === '' ? `(${licence}; the package has no text of it)` : text
    byText.set(key, [...(byText.get(key) ?? []), `${name} ${version} (${licence})`])
  }
  const parts = [...byText].map(
    ([text, names]) => `${'='.repeat(78)}\n${names.join('\n')}\n${'-'.repeat(78)}\n${text}\n`,
  )
  const head = `aip-node is built on the packages below. Made by "npm run notices".\n`
  return `${head}\n${parts.join('\n')}`
}

function main(argv: readonly string[]): number {
  const packages = brought()
  const refused = packages.filter(({ licence }) => !ALLOWED.has(licence))
  for (const { name, version, licence } of refused) {
    console.error(
      `${name} ${version} has the licence ${licence}, which this project does not take.`,
    )
  }
  const text = noticesText(packages)
  if (argv.includes('--check')) {
    let isStale = true
    try {
      isStale = readFileSync(FILE, 'utf8') !== text
    } catch {
      // It is not there.
    }
    if (isStale) console.error('THIRD_PARTY_NOTICES is out of date: run "npm run notices".')
    return isStale || refused.length > 0 ? 1 : 0
  }
  writeFileSync(FILE, text)
  console.log(`${packages.length} packages, ${refused.length} refused`)
  return refused.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
