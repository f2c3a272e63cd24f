/** The local interface over a node in memory, on a socket and a loopback port, with a token of the default rights. */
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiServer } from '../../../src/api/server.ts'
import { openToken } from '../../../src/api/token.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { SECOND_MS } from '../../../src/base/units.ts'
import { freshMemory, memoryHandlers, NOW_MS, type Memory } from '../../../test/api/memory-node.ts'

const ANSWER_LIMIT_MS = 10 * SECOND_MS

export interface MemoryApi {
  readonly memory: Memory
  readonly port: number
  readonly socketPath: string
  readonly tokenPath: string
  readonly token: string
  /** The home's parent, which anybody may enter. */
  readonly base: string
}

export async function memoryApi(stack: AsyncDisposableStack): Promise<MemoryApi> {
  const base = await mkdtemp(join(tmpdir(), 'aip-sec-'))
  stack.defer(async () => rm(base, { recursive: true, force: true }))
  await chmod(base, 0o755)
  const run = join(base, 'run')
  const memory = freshMemory()
  const socketPath = join(run, 'aip-node.sock')
  const deps = {
    handlers: memoryHandlers(memory),
    clock: () => NOW_MS,
    logger: silentLogger,
    health: () => ({ ready: true, parts: {} }),
  }
  // The socket makes the directory, which has to be there for the token.
  const first = await ApiServer.start(deps, { socketPath })
  await first[Symbol.asyncDispose]()
  const tokenPath = join(run, 'token')
  const token = await openToken(tokenPath)
  const server = stack.use(await ApiServer.start(deps, { socketPath, tcp: { port: 0, token } }))
  return {
    memory,
    base,
    socketPath,
    tokenPath,
    port: Number(new URL(server.url ?? '').port),
    token: (await readFile(tokenPath, 'utf8')).trim(),
  }
}

/** Sends bytes as they are. @returns what came until the whole answer was there, or the end. */
export async function sentRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = ''
    const socket = dial({ host: '127.0.0.1', port }, () => socket.write(text))
    socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy())
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const length = /content-length: (\d+)/i.exec(seen)?.[1]
      const bodyAt = seen.indexOf('\r\n\r\n')
      const isHead = text.startsWith('HEAD ')
      const isWhole =
        bodyAt >= 0 &&
        (isHead || (length !== undefined && seen.length >= bodyAt + 4 + Number(length)))
      if (isWhole) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      resolve(seen)
    })
  })
}
