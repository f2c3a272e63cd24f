/**
 * What somebody who helps wants to know of a node, in one file that can be read before it is sent. No key,
 * token or passphrase is in it; addresses of others and names of agents are replaced, each always by the
 * same stand-in, so that what belongs together can still be seen.
 */
import { open, readFile } from 'node:fs/promises'
import { arch, cpus, freemem, release, totalmem } from 'node:os'
import type { Client } from '../../api/contract.ts'
import { asError } from '../../base/error.ts'
import { pathsOf } from '../../base/paths.ts'
import { tellSettings } from '../../node/config.ts'
import { ClientError } from '../../sdk/error.ts'
import type { CommandContext, CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { homeChecks } from '../home-checks.ts'
import { Redaction } from '../redaction.ts'
import { versionsOf } from '../versions.ts'

const LOG_LINES = 500
const EVENT_COUNT = 100

export const supportBundle: CommandDefinition = {
  name: 'support-bundle',
  summary: 'Write what a helper needs to one file, without secrets, addresses and names',
  arguments: [{ name: '[file]', description: 'aip-node-support.json when left out' }],
  examples: ['aip-node support-bundle', 'aip-node support-bundle report.json'],

  async run(invocation, context) {
    const file = invocation.argument(0) ?? 'aip-node-support.json'
    const parts = { ...(await ofThisMachine(context)), ...(await ofRunningNode(context)) }
    const redaction = new Redaction()
    const text = `${JSON.stringify(redaction.of({ v: 1, ...parts }), undefined, 2)}\n`
    try {
      await using opened = await open(file, 'wx', 0o600)
      await opened.writeFile(text)
    } catch (cause) {
      throw new CliError({
        code: 'cli/file-unwritable',
        path: file,
        reason: asError(cause).message,
      })
    }
    const names = Object.keys(parts)
    context.output.answer(
      { file, bytes: text.length, parts: names, replaced: redaction.count },
      () => [
        `Wrote ${file}, ${text.length} bytes: ${names.join(', ')}.`,
        `${redaction.count} agents, peers and addresses were replaced. Read it before you send it.`,
      ],
    )
  },
}

async function ofThisMachine(context: CommandContext) {
  const { env, platform, clock } = context
  const paths = pathsOf(env, platform)
  return {
    madeAt: new Date(clock()).toISOString(),
    versions: versionsOf(),
    machine: {
      platform,
      release: release(),
      arch: arch(),
      cores: cpus().length,
      memoryBytes: totalmem(),
      freeBytes: freemem(),
    },
    settings: await attempt(async () =>
      tellSettings({ flags: {}, environment: env, file: paths.config }),
    ),
    store: await attempt(
      async () => JSON.parse(await readFile(paths.storeFile, 'utf8')) as unknown,
    ),
    home: await attempt(async () => homeChecks(context)),
  }
}

/** Empty when no node runs: that is told by its absence. */
async function ofRunningNode({ connect }: CommandContext): Promise<Record<string, unknown>> {
  let client: Client
  try {
    client = await connect()
    await client.status({})
  } catch (error) {
    if (error instanceof ClientError) return { node: `does not answer: ${error.message}` }
    throw error
  }
  return {
    status: await attempt(async () => client.status({})),
    doctor: await attempt(async () => client.doctor({})),
    peers: await attempt(async () => client.listPeers({})),
    denied: await attempt(async () => client.listDenied({})),
    log: await attempt(async () => client.logs({ tail: LOG_LINES })),
    events: await attempt(async () => latestEvents(client)),
  }
}

/** What there is already; nothing is waited for. */
async function latestEvents(client: Client): Promise<readonly unknown[]> {
  const found: unknown[] = []
  const signal = AbortSignal.timeout(EVENTS_WAIT_MS)
  try {
    for await (const event of client.events({ cursor: 0 }, { signal })) {
      found.push(event)
      if (found.length > EVENT_COUNT) found.shift()
    }
  } catch {
    // The time is up: what came is what there is.
  }
  return found
}

const EVENTS_WAIT_MS = 500

/** A part that cannot be had says why, and the others are there. */
async function attempt<T>(read: () => Promise<T>): Promise<T | { readonly failed: string }> {
  try {
    return await read()
  } catch (error) {
    return { failed: asError(error).message }
  }
}
