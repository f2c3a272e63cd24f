/** A node process of its own on a given home: started as built, asked over its socket, ended. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { textBytes } from '../../../src/base/bytes.ts'
import { pathsOf } from '../../../src/base/paths.ts'
import { KIB_BYTES, SECOND_MS } from '../../../src/base/units.ts'
import type { BuiltPackage } from './built-package.ts'
import type { FullStore } from './full-store.ts'

const STOP_LIMIT_MS = 30 * SECOND_MS
const LOOK_MS = 5

const Status = z.object({ api: z.object({ url: z.string() }) })
const SessionCode = z.object({ code: z.string() })

export interface Memory {
  /** Resident, as the system counts it. */
  readonly residentBytes: number
  /** The part of it that is pages of files: of the program, and of the store as LevelDB maps it. */
  readonly fileBytes: number
}

export class RunningNode implements AsyncDisposable {
  /** From the spawn to the first yes of `/readyz`. */
  readonly readyMs: number
  readonly #child: ChildProcess
  readonly socketPath: string
  readonly #begunMs: number

  private constructor(child: ChildProcess, socketPath: string, begunMs: number) {
    this.#child = child
    this.socketPath = socketPath
    this.#begunMs = begunMs
    this.readyMs = performance.now() - begunMs
  }

  /** @throws {Error} when the process ends, or says no for longer than `limitMs`. */
  static async start(
    { command }: BuiltPackage,
    { home, networkFile }: Pick<FullStore, 'home' | 'networkFile'>,
    limitMs: number,
  ): Promise<RunningNode> {
    const begunMs = performance.now()
    const args = [
      ...command,
      'start',
      `--home=${home}`,
      `--network=${networkFile}`,
      '--profile=test',
      '--listen=/ip4/127.0.0.1/tcp/0',
      '--log-level=warn',
    ]
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:AIP_NODE_|NODE_)/.test(name)),
    )
    // As the command's first line has it.
    Object.assign(env, { MALLOC_ARENA_MAX: '2' })
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000)
    })
    const { addressFile } = pathsOf({ AIP_NODE_HOME: home }, process.platform)
    try {
      while (performance.now() - begunMs < limitMs) {
        if (child.exitCode !== null) throw new Error(`the node ended: ${said}`)
        const address = await readFile(addressFile, 'utf8').catch(() => '')
        const found = new RegExp(`"socket":"([^"]+)".*"pid":${child.pid ?? 0}`).exec(address)
        const socketPath = found?.[1]
        if (socketPath !== undefined && (await answer(socketPath, '/readyz')).status === 200) {
          return new RunningNode(child, socketPath, begunMs)
        }
        await delay(LOOK_MS)
      }
      throw new Error(`the node was not ready in time: ${said}`)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** Milliseconds since the process was started. */
  get ageMs(): number {
    return performance.now() - this.#begunMs
  }

  /** The answer of an operation that takes no body. @throws {Error} when it is no success. */
  async get(path: string): Promise<unknown> {
    const { status, text } = await answer(this.socketPath, path)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`)
    return JSON.parse(text)
  }

  /** The answer of an operation once the node says no more that it is loading. */
  async whenAnswered(path: string, limitMs: number): Promise<void> {
    while (this.ageMs < limitMs) {
      const { status, text } = await answer(this.socketPath, path)
      if (status === 200) return
      if (status !== 503) throw new Error(`${path} answered ${status}: ${text}`)
      await delay(LOOK_MS)
    }
    throw new Error(`${path} was not answered in time`)
  }

  /** Whether all that the node holds is read: `/readyz` says how far it is. */
  async whenRead(limitMs: number): Promise<void> {
    while (this.ageMs < limitMs) {
      const { text } = await answer(this.socketPath, '/readyz')
      if (text.includes('"index":"ready"')) return
      await delay(10 * LOOK_MS)
    }
    throw new Error('the node did not read its store in time')
  }

  /** Sends bytes. @throws {Error} when they are refused. */
  async post(path: string, bytes: Uint8Array): Promise<void> {
    const body = { type: 'application/octet-stream', bytes }
    const { status, text } = await answer(this.socketPath, path, body)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`)
  }

  /** How late the event loop came since the last question, at the 99th percentile. */
  async loopDelayMs(): Promise<number> {
    const { text } = await answer(this.socketPath, '/metrics')
    const found = /^aip_node_event_loop_delay_seconds\{[^}]*\} (\S+)$/m.exec(text)
    return Number(found?.[1]) * SECOND_MS
  }

  /** A link to the dashboard that is good once, as `aip-node ui --print` makes it. */
  async uiLink(): Promise<string> {
    const { api } = Status.parse(await this.get('/v1/status'))
    const { status, text } = await answer(this.socketPath, '/v1/session-codes', JSON_BODY)
    if (status !== 200 && status !== 201) throw new Error(`no code for a session: ${text}`)
    return `${api.url}/ui/#k=${SessionCode.parse(JSON.parse(text)).code}`
  }

  /** Of this process now; only on Linux. */
  async memory(): Promise<Memory> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8')
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * KIB_BYTES
    return { residentBytes: bytesOf('VmRSS'), fileBytes: bytesOf('RssFile') }
  }

  /** Processor time so far, in milliseconds; only on Linux. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(limit)
  }
}

const TICK_MS = 10

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

interface Body {
  readonly type: string
  readonly bytes: Uint8Array
}

const JSON_BODY: Body = { type: 'application/json', bytes: textBytes('{}') }

async function answer(socketPath: string, path: string, body?: Body): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': body.type }
    const method = body === undefined ? 'GET' : 'POST'
    const asking = request({ socketPath, path, method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    // Nobody listens yet.
    asking.on('error', () => resolve({ status: undefined, text: '' }))
    asking.end(body?.bytes)
  })
}
