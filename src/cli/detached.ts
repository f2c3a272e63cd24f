/** A node that goes on when its terminal closes: started apart, waited for until it is ready. */
import { spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Paths } from '../base/paths.ts'
import { ClientError } from '../sdk/error.ts'
import { CliError } from './error.ts'

const LOOK_MS = 50
const SAID_LIMIT_CHARS = 4_096

export interface Detached {
  readonly pid: number
  readonly log: string
  /** The start's own exit code, when it ended before it was ready. */
  readonly ended: number | undefined
  /** The end of its log, when it ended. */
  readonly said: string
}

/**
 * @param argv  the start, without what asks for this
 * @param limitMs  how long it may take to be ready
 */
export async function startDetached(
  argv: readonly string[],
  paths: Paths,
  limitMs: number,
): Promise<Detached> {
  const log = `${paths.state}/aip-node.log`
  await mkdir(dirname(log), { recursive: true, mode: 0o700 })
  await using file = await open(log, 'a', 0o600)
  const child = spawn(process.execPath, [...process.execArgv, ...argv], {
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  })
  const { pid } = child
  if (pid === undefined)
    throw new CliError({ code: 'cli/usage', problem: 'no process could be started' })
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = (await readFile(log, 'utf8')).slice(-SAID_LIMIT_CHARS)
      return { pid, log, ended: child.exitCode ?? 1, said }
    }
    const address = await readFile(paths.addressFile, 'utf8').catch(() => '')
    if (new RegExp(`"pid":${pid}\\b`).test(address)) {
      child.unref()
      return { pid, log, ended: undefined, said: '' }
    }
    await delay(LOOK_MS)
  }
  child.kill('SIGTERM')
  throw new ClientError({ code: 'client/timeout', limitMs })
}
