/**
 * What the node is told: flags, then environment, then `config.toml`, then defaults.
 *
 * One schema describes every setting; a name it does not know is an error, since a setting that is
 * silently ignored is worse than none. `config/default.json` states the defaults for readers, and a
 * test says that they agree. This file is the only reader of the environment in the node.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse as parseToml, TomlError } from 'smol-toml'
import { z } from 'zod'
import { asError } from '../base/error.ts'
import { NETWORK_NAME } from '../crypto/domain.ts'
import { isOrigin } from '../identity/challenge.ts'
import { isDid } from '../identity/did.ts'
import { parseAddress } from '../p2p/addresses.ts'
import { parseDenied } from '../p2p/peers/deny-list.ts'
import { TRANSPORT_SWITCHES } from '../p2p/transports/plan.ts'
import { NodeError } from './error.ts'
import { REPLICATIONS } from './interest/choice.ts'

const Address = z.string().refine(isAddress, {
  error: ({ input }) =>
    `"${String(input)}" is no multiaddr such as /ip4/203.0.113.7/tcp/7471/p2p/12D3KooW…`,
})

const Denied = z.string().refine((text) => isParsed(parseDenied, text), {
  error: ({ input }) =>
    `"${String(input)}" is no peer id, DID, IP address or range such as 198.51.100.0/24`,
})

const Flag = z.boolean({ error: 'it is true or false' })

const Origin = z.string().refine(isOrigin, {
  error: ({ input }) =>
    `"${String(input)}" is no origin such as https://agent.example or http://127.0.0.1:8080`,
})

/** What all nodes of one network agree on. A file of `config/network/`, or one of the operator's. */
export const NetworkConfig = z.strictObject({
  v: z.literal(1),
  name: z.string().regex(NETWORK_NAME).describe('Name on the wire, in every signature.'),
  preset: z.enum(['local', 'public']).describe('local: one machine or LAN; public: the internet.'),
  bootstrap: z.array(Address).describe('Multiaddrs of peers to find the others by.'),
  shardBits: z.int().min(0).max(16).describe('Bits of a DID that choose its shard.'),
  shardLimitBytes: z.int().min(1).describe('Bytes of records that one shard may hold.'),
  workBits: z.int().min(0).max(32).describe('Leading zero bits an inception must have.'),
})
export type NetworkConfig = Readonly<z.infer<typeof NetworkConfig>>

const Introducer = z.strictObject({
  did: z.string().refine(isDid, 'a DID is "did:aip:" and 32 lower-case hex digits'),
  level: z.number().gt(0).max(1),
})

/** LevelDB alone takes tens of megabytes. */
const STORE_LIMIT_LEAST_BYTES = 268_435_456

export const Settings = z.strictObject({
  network: z.string().default('public').describe('A network of config/network/, or a JSON file.'),
  profile: z
    .enum(['edge', 'server', 'offline', 'test'])
    .default('edge')
    .describe('edge: beside an agent; server: public; offline: no peers; test: free ports.'),
  replication: z
    .enum(REPLICATIONS)
    .default('all')
    .describe('all: every record; interest: of agents that concern mine; none: about mine alone.'),
  listen: z.array(Address).default([]).describe('Multiaddrs; empty: chosen by the profile.'),
  bootstrap: z.array(Address).default([]).describe('Further bootstrap multiaddrs.'),
  announce: z.array(Address).default([]).describe('Multiaddrs to tell peers beside those found.'),
  preSharedKeyFile: z
    .string()
    .default('')
    .describe('File of the key of a private mesh; empty: an open one.'),
  peers: z
    .strictObject({
      target: z
        .union([z.int().min(1).max(1_000), z.literal('auto')], {
          error: 'it is a whole number from 1 to 1000, or "auto"',
        })
        .default('auto')
        .describe('Peers below which more are dialled; "auto": by the profile.'),
      deny: z.array(Denied).max(1_024).default([]).describe('Peers, agents and ranges kept out.'),
    })
    .prefault({}),
  transports: z
    .strictObject({
      webSocket: Flag.default(TRANSPORT_SWITCHES.webSocket).describe('Dials /ws addresses too.'),
      quic: Flag.default(TRANSPORT_SWITCHES.quic).describe('QUIC, where its package is installed.'),
      relay: Flag.default(TRANSPORT_SWITCHES.relay).describe('Relays on public networks.'),
      upnp: Flag.default(TRANSPORT_SWITCHES.upnp).describe('Asks the router for a port.'),
      mdns: Flag.default(TRANSPORT_SWITCHES.mdns).describe('Finds nodes on the LAN, on "local".'),
    })
    .prefault({}),
  origins: z
    .array(Origin)
    .default([])
    .describe('Origins at which this agent answers over HTTP; it signs challenges for no other.'),
  webBotAuth: z
    .strictObject({
      agent: z
        .union([z.literal(''), Origin])
        .default('')
        .describe('Origin whose directory lists this agent as a bot; empty: not signed for.'),
    })
    .prefault({}),
  api: z
    .strictObject({
      port: z
        .union([z.int().min(0).max(65_535), z.literal('off')], {
          error: 'a port is a whole number from 0 to 65535, or "off"',
        })
        .default(7470)
        .describe('TCP port on 127.0.0.1; 0: a free one; "off": the socket only.'),
      lab: Flag.default(false).describe('Whether attacks may be played: the demo switches it on.'),
    })
    .prefault({}),
  trust: z
    .strictObject({
      profile: z
        .enum(['strict', 'open'])
        .default('strict')
        .describe(
          'strict: trust flows from your own vouches alone; open: further and more freely.',
        ),
      introducers: z
        .array(Introducer)
        .default([])
        .describe('Agents you start from before you vouch for anybody.'),
    })
    .prefault({}),
  resolve: z
    .strictObject({
      didWeb: Flag.default(false).describe(
        'Whether did:web is resolved, which asks hosts that DIDs name.',
      ),
    })
    .prefault({}),
  mcp: z
    .strictObject({
      allow: z
        .array(z.enum(['vouch', 'revoke', 'rotate'], { error: 'it is vouch, revoke or rotate' }))
        .default([])
        .describe('What models may change over /mcp, beside what their token allows.'),
    })
    .prefault({}),
  store: z
    .strictObject({
      limitBytes: z
        .union([z.int().min(STORE_LIMIT_LEAST_BYTES), z.literal('off')], {
          error: `a limit is a whole number of bytes from ${STORE_LIMIT_LEAST_BYTES}, or "off"`,
        })
        .default('off')
        .describe('What the store may take on disk, in bytes; "off": as much as there is.'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('How much is logged.'),
      levels: z
        .array(
          z.string().regex(/^[a-z][a-z0-9-]{0,31}=(?:debug|info|warn|error)$/, {
            error: 'it is a component and a level, such as gossip=debug',
          }),
        )
        .max(64)
        .default([])
        .describe('Components with a level of their own: gossip=debug.'),
      format: z.enum(['text', 'json']).default('text').describe('For people or for programs.'),
    })
    .prefault({}),
})
export type Settings = Readonly<z.infer<typeof Settings>>

/** The environment's names, and where their value goes. */
const FROM_ENVIRONMENT: Readonly<
  Record<
    string,
    { readonly path: readonly string[]; readonly kind: 'text' | 'list' | 'port' | 'count' | 'flag' }
  >
> = {
  AIP_NODE_NETWORK: { path: ['network'], kind: 'text' },
  AIP_NODE_PROFILE: { path: ['profile'], kind: 'text' },
  AIP_NODE_REPLICATION: { path: ['replication'], kind: 'text' },
  AIP_NODE_LISTEN: { path: ['listen'], kind: 'list' },
  AIP_NODE_BOOTSTRAP: { path: ['bootstrap'], kind: 'list' },
  AIP_NODE_ANNOUNCE: { path: ['announce'], kind: 'list' },
  AIP_NODE_PRE_SHARED_KEY_FILE: { path: ['preSharedKeyFile'], kind: 'text' },
  AIP_NODE_PEERS_TARGET: { path: ['peers', 'target'], kind: 'port' },
  AIP_NODE_PEERS_DENY: { path: ['peers', 'deny'], kind: 'list' },
  AIP_NODE_TRANSPORTS_WEB_SOCKET: { path: ['transports', 'webSocket'], kind: 'flag' },
  AIP_NODE_TRANSPORTS_QUIC: { path: ['transports', 'quic'], kind: 'flag' },
  AIP_NODE_TRANSPORTS_RELAY: { path: ['transports', 'relay'], kind: 'flag' },
  AIP_NODE_TRANSPORTS_UPNP: { path: ['transports', 'upnp'], kind: 'flag' },
  AIP_NODE_TRANSPORTS_MDNS: { path: ['transports', 'mdns'], kind: 'flag' },
  AIP_NODE_ORIGINS: { path: ['origins'], kind: 'list' },
  AIP_NODE_WEB_BOT_AUTH_AGENT: { path: ['webBotAuth', 'agent'], kind: 'text' },
  AIP_NODE_API_PORT: { path: ['api', 'port'], kind: 'port' },
  AIP_NODE_API_LAB: { path: ['api', 'lab'], kind: 'flag' },
  AIP_NODE_TRUST_PROFILE: { path: ['trust', 'profile'], kind: 'text' },
  AIP_NODE_RESOLVE_DID_WEB: { path: ['resolve', 'didWeb'], kind: 'flag' },
  AIP_NODE_MCP_ALLOW: { path: ['mcp', 'allow'], kind: 'list' },
  AIP_NODE_STORE_LIMIT_BYTES: { path: ['store', 'limitBytes'], kind: 'count' },
  AIP_NODE_LOG_LEVEL: { path: ['log', 'level'], kind: 'text' },
  AIP_NODE_LOG_LEVELS: { path: ['log', 'levels'], kind: 'list' },
  AIP_NODE_LOG_FORMAT: { path: ['log', 'format'], kind: 'text' },
}

function isAddress(text: string): boolean {
  return isParsed(parseAddress, text)
}

function isParsed(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

type Tree = { [key: string]: unknown }

export interface SettingSources {
  /** What the command line said; absent keys fall through. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Path of `config.toml`; it need not exist. */
  readonly file: string
}

/** @throws {NodeError} `node/config-invalid`, naming the setting. */
export function readSettings({ flags, environment, file }: SettingSources): Settings {
  const merged: Tree = {}
  graft(merged, readFile(file))
  for (const [name, { path, kind }] of Object.entries(FROM_ENVIRONMENT)) {
    const text = environment[name]
    if (text !== undefined && text !== '') put(merged, path, readText(text, kind))
  }
  graft(merged, flags)
  const parsed = Settings.safeParse(merged)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : []
  const where = [...(issue?.path ?? []), ...keys].join('.')
  const problem =
    keys.length > 0 ? `there is no such setting${near(keys[0] ?? '')}` : (issue?.message ?? '')
  throw new NodeError({ code: 'node/config-invalid', where, problem })
}

/** Where the value of a setting comes from. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default'

export interface ToldSetting {
  /** `api.port`. */
  readonly name: string
  readonly value: unknown
  readonly origin: SettingOrigin
  /** The variable of the environment that sets it; none for lists of objects. */
  readonly variable: string | undefined
}

/** Every setting with its value and where that was said. @throws {NodeError} as {@link readSettings}. */
export function tellSettings(sources: SettingSources): readonly ToldSetting[] {
  const settings = readSettings(sources)
  const inFile = leavesOf(readFile(sources.file))
  const inFlags = leavesOf(sources.flags)
  return [...leavesOf(settings)].map(([name, value]) => {
    const found = Object.entries(FROM_ENVIRONMENT).find(([, { path }]) => path.join('.') === name)
    const variable = found?.[0]
    const said = variable === undefined ? undefined : sources.environment[variable]
    const isSaid = said !== undefined && said !== ''
    const origin = inFlags.has(name)
      ? 'flag'
      : isSaid
        ? 'environment'
        : inFile.has(name)
          ? 'file'
          : 'default'
    return { name, value, origin, variable }
  })
}

/** Each value by its dotted name; a list is one value. */
function leavesOf(tree: Readonly<Record<string, unknown>>, under = ''): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  for (const [key, value] of Object.entries(tree)) {
    if (value === undefined) continue
    const name = under === '' ? key : `${under}.${key}`
    if (!isTree(value)) leaves.set(name, value)
    else for (const [inner, innerValue] of leavesOf(value, name)) leaves.set(inner, innerValue)
  }
  return leaves
}

/** `"list"` → commas; ports and counts → numbers; flags → truth values; else text for the schema to judge. */
export function readText(text: string, kind: 'text' | 'list' | 'port' | 'count' | 'flag'): unknown {
  if (kind === 'list') return text.split(',').map((part) => part.trim())
  if (kind === 'flag') return text === 'true' || text === 'false' ? text === 'true' : text
  if (kind === 'count') return /^\d{1,15}$/.test(text) ? Number(text) : text
  if (kind === 'port') return /^\d{1,5}$/.test(text) ? Number(text) : text
  return text
}

function readFile(file: string): Tree {
  if (!existsSync(file)) return {}
  try {
    return parseToml(readFileSync(file, 'utf8'))
  } catch (cause) {
    const line = cause instanceof TomlError ? ` line ${cause.line}` : ''
    const problem = (asError(cause).message.split('\n')[0] ?? '').replace(/^[^:]*TOML[^:]*: /, '')
    throw new NodeError(
      { code: 'node/config-invalid', where: `${file}${line}`, problem },
      { cause },
    )
  }
}

function graft(onto: Tree, from: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(from)) {
    if (value === undefined) continue
    // Its own keys alone: one called __proto__ would lead to what all objects share.
    const present = Object.hasOwn(onto, key) ? onto[key] : undefined
    if (isTree(value) && isTree(present)) graft(present, value)
    else
      Object.defineProperty(onto, key, {
        value: isTree(value) ? structuredClone(value) : value,
        enumerable: true,
        writable: true,
        configurable: true,
      })
  }
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  const inner: Tree = {}
  if (rest.length > 0) put(inner, rest, value)
  graft(tree, { [first]: rest.length > 0 ? inner : value })
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const KNOWN = Object.keys(Settings.shape).concat('port', 'introducers', 'level', 'format')

function near(key: string): string {
  const head = key.slice(0, 3).toLowerCase()
  const close = KNOWN.find((known) => known.startsWith(head))
  return close === undefined ? '' : `, but there is "${close}"`
}

/** The package's own directory: the one with its `package.json`, from source or from `dist`. */
function packageDirectory(): string {
  let at = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(at, 'package.json'))) {
    const up = dirname(at)
    if (up === at) throw new Error('the package directory is gone')
    at = up
  }
  return at
}

const SHIPPED_NETWORKS = ['local', 'public'] as const

/**
 * The network of this name, or in this JSON file.
 *
 * @throws {NodeError} `node/network-unknown` or `node/config-invalid`.
 */
export function readNetwork(nameOrFile: string): NetworkConfig {
  const isShipped = SHIPPED_NETWORKS.some((name) => name === nameOrFile)
  const file = isShipped
    ? join(packageDirectory(), 'config', 'network', `${nameOrFile}.json`)
    : nameOrFile
  if (!isShipped && !(file.endsWith('.json') && existsSync(file))) {
    const known = SHIPPED_NETWORKS.join(', ')
    throw new NodeError({ code: 'node/network-unknown', name: nameOrFile, known })
  }
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const problem = asError(cause).message
    throw new NodeError({ code: 'node/config-invalid', where: file, problem }, { cause })
  }
  const parsed = NetworkConfig.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : []
  throw new NodeError({
    code: 'node/config-invalid',
    where: [...(issue?.path ?? []), ...keys].join('.') + ` in ${file}`,
    problem: issue?.message ?? '',
  })
}
