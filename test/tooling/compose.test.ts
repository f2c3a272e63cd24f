/**
 * Reads the compose file as far as that goes without an engine: what the two containers share, and that
 * every path, setting and option in it is one that the image and the program have.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { allCommands } from '../../src/cli/all-commands.ts'
import { pathsOf } from '../../src/base/paths.ts'
import { tellSettings } from '../../src/node/config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FILE = join(ROOT, 'config/compose/compose.yaml')
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')

/** The keys that Compose knows and this file uses; a misspelt one is no key of either service. */
const Shared = {
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  stop_grace_period: z.string().regex(/^\d+s$/),
  user: z.string(),
  environment: z.record(z.string(), z.string()),
  healthcheck: z.strictObject({
    test: z.array(z.string()),
    interval: z.string().regex(/^\d+s$/),
    timeout: z.string().regex(/^\d+s$/),
    start_period: z.string().regex(/^\d+s$/),
    retries: z.int(),
  }),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })),
}
const Service = z
  .strictObject({
    build: z.string(),
    image: z.string(),
    ports: z.array(z.string()),
    ...Shared,
  })
  .partial()
  .extend({ command: z.array(z.string()), volumes: z.array(z.string()) })
const Compose = z.strictObject({
  services: z.strictObject({ node: Service, agent: Service }),
  volumes: z.record(z.string(), z.strictObject({})),
})

const document = parseDocument(readFileSync(FILE, 'utf8'), { uniqueKeys: true, strict: true })
const { services, volumes } = Compose.parse(document.toJS())
const { node, agent } = services

/** `name:/path` or `name:/path:ro`. */
function mountsOf({ volumes: lines }: typeof node): ReadonlyMap<string, readonly string[]> {
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line.split(':')
      return [name, rest]
    }),
  )
}

/** What the image sets under this name. */
function inImage(name: string): string {
  return new RegExp(`\\b${name}=(\\S+)`).exec(DOCKERFILE)?.[1] ?? ''
}

describe('the compose file', () => {
  test('is YAML without errors or warnings', () => {
    expect(document.errors).toEqual([])
    expect(document.warnings).toEqual([])
  })

  test('builds the node from the Dockerfile of this repository', () => {
    expect(existsSync(join(dirname(FILE), node.build ?? '', 'Dockerfile'))).toBe(true)
    expect(resolve(dirname(FILE), node.build ?? '')).toBe(ROOT)
    expect(DOCKERFILE).toContain(`FROM ${agent.image ?? '?'}\n`)
  })

  test('starts the node by a command and options that there are', () => {
    const [name, ...words] = node.command
    const command = allCommands.find((one) => one.name === name)
    const flags = (command?.options ?? []).map((option) => option.flags.split(' ')[0])
    const used = words.filter((word) => word.startsWith('-'))
    expect(used.length).toBeGreaterThan(0)
    for (const flag of used) expect(flags, flag).toContain(flag)
    const network = words[words.indexOf('--network') + 1] ?? '?'
    expect(existsSync(join(ROOT, 'config/network', `${network}.json`))).toBe(true)
  })

  test('asks the node whether it is well by a command that there is, and starts the agent then', () => {
    const [kind, program, name] = node.healthcheck?.test ?? []
    expect([kind, program]).toEqual(['CMD', 'aip-node'])
    expect(allCommands.map((command) => command.name)).toContain(name)
    expect(agent.depends_on).toEqual({ node: { condition: 'service_healthy' } })
  })

  test('names only variables of the environment that the program reads', () => {
    const settings = tellSettings({ flags: {}, environment: {}, file: '/nonexistent/config.toml' })
    const known = settings.flatMap(({ variable }) => (variable === undefined ? [] : [variable]))
    expect(known.length).toBeGreaterThan(20)
    known.push('AIP_NODE_HOME', 'AIP_NODE_URL', 'AIP_NODE_TOKEN', 'AIP_NODE_PASSPHRASE_FILE')
    const named = [node, agent].flatMap(({ environment }) => Object.keys(environment ?? {}))
    expect(named).toContain('AIP_NODE_HOME')
    for (const name of named) expect(known).toContain(name)
  })

  test('declares each volume that is mounted, and no other', () => {
    const mounted = [node, agent].flatMap((service) => [...mountsOf(service).keys()])
    expect([...new Set(mounted)].toSorted()).toEqual(Object.keys(volumes).toSorted())
  })

  test('keeps the home in a volume, and its directory of the socket in another', () => {
    const home = inImage('AIP_NODE_HOME')
    expect(home).toBe('/data')
    const { run } = pathsOf({ AIP_NODE_HOME: home }, 'linux')
    expect(mountsOf(node)).toEqual(
      new Map([
        ['node-data', [home]],
        ['node-run', [run]],
      ]),
    )
    // Both are the node's alone before anything is mounted: a new volume takes that over.
    expect(DOCKERFILE).toContain(`install -d -o 65532 -g 65532 -m 0700 ${home} ${run}`)
  })

  test('gives the agent the socket, at the path that the node writes down, and nothing else', () => {
    const home = inImage('AIP_NODE_HOME')
    const paths = pathsOf(agent.environment ?? {}, 'linux')
    expect(paths).toEqual(pathsOf({ AIP_NODE_HOME: home }, 'linux'))
    expect(mountsOf(agent)).toEqual(new Map([['node-run', [paths.run, 'ro']]]))
    expect(paths.keyFile.startsWith(`${paths.run}/`)).toBe(false)
    expect(DOCKERFILE).toContain(`USER ${agent.user ?? '?'}\n`)
    expect(agent.command.join(' ')).toContain('/run/aip-node.sock')
  })

  test('publishes the port of peers, and none of the interface', () => {
    expect(node.ports).toEqual(['7471:7471'])
    expect(DOCKERFILE).toContain('EXPOSE 7471\n')
    expect(node.command.join(' ')).toContain('--api-port off')
    expect(agent.ports).toBeUndefined()
  })

  test('lets the node write to its volumes and /tmp alone, without rights', () => {
    expect(node.read_only).toBe(true)
    expect(node.tmpfs).toEqual(['/tmp'])
    expect(node.cap_drop).toEqual(['ALL'])
    expect(node.security_opt).toEqual(['no-new-privileges:true'])
    // The node closes within ten seconds.
    expect(Number.parseInt(node.stop_grace_period ?? '', 10)).toBeGreaterThan(10)
  })
})
