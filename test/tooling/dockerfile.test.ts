/**
 * Reads the Dockerfile as far as that goes without an engine: its stages, what it copies, who runs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')

interface Instruction {
  readonly name: string
  readonly rest: string
}

/** Comments and blank lines dropped, continued lines joined. */
function instructionsOf(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
  return lines.split('\n').map((line) => {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    return { name, rest: rest.trim() }
  })
}

const all = instructionsOf(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
const stages: Instruction[][] = []
for (const instruction of all) {
  if (instruction.name === 'FROM') stages.push([])
  stages.at(-1)?.push(instruction)
}
const last = stages.at(-1) ?? []

function only(name: string): string {
  const found = last.filter((instruction) => instruction.name === name)
  expect(found, name).toHaveLength(1)
  return found[0]?.rest ?? ''
}

/** What each COPY takes, and from which stage. */
const copies = all
  .filter(({ name }) => name === 'COPY')
  .map(({ rest }) => {
    const words = rest.split(/\s+/)
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
    const paths = words.filter((word) => !word.startsWith('--'))
    return { from, sources: paths.slice(0, -1), target: paths.at(-1) }
  })

/** Whether .dockerignore, which hides all and then names exceptions, lets `path` through. */
function isSent(path: string): boolean {
  const [first, ...rest] = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n')
  expect(first).toBe('**')
  return rest.some((line) => line === `!${path}` || path.startsWith(`${line.slice(1)}/`))
}

/** What of the package nothing in a container reads: manual pages, units, and what docs/ says too. */
const ONLY_OUTSIDE = ['SECURITY.md', 'config/default.json', 'config/systemd', 'man']

describe('the Dockerfile', () => {
  test('has only instructions that exist', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'LABEL', 'ENV', 'VOLUME', 'EXPOSE', 'USER']
    known.push('HEALTHCHECK', 'ENTRYPOINT', 'CMD')
    for (const { name, rest } of all) {
      expect(known).toContain(name)
      expect(rest).not.toBe('')
    }
  })

  test('builds in one stage and runs in another, both on the major version of the project', () => {
    const Manifest = z.object({
      engines: z.object({ node: z.string() }),
      devDependencies: z.object({ node: z.string() }),
    })
    const { engines, devDependencies } = Manifest.parse(
      JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
    )
    const major = devDependencies.node.split('.', 1)[0] ?? '?'
    expect(engines.node).toBe(`>=${major}`)
    const image = `node:${major}-slim`
    expect(stages.map(([from]) => from?.rest)).toEqual([`${image} AS build`, image])
  })

  test('copies only files that the repository has, and .dockerignore lets each through', () => {
    const sources = copies.filter(({ from }) => from === undefined).flatMap((copy) => copy.sources)
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true)
      expect(isSent(source.replace(/\/$/, '')), source).toBe(true)
    }
  })

  test('takes from the build stage what that stage makes', () => {
    const taken = copies.filter(({ from }) => from !== undefined)
    expect(taken.map(({ from }) => from)).toEqual(['build', 'build'])
    expect(taken.flatMap(({ sources }) => sources)).toEqual(['/build/node_modules', '/build/dist'])
  })

  test('ships what package.json publishes, but for what no container needs', () => {
    const Manifest = z.object({ files: z.array(z.string()), bin: z.record(z.string(), z.string()) })
    const { files, bin } = Manifest.parse(
      JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
    )
    expect(files).toContain('dist/src')
    const shipped = copies.flatMap(({ sources }) => sources.map((path) => path.replace(/\/$/, '')))
    const missing = files.filter((path) => !path.startsWith('dist/') && !shipped.includes(path))
    expect(missing.toSorted()).toEqual(ONLY_OUTSIDE)
    const link = last.find(({ rest }) => rest.includes('ln -s'))
    expect(link?.rest).toContain(`/opt/aip-node/${bin['aip-node'] ?? '?'} `)
  })

  test('runs as a user without rights, named last and by number', () => {
    expect(only('USER')).toBe('65532:65532')
    const after = last.slice(last.findIndex(({ name }) => name === 'USER') + 1)
    expect(after.map(({ name }) => name)).toEqual(['HEALTHCHECK', 'ENTRYPOINT', 'CMD'])
  })

  test('keeps its state in /data, which that user owns', () => {
    expect(only('VOLUME')).toBe('/data')
    expect(only('ENV')).toContain('AIP_NODE_HOME=/data')
    expect(last.some(({ rest }) => rest.includes('-o 65532 -g 65532 -m 0700 /data'))).toBe(true)
  })

  test('starts the node under tini, and asks it whether it is ready', () => {
    expect(JSON.parse(only('ENTRYPOINT'))).toEqual(['tini', '--', 'aip-node'])
    expect(JSON.parse(only('CMD'))).toEqual(['start'])
    const [, ask = ''] = /CMD (\[.*\])$/.exec(only('HEALTHCHECK')) ?? []
    expect(JSON.parse(ask)).toEqual(['aip-node', 'health'])
  })

  test('names its port, and describes itself in the labels of OCI images', () => {
    expect(only('EXPOSE')).toBe('7471')
    for (const label of ['title', 'description', 'licenses']) {
      expect(only('LABEL')).toContain(`org.opencontainers.image.${label}=`)
    }
  })
})
