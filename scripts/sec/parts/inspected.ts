/** Looks inside a process of Node that was started with `--inspect`: its heap after a collection, its timers. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { SECOND_MS } from '../../../src/base/units.ts'

const ANSWER_LIMIT_MS = 30 * SECOND_MS
const POLL_MS = 200

const Targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1)
const Answer = z.object({ id: z.int().optional(), result: z.looseObject({}).optional() })
const Usage = z.object({ usedSize: z.number() })
const Evaluated = z.object({ result: z.object({ value: z.string() }) })

/** A port of loopback that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('it listened on a port')
  return address.port
}

export class Inspected implements Disposable {
  readonly #socket: WebSocket
  readonly #asked = new Map<number, (result: unknown) => void>()
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = Answer.parse(JSON.parse(String(data)))
      if (id === undefined) return
      this.#asked.get(id)?.(result)
      this.#asked.delete(id)
    })
  }

  static async connect(port: number): Promise<Inspected> {
    const endsAt = performance.now() + ANSWER_LIMIT_MS
    for (;;) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/json/list`)
        const [target] = Targets.parse(await answer.json())
        const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
        await once(socket, 'open')
        return new Inspected(socket)
      } catch (error) {
        if (performance.now() > endsAt) throw error
        await delay(POLL_MS)
      }
    }
  }

  /** Bytes of the heap that are in use once everything that nothing holds is gone. */
  async heapBytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage')
    return Usage.parse(await this.#ask('Runtime.getHeapUsage')).usedSize
  }

  /** What keeps the loop of the process busy, by kind: timers are `Timeout` and `Immediate`. */
  async resources(): Promise<readonly string[]> {
    const expression = 'JSON.stringify(process.getActiveResourcesInfo())'
    const { result } = Evaluated.parse(await this.#ask('Runtime.evaluate', { expression }))
    return z.array(z.string()).parse(JSON.parse(result.value))
  }

  async #ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#last
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const late = setTimeout(() => reject(new Error(`${method} had no answer`)), ANSWER_LIMIT_MS)
    this.#asked.set(id, resolve)
    this.#socket.send(JSON.stringify({ id, method, params }))
    try {
      return await promise
    } finally {
      clearTimeout(late)
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}
