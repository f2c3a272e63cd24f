/**
 * The running node: settings, identity, node and server put together; the address file written when
 * all of it answers; everything taken down in reverse when the signal comes.
 */
import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { handlersOf } from '../api/handlers.ts'
import { pagesIn } from '../api/pages.ts'
import { ApiServer } from '../api/server.ts'
import { Metrics } from '../api/metrics.ts'
import { LogTail } from '../api/log-tail.ts'
import { openToken } from '../api/token.ts'
import { TokenBook } from '../api/token-book.ts'
import { packageAbove, VERSION } from '../api/version.ts'
import { pathsOf, type Environment, type Paths } from '../base/paths.ts'
import { asError } from '../base/error.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readNetwork, readSettings, type NetworkConfig, type Settings } from '../node/config.ts'
import type { DidWeb } from '../node/did-web/did-web.ts'
import { NodeError } from '../node/error.ts'
import { randomSeed } from '../node/native-crypto.ts'
import { mcpMount } from '../mcp/http.ts'
import { AipNode, type NodeOptions } from '../node/node.ts'
import {
  createIdentity,
  readIdentity,
  type OwnIdentity,
  type PassphraseSource,
} from '../node/own-identity.ts'
import type { P2pOptions } from '../node/p2p-options.ts'
import { readPreSharedKey } from '../node/pre-shared-key.ts'
import { sheetPage } from '../node/recovery-sheet.ts'
import { finishSuccession } from '../node/succession.ts'
import { finishReissue } from '../node/use/reissuing.ts'
import type { AddressFile } from '../sdk/address.ts'
import { LogLevels } from './log-levels.ts'
import { createLogger } from './logger.ts'
import { introducersOf, reload } from './reload.ts'

/** TCP port of the peer-to-peer side, unless the profile or the operator says otherwise. */
export const P2P_PORT = 7471

/** Gets a recovery sheet to somebody who keeps it, before the identity that rests on it is made. */
export type KeepSheet = (page: string) => Promise<void>

/** What is decided about an identity once, when it is made. */
export interface IdentityOptions {
  readonly keepSheet: KeepSheet | undefined
  /** Left out: as the profile has it. */
  readonly hasColdRoot?: boolean | undefined
  /** Encrypts the key file. */
  readonly newPassphrase?: string | undefined
  /** Ends the making of an identity, which may take long where the network asks for work. */
  readonly signal: AbortSignal
}

export interface DaemonOptions extends IdentityOptions {
  readonly env: Environment
  readonly platform: string
  readonly flags: Readonly<Record<string, unknown>>
  readonly clock: Clock
  readonly passphraseOf: PassphraseSource
}

export interface Daemon extends AsyncDisposable {
  readonly node: AipNode
  readonly paths: Paths
  readonly network: NetworkConfig
  readonly socket: string | undefined
  readonly url: string | undefined
  readonly log: Logger
  /** Reads the settings again; what can change does, and the rest is named in the log. */
  readonly reload: () => Promise<void>
}

export interface Prepared {
  readonly paths: Paths
  readonly settings: Settings
  readonly network: NetworkConfig
}

/** Settings and directories. @throws {NodeError} that names the setting or the directory. */
export async function prepare({
  env,
  platform,
  flags,
}: Pick<DaemonOptions, 'env' | 'platform' | 'flags'>): Promise<Prepared> {
  // Absolute, since clients in other directories read where the socket is.
  const home = env['AIP_NODE_HOME']
  const paths = pathsOf(
    home === undefined || home === '' ? env : { ...env, AIP_NODE_HOME: resolve(home) },
    platform,
  )
  const settings = readSettings({ flags, environment: env, file: paths.config })
  const network = readNetwork(settings.network)
  for (const directory of [paths.state, paths.run]) await ownDirectory(directory)
  return { paths, settings, network }
}

async function ownDirectory(path: string): Promise<void> {
  try {
    // A directory that is there already keeps its mode: it may be one that others use too. What is
    // secret lies in directories below it that are ours.
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.W_OK)
  } catch (cause) {
    const reason = asError(cause).message
    throw new NodeError({ code: 'node/home-not-writable', path, reason }, { cause })
  }
}

/**
 * A new identity, with a recovery sheet where somebody can take it. The secret is on the sheet and
 * nowhere else; an identity without one commits to no keys, and `status` says so.
 */
export async function makeIdentity(
  prepared: Prepared,
  { keepSheet, hasColdRoot, newPassphrase, signal }: IdentityOptions,
): Promise<OwnIdentity> {
  const { paths, network, settings } = prepared
  await assertUnused(prepared)
  const isCold = hasColdRoot ?? settings.profile === 'server'
  const options = {
    workBits: network.workBits,
    hasColdRoot: isCold,
    signal,
    ...(newPassphrase !== undefined && { passphrase: newPassphrase }),
  }
  if (keepSheet === undefined) return createIdentity(paths.keyFile, options)
  const secret = randomSeed()
  return createIdentity(paths.keyFile, {
    ...options,
    recoverySecret: secret,
    keepSheet: async (did) => keepSheet(sheetPage({ did, secret, hasColdRoot: isCold })),
  })
}

/** @throws {NodeError} `node/key-file-missing` when what is here belongs to another identity. */
export async function assertUnused({ paths }: Pick<Prepared, 'paths'>): Promise<void> {
  const isUsed = await access(paths.storeFile).then(
    () => true,
    () => false,
  )
  if (isUsed) throw new NodeError({ code: 'node/key-file-missing', path: paths.keyFile })
}

/**
 * A node that runs and answers, or thrown with nothing left running.
 *
 * @throws {AipError} with what is wrong and what to do about it.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  await using starting = new AsyncDisposableStack()
  const prepared = await prepare(options)
  const { paths, settings } = prepared
  const logTail = new LogTail()
  const levels = new LogLevels(settings.log)
  const log = createLogger({
    ...settings.log,
    levels,
    keep: (line) => {
      logTail.keep(line)
    },
    stampsTime: options.env['JOURNAL_STREAM'] === undefined,
  })

  if (await finishSuccession(paths.keyFile)) log.warn('a change of the key was finished')
  const identity =
    (await readIdentity(paths.keyFile, options.passphraseOf)) ??
    (await makeIdentity(prepared, options))

  const node = await AipNode.start({
    ...nodeOptions(prepared, { identity, clock: options.clock, log }),
    answersEarly: true,
    ...(settings.resolve.didWeb ? { didWeb: await didWeb() } : {}),
  })
  starting.use(node)
  await finishReissue(node)

  let address: { socket: string | null; url: string | null } = { socket: null, url: null }
  const tokens = await TokenBook.open(join(paths.state, 'tokens.json'), options.clock)
  const metrics = starting.use(new Metrics(node))
  const pages = await pagesIn(join(packageAbove(import.meta.filename), 'dist/ui'))
  const server = await ApiServer.start(
    {
      handlers: handlersOf({
        node,
        version: VERSION,
        home: paths.state,
        address: () => address,
        tokens,
        logTail,
        hasLab: settings.api.lab,
      }),
      clock: options.clock,
      logger: log.child('api'),
      health: () => healthOf(node),
      metrics: async (traffic) => metrics.text(traffic),
    },
    {
      socketPath: paths.socket,
      mounts: [mcpMount(new Set(settings.mcp.allow)), ...(pages === undefined ? [] : [pages])],
      ...(settings.api.port === 'off'
        ? {}
        : {
            tcp: {
              port: settings.profile === 'test' ? 0 : settings.api.port,
              token: await openToken(paths.token),
              others: tokens,
            },
          }),
    },
  )
  starting.use(server)
  address = { socket: server.socketPath ?? null, url: server.url ?? null }

  const file: AddressFile = { v: 1, ...address, pid: process.pid, version: VERSION }
  // Under its name only when it is whole: clients poll for it.
  const fresh = `${paths.addressFile}.new`
  await writeFile(fresh, `${JSON.stringify(file)}\n`, { mode: 0o600 })
  await rename(fresh, paths.addressFile)
  node.beginReading()
  starting.defer(async () => rm(paths.addressFile, { force: true }))

  const running = starting.move()
  let current = settings
  return {
    node,
    paths,
    network: prepared.network,
    socket: server.socketPath,
    url: server.url,
    log,
    reload: async () => {
      const sources = { flags: options.flags, environment: options.env, file: paths.config }
      const found = await reload({ node, sources, levels, log }, current)
      current = found?.settings ?? current
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  }
}

/** Loaded only where it is switched on: TLS and name servers are no part of a start without it. */
async function didWeb(): Promise<DidWeb> {
  const { DidWeb: Resolver } = await import('../node/did-web/did-web.ts')
  return new Resolver()
}

/** A node as the settings have it. */
export function nodeOptions(
  { paths, settings, network }: Prepared,
  parts: Pick<NodeOptions, 'identity' | 'clock' | 'log'>,
): NodeOptions {
  return {
    ...parts,
    home: paths.state,
    network: { ...network, bootstrap: [...network.bootstrap, ...settings.bootstrap] },
    profile: settings.profile,
    replication: settings.replication,
    listen: listenOf(settings),
    p2p: p2pOptions(settings),
    origins: settings.origins,
    ...(settings.webBotAuth.agent === '' ? {} : { botAgent: settings.webBotAuth.agent }),
    trust: {
      profile: settings.trust.profile,
      introducers: introducersOf(settings),
    },
    ...(settings.store.limitBytes === 'off' ? {} : { storeLimitBytes: settings.store.limitBytes }),
    userAgent: `aip-node/${VERSION}`,
    lockFile: paths.lock,
  }
}

/** @throws {NodeError} where the key of a private mesh cannot be read. */
function p2pOptions({ announce, peers, transports, preSharedKeyFile, ...rest }: Settings) {
  const isDefault =
    rest.listen.length === 0 && (rest.profile === 'edge' || rest.profile === 'server')
  return {
    announce,
    listenWherePossible: isDefault ? [`/ip4/0.0.0.0/udp/${P2P_PORT}/quic-v1`] : [],
    switches: transports,
    denied: peers.deny,
    ...(peers.target === 'auto' ? {} : { targetCount: peers.target }),
    ...(preSharedKeyFile === '' ? {} : { preSharedKey: readPreSharedKey(preSharedKeyFile) }),
  } satisfies P2pOptions
}

function listenOf({ listen, profile }: Settings): readonly string[] {
  if (listen.length > 0) return listen
  switch (profile) {
    case 'offline':
      return []
    case 'test':
      return ['/ip4/127.0.0.1/tcp/0']
    case 'edge':
    case 'server':
      return [`/ip4/0.0.0.0/tcp/${P2P_PORT}`]
  }
}

const INDEX_HEALTH = { reading: 'degraded', ready: 'ok', failed: 'down' } as const

function healthOf(node: AipNode) {
  const { failed, damage } = node.store
  const { state, read, records } = node.index
  return {
    ready: failed === undefined,
    index: state === 'reading' ? `reading ${read} of ${records}` : state,
    parts: {
      index: INDEX_HEALTH[state],
      store:
        failed === undefined
          ? damage.length > 0 || node.store.isTight
            ? 'degraded'
            : 'ok'
          : 'down',
      identity: 'ok',
      peers: node.mesh === undefined || node.mesh.neighbours.count > 0 ? 'ok' : 'degraded',
      clock: node.peerClocks.wrong === undefined ? 'ok' : 'degraded',
    } as const,
  }
}
