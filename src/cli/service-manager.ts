/**
 * Tells the service manager how the node is (sd_notify): ready, reloading, stopping, alive. Node.js has no
 * datagram sockets of the unix kind, so systemd's own `systemd-notify` sends (ADR 26). Without
 * `NOTIFY_SOCKET` nobody is told anything.
 */
import { spawn } from 'node:child_process'
import { hrtime } from 'node:process'
import type { Environment } from '../base/paths.ts'
import type { Logger } from '../base/log.ts'
import { SECOND_MS } from '../base/units.ts'

const COMMAND = 'systemd-notify'
const TELL_LIMIT_MS = 5 * SECOND_MS
/** An intelligent watchdog waits longer than a loop that is busy for once. */
const WATCHDOG_LEAST_MS = SECOND_MS
const US_PER_MS = 1_000
const NS_PER_US = 1_000n

export class ServiceManager implements Disposable {
  readonly #env: Environment
  readonly #log: Logger
  #watchdog: NodeJS.Timeout | undefined
  #hasFailed = false

  constructor(env: Environment, log: Logger) {
    this.#env = env
    this.#log = log
  }

  get isListening(): boolean {
    return (this.#env['NOTIFY_SOCKET'] ?? '') !== ''
  }

  /** From now on the watchdog hears of this process at twice the rate that it asks for. */
  async ready(status: string): Promise<void> {
    await this.#tell('READY=1', `STATUS=${status}`, `MAINPID=${process.pid}`)
    const everyMs = this.#watchdogMs()
    if (everyMs === undefined) return
    this.#watchdog = setInterval(() => {
      void this.#tell('WATCHDOG=1')
    }, everyMs)
    this.#watchdog.unref()
  }

  async reloading(): Promise<void> {
    const us = hrtime.bigint() / NS_PER_US
    await this.#tell('RELOADING=1', `MONOTONIC_USEC=${us}`)
  }

  async reloaded(status: string): Promise<void> {
    await this.#tell('READY=1', `STATUS=${status}`)
  }

  async stopping(): Promise<void> {
    this[Symbol.dispose]()
    await this.#tell('STOPPING=1', 'STATUS=Closing the store')
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watchdog)
  }

  #watchdogMs(): number | undefined {
    const asked = Number(this.#env['WATCHDOG_USEC'] ?? Number.NaN)
    const isForUs = [undefined, '', String(process.pid)].includes(this.#env['WATCHDOG_PID'])
    if (!isForUs || !Number.isSafeInteger(asked) || asked <= 0) return undefined
    return Math.max(WATCHDOG_LEAST_MS, asked / US_PER_MS / 2)
  }

  /** Never fails: a node runs as well where nobody listens. */
  async #tell(...fields: readonly string[]): Promise<void> {
    if (!this.isListening) return
    const code = await new Promise<number | string>((resolve) => {
      const child = spawn(COMMAND, fields, {
        stdio: 'ignore',
        timeout: TELL_LIMIT_MS,
        env: { ...process.env, NOTIFY_SOCKET: this.#env['NOTIFY_SOCKET'] },
      })
      child.once('error', ({ message }) => {
        resolve(message)
      })
      child.once('exit', (exitCode, signal) => {
        resolve(exitCode ?? signal ?? 'no code')
      })
    })
    if (code === 0 || this.#hasFailed) return
    this.#hasFailed = true
    this.#log.warn('the service manager cannot be told how the node is', { command: COMMAND, code })
  }
}
