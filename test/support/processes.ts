/** Nodes as processes of their own, started as a user starts them. */
import { spawn } from 'node:child_process'
import { Cast } from '../../src/cli/demo/cast.ts'
import { COMMAND } from './built.ts'

export { converged, recordIds, type Actor } from '../../src/cli/demo/cast.ts'

/** How long a command may take that ends by itself. */
const COMMAND_LIMIT_MS = 60_000

/** A stage for processes; what is still running when it goes is ended by id. */
export async function stage(): Promise<Cast> {
  return Cast.open(COMMAND)
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs one command line to its end. */
export async function runCommand(argv: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS)
  const code = await new Promise<number | null>((done) => {
    child.once('close', done)
  })
  clearTimeout(limit)
  return { code, out, err }
}

/** The bytes as an upload. */
export async function* inOneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
