import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')
const Versions = z.record(z.string(), z.string())
const Manifest = z.object({
  engines: z.object({ node: z.string() }),
  dependencies: Versions.optional(),
  devDependencies: Versions.optional(),
  optionalDependencies: Versions.optional(),
  allowScripts: z.record(z.string(), z.boolean()).optional(),
})
const Installed = z.object({ name: z.string(), version: z.string() })
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      optionalDependencies: Versions.optional(),
    }),
  ),
})

function json(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}

const own = Manifest.parse(json('package.json'))
const pins = Object.entries({ ...own.dependencies, ...own.devDependencies })

test('every dependency is pinned to one version', () => {
  expect(pins.length).toBeGreaterThan(0)
  for (const [name, version] of pins) {
    expect(version, name).toMatch(/^(?:npm:@?[a-z0-9/-]+@)?\d+\.\d+\.\d+$/)
  }
  expect(own.optionalDependencies).toBeUndefined()
})

test.each(pins)('%s is installed as it is pinned: %s', (name, pin) => {
  const { version } = Installed.parse(json(`node_modules/${name}/package.json`))
  expect(pin === version || pin.endsWith(`@${version}`)).toBe(true)
})

test('the name @chainsafe/libp2p-gossipsub stands for the libp2p team’s release, major 17', () => {
  const { name, version } = Installed.parse(
    json('node_modules/@chainsafe/libp2p-gossipsub/package.json'),
  )
  expect(name).toBe('@libp2p/gossipsub')
  expect(version).toMatch(/^17\./)
})

test('the runtime is Node 24 or later, here and for whoever installs the package', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24)
  expect(own.engines.node).toBe('>=24')
  expect(own.devDependencies?.['node']).toMatch(/^24\./)
})

test('the compiler is TypeScript 6.0, which dependency-cruiser can still read', () => {
  expect(own.devDependencies?.['typescript']).toMatch(/^6\.0\.\d+$/)
})

test('every package of the lockfile has its hash, and none is tied to a host', () => {
  const packages = Object.entries(Lock.parse(json('package-lock.json')).packages)
  expect(packages.length).toBeGreaterThan(100)
  for (const [path, { resolved, integrity }] of packages) {
    if (path === '') continue
    expect(resolved, path).toBeUndefined()
    expect(integrity, path).toMatch(/^sha512-/)
  }
})

test('the lockfile names every package for another platform, without which npm ci refuses it', () => {
  const { packages } = Lock.parse(json('package-lock.json'))
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      return !places.some((place) => place in packages)
    }),
  )
  expect(missing).toEqual([])
})

test('a package with an install script is known, and only the runtime’s may run', () => {
  const packages = Object.entries(Lock.parse(json('package-lock.json')).packages)
  const scripted = packages
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice('node_modules/'.length))
  expect(scripted.toSorted()).toEqual(Object.keys(own.allowScripts ?? {}).toSorted())
  expect(Object.entries(own.allowScripts ?? {}).filter(([, may]) => may)).toEqual([['node', true]])
})
