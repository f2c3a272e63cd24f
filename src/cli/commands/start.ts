import { SECOND_MS } from '../../base/units.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import type { Paths } from '../../base/paths.ts'
import { prepare, startDaemon, type Daemon, type KeepSheet } from '../daemon.ts'
import { startDetached } from '../detached.ts'
import { readText } from '../../node/config.ts'
import { hasSheet } from '../../node/own-identity.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Output } from '../output.ts'
import { ServiceManager } from '../service-manager.ts'
import { PASSPHRASE_OPTION, passphraseInFile, passphraseSource } from '../secrets.ts'

/** What stops a process at its end, such as systemd or Docker, waits 10 s or more. */
const STOP_LIMIT_MS = 9 * SECOND_MS
/** A start that makes an identity may have to work for it. */
const DETACH_LIMIT_MS = 120 * SECOND_MS

export const NODE_OPTIONS: NonNullable<CommandDefinition['options']> = [
  { flags: '--network <name|file>', description: 'local, public, or a JSON file' },
  {
    flags: '--profile <profile>',
    description: 'edge: beside an agent; server; offline: no peers; test: free ports',
    choices: ['edge', 'server', 'offline', 'test'],
  },
  { flags: '--listen <multiaddr>', description: 'where peers can dial this node', repeats: true },
  { flags: '--bootstrap <multiaddr>', description: 'a peer to start from', repeats: true },
  {
    flags: '--origin <url>',
    description: 'where this agent answers over HTTP: https://agent.example',
    repeats: true,
  },
  { flags: '--api-port <port>', description: 'API on 127.0.0.1; 0: any free port; off: none' },
  {
    flags: '--log-level <level>',
    description: 'how much is logged to standard error',
    choices: ['debug', 'info', 'warn', 'error'],
  },
  {
    flags: '--log-format <format>',
    description: 'for people or programs',
    choices: ['text', 'json'],
  },
]

/** What the command line says, in the shape of the settings; what it does not say falls through. */
export function flagsOf(invocation: Invocation): Record<string, unknown> {
  const listen = invocation.texts('listen')
  const bootstrap = invocation.texts('bootstrap')
  const origins = invocation.texts('origin')
  const port = invocation.text('apiPort')
  return {
    network: invocation.text('network'),
    profile: invocation.text('profile'),
    listen: listen.length > 0 ? listen : undefined,
    bootstrap: bootstrap.length > 0 ? bootstrap : undefined,
    origins: origins.length > 0 ? origins : undefined,
    api: port === undefined ? undefined : { port: readText(port, 'port') },
    log: { level: invocation.text('logLevel'), format: invocation.text('logFormat') },
  }
}

export const start: CommandDefinition = {
  name: 'start',
  summary: 'Run the node; makes its identity when there is none yet',
  options: [
    ...NODE_OPTIONS,
    PASSPHRASE_OPTION,
    { flags: '--detach', description: 'go on when this terminal closes; returns when it is ready' },
  ],
  examples: [
    'aip-node start',
    'aip-node start --network local --profile test',
    'aip-node start --bootstrap /ip4/192.0.2.7/tcp/7471/p2p/12D3KooW…',
  ],

  async run(invocation, context) {
    const { env, platform, clock, output, signal, ask } = context
    const flags = flagsOf(invocation)
    if (invocation.has('detach')) return detach(context, flags)
    const keepSheet = ask === undefined ? undefined : shown(output)
    const passphraseOf = passphraseSource(invocation, context)
    const newPassphrase = await passphraseInFile(invocation, context)
    const options = { env, platform, clock, flags, signal, keepSheet, passphraseOf, newPassphrase }
    let daemon: Daemon
    try {
      daemon = await startDaemon(options)
    } catch (error) {
      // Whoever stops a node that is still starting has what they asked for.
      if (signal.aborted) return EXIT.ok
      throw error
    }
    using manager = new ServiceManager(env, daemon.log)
    const hangUp = reloading(daemon, manager)
    process.on('SIGHUP', hangUp)
    try {
      const stop = stopSignal(signal, daemon)
      banner(daemon, output)
      await manager.ready(statusOf(daemon))
      await stop
      await manager.stopping()
    } finally {
      process.off('SIGHUP', hangUp)
      await closed(daemon)
    }
    return EXIT.ok
  },
}

async function reloadAfter(
  before: Promise<void>,
  daemon: Daemon,
  manager: ServiceManager,
): Promise<void> {
  await before
  try {
    await manager.reloading()
    await daemon.reload()
    await manager.reloaded(statusOf(daemon))
  } catch (error) {
    daemon.log.error('the settings could not be read again', { error })
  }
}

/** @returns the exit code of the start, or 0 when the node is ready and this process may end. */
async function detach(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const { env, platform, output } = context
  const { paths } = await prepare({ env, platform, flags })
  const argv = process.argv.slice(1).filter((word) => word !== '--detach' && word !== '--json')
  const { pid, log, ended, said } = await startDetached(argv, paths, DETACH_LIMIT_MS)
  if (ended !== undefined) {
    for (const line of said.trimEnd().split('\n')) output.note(line)
    return Object.values(EXIT).find((code) => code === ended) ?? EXIT.failed
  }
  output.answer({ pid, log, socket: paths.socket }, () => [
    `The node runs, process ${pid}. Its log: ${log}`,
    `To end it: kill ${pid}`,
  ])
  return EXIT.ok
}

function statusOf({ node, network }: Daemon): string {
  return `${node.did} on ${network.name}`
}

/** One reading at a time: a signal that comes meanwhile is followed by another. */
function reloading(daemon: Daemon, manager: ServiceManager): () => void {
  let last = Promise.resolve()
  return () => {
    last = reloadAfter(last, daemon, manager)
  }
}

/** Takes the node down; what still hangs after the limit is cut off, since all of value is on disk. */
async function closed(daemon: Daemon): Promise<void> {
  daemon.log.info('stopping')
  const limit = setTimeout(() => {
    daemon.log.error('the node did not close in time; the process ends')
    process.exit(EXIT.failed)
  }, STOP_LIMIT_MS)
  await daemon[Symbol.asyncDispose]()
  clearTimeout(limit)
}

/** Resolves when the process is asked to end; a fault that nobody caught ends it as a failure. */
async function stopSignal(signal: AbortSignal, { log }: Daemon): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    const fatal = (error: unknown): void => {
      log.error('a fault that nobody caught; the node stops', { error })
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    process.once('uncaughtException', fatal)
    process.once('unhandledRejection', fatal)
  })
}

function banner(daemon: Daemon, output: Output): void {
  const { node, network, paths, socket, url } = daemon
  const listen = node.mesh?.host.addresses() ?? []
  const data = {
    did: node.did,
    peerId: node.mesh?.host.peerId ?? null,
    root: node.identity.log.hasColdRoot ? 'cold' : 'hot',
    network: network.name,
    listen: [...listen],
    home: paths.state,
    api: { socket: socket ?? null, url: url ?? null },
    pid: process.pid,
  }
  output.answer(data, () => [
    `did       ${data.did}`,
    `peer id   ${data.peerId ?? 'none (offline)'}`,
    `root      ${data.root}`,
    `network   ${network.name}${networkNote(daemon)}`,
    ...(listen.length === 0
      ? ['listen    nowhere (offline)']
      : listen.map((one) => `listen    ${one}`)),
    `data      ${data.home}`,
    `api       ${[socket, url].filter((one) => one !== undefined).join('  ')}`,
    ...(url === undefined ? [] : [`token     ${paths.token}`]),
    ...(hasSheet(node.identity.log) ? [] : [NO_SHEET]),
    `The node runs until Ctrl-C. In another terminal: aip-node status${homeOption(paths)}`,
  ])
}

/** For the next command that the user is told to run. */
export function homeOption({ home }: Paths): string {
  return home === undefined ? '' : ` --home ${home}`
}

function networkNote({ network, node }: Daemon): string {
  if (node.mesh === undefined) return ''
  if (network.bootstrap.length > 0 || node.network.bootstrap.length > 0) return ''
  return network.preset === 'public'
    ? ' (has no bootstrap peers yet: "aip-node peers add <invite>" connects you to somebody)'
    : ' (no bootstrap peer named: this is the first node, or use --bootstrap)'
}

export const NO_SHEET =
  'warning   This identity has no recovery sheet: it can neither rotate its key nor recover from its theft. For one that can, begin a home with "aip-node init" on a terminal, or "aip-node init --recovery-sheet FILE".'

/** Shown once, and only where a person reads it: a log file is no place for a secret. */
export function shown(output: Output): KeepSheet {
  return async (page) => {
    output.note('RECOVERY SHEET, shown this once. Write it down, or print it, now:')
    output.note('')
    for (const line of page.trimEnd().split('\n')) output.note(line === '' ? '' : `  ${line}`)
    output.note('')
  }
}
