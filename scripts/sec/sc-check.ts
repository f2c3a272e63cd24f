/**
 * What this project takes from others and gives to others: no script runs at an install but those that
 * are named, every package comes from the registry under a hash, the list of components and the list of
 * packed files are those that were committed. `--write yes` renews both lists; read what changed.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { format } from 'prettier'
import { z } from 'zod'
import { MIB_BYTES, MINUTE_MS } from '../../src/base/units.ts'
import type { Attack } from './parts/attack.ts'

const ROOT = join(import.meta.dirname, '../..')
const SBOM_FILE = join(ROOT, 'config/sbom/sbom.cdx.json')
const PACKED_FILE = join(ROOT, 'config/sbom/packed-files.json')
/** Where people read how to install without scripts. */
const INSTALL_NOTE = join(ROOT, 'docs/operating.md')
const REGISTRY = /^https:\/\/registry\.npmjs\.org\//
const INTEGRITY = /^sha512-[A-Za-z0-9+/]+={0,2}$/
const NPM_LIMIT_MS = MINUTE_MS

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      link: z.boolean().optional(),
      version: z.string().optional(),
      name: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
})
const Manifest = z.object({
  name: z.string(),
  allowScripts: z.record(z.string(), z.boolean()),
  scripts: z.record(z.string(), z.string()),
})
const Sbom = z.looseObject({
  metadata: z.looseObject({
    component: z.looseObject({ name: z.string(), 'bom-ref': z.string() }),
  }),
  components: z.array(
    z.looseObject({ name: z.string(), version: z.string(), 'bom-ref': z.string() }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
})
type Sbom = z.infer<typeof Sbom>
type Packages = readonly (readonly [string, z.infer<typeof Lock>['packages'][string]])[]
const Files = z.array(z.object({ path: z.string() }))
/** npm 12 gives the packages by name, npm 11 in a list. */
const Packed = z
  .union([
    z.array(z.object({ files: Files })),
    z.record(z.string(), z.object({ files: Files })).transform((byName) => Object.values(byName)),
  ])
  .transform(([first]) => (first?.files ?? []).map(({ path }) => path))

export const attack: Attack = {
  does: 'Install scripts, sources, hashes, components and packed files: nothing that was not read.',
  flags: { write: { fallback: 'no', meaning: 'yes: renew config/sbom' } },
  gate: {},
  limitMs: 3 * MINUTE_MS,
  run: async ({ flags }) => {
    const misses: string[] = []
    const own = Manifest.parse(json('package.json'))
    const { packages } = Lock.parse(json('package-lock.json'))
    const installed = Object.entries(packages).filter(([path]) => path !== '')

    const scripted = installed
      .filter(([, one]) => one.hasInstallScript)
      .map(([path]) => nameOf(path))
    const fresh = scripted.filter((name) => !Object.hasOwn(own.allowScripts, name))
    if (fresh.length > 0) misses.push(`new install scripts: ${fresh.join(', ')}`)
    // What runs at an install of the package from the registry.
    const hooks = ['preinstall', 'install', 'postinstall'].filter((hook) => hook in own.scripts)
    if (hooks.length > 0) misses.push(`the package itself runs ${hooks.join(', ')}`)

    const elsewhere = installed.filter(
      ([, { resolved, link }]) => link === true || !isRegistry(resolved),
    )
    if (elsewhere.length > 0)
      misses.push(`not of the registry: ${elsewhere.map(([path]) => path).join(', ')}`)
    const unsealed = installed.filter(([, { integrity }]) => !INTEGRITY.test(integrity ?? ''))
    if (unsealed.length > 0)
      misses.push(`without a hash: ${unsealed.map(([path]) => path).join(', ')}`)

    const sbom = await sbomText(own.name, installed)
    const packed = await packedText()
    if (flags['write'] === 'yes') {
      writeFileSync(SBOM_FILE, sbom)
      writeFileSync(PACKED_FILE, packed.text)
    }
    if (committed(SBOM_FILE) !== sbom) {
      misses.push('the components are not those of config/sbom/sbom.cdx.json: run with --write yes')
    }
    if (committed(PACKED_FILE) !== packed.text) {
      misses.push('the packed files are not those of config/sbom/packed-files.json: --write yes')
    }
    if (packed.strange.length > 0) {
      const first = packed.strange.slice(0, 5).join(', ')
      misses.push(`packed without a source, after npm run build: ${first}`)
    }
    if (!readFileSync(INSTALL_NOTE, 'utf8').includes('--ignore-scripts')) {
      misses.push('docs/operating.md does not say how to install without scripts')
    }
    const figures = {
      packages: installed.length,
      'install scripts': scripted.join(', '),
      'new install scripts': fresh.length,
      'not of the registry': elsewhere.length,
      'without a hash': unsealed.length,
      components: Sbom.parse(JSON.parse(sbom)).components.length,
      'packed files': packed.count,
    }
    return { figures, misses }
  },
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}

function committed(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** The lock leaves the address out for packages of the registry. */
function isRegistry(resolved: string | undefined): boolean {
  return resolved === undefined || REGISTRY.test(resolved)
}

async function npm(...args: readonly string[]): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 64 * MIB_BYTES, timeout: NPM_LIMIT_MS }
  const { stdout } = await promisify(execFile)('npm', [...args], options)
  return stdout
}

/**
 * The components in production, without what differs between two runs or machines. npm leaves out what a
 * tool of development needs too, so which they are is read from the lock.
 */
async function sbomText(name: string, packages: Packages): Promise<string> {
  const shipped = new Set(
    packages
      .filter(([, one]) => one.dev !== true && one.devOptional !== true)
      .map(([path, one]) => `${one.name ?? nameOf(path)}@${one.version ?? ''}`),
  )
  const text = await npm('sbom', '--sbom-format', 'cyclonedx', '--package-lock-only')
  const { serialNumber: _serial, metadata, ...rest } = Sbom.parse(JSON.parse(text))
  const { timestamp: _timestamp, tools: _tools, component, ...meta } = metadata
  const components = rest.components.filter((one) => shipped.has(one['bom-ref'])).map(withoutPlaces)
  const missing = shipped.size - new Set(components.map((one) => one['bom-ref'])).size
  if (missing > 0) throw new Error(`${missing} packages of the lock are not in npm's list`)
  const refs = new Set([component['bom-ref'], ...components.map((one) => one['bom-ref'])])
  const dependencies = rest.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
  const own = { ...meta, component: { ...component, name } }
  return formatted({ ...rest, metadata: own, components, dependencies })
}

/** Where a package was fetched from differs between machines; what it is does not. */
function withoutPlaces(component: Sbom['components'][number]): Sbom['components'][number] {
  const { externalReferences: _places, ...rest } = component
  return rest
}

/**
 * What is packed: modules and pages by their kind, since their sources say which there are, every other
 * file by its name.
 */
async function packedText(): Promise<{ text: string; count: number; strange: string[] }> {
  const paths = Packed.parse(
    JSON.parse(await npm('pack', '--dry-run', '--json', '--ignore-scripts')),
  )
  const strange: string[] = []
  const names = new Set<string>()
  for (const path of paths) {
    const module = /^dist\/(src\/.+?)(\.js|\.d\.ts)$/.exec(path)
    const page = /^dist\/ui\/assets\/[\w.-]+\.(js|css)$/.exec(path)
    if (module !== null) {
      const [, source = ''] = module
      const isOurs = ['.ts', '.tsx'].some((suffix) => existsSync(join(ROOT, source + suffix)))
      if (!isOurs) strange.push(path)
      names.add('dist/src/**')
    } else if (page === null) names.add(path)
    else names.add(`dist/ui/assets/*.${page[1] ?? ''}`)
  }
  return { text: await formatted([...names].toSorted()), count: paths.length, strange }
}

async function formatted(value: unknown): Promise<string> {
  return format(JSON.stringify(value), { parser: 'json', printWidth: 100 })
}
