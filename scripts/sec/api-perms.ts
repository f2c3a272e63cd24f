/**
 * Another user of the same machine: may neither speak to the node nor read its token or its key. A
 * control shows that the same user reads and connects where that is allowed.
 */
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asError } from '../../src/base/error.ts'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import type { Attack, Figure, Outcome } from './parts/attack.ts'
import { memoryApi } from './parts/memory-api.ts'

/** The user `nobody` of most systems. */
const NOBODY = 65_534
const PROBE_LIMIT_MS = 20 * SECOND_MS

/** Tries each path as its kind says; prints a JSON list of codes. */
const PROBE = `
const { readFileSync } = require('node:fs')
const { connect } = require('node:net')
const dial = (path) => new Promise((done) => {
  const socket = connect(path, () => { socket.destroy(); done('open') })
  socket.on('error', (error) => done(error.code))
})
const read = (path) => { try { readFileSync(path); return 'open' } catch (error) { return error.code } }
const main = async () => {
  const found = []
  for (const [kind, path] of JSON.parse(process.argv[1])) {
    found.push(kind === 'socket' ? await dial(path) : read(path))
  }
  process.stdout.write(JSON.stringify(found))
}
void main()
`

export const attack: Attack = {
  does: 'Another user of the machine: socket, token and key are closed to it.',
  flags: {},
  gate: {},
  limitMs: MINUTE_MS,
  run: async (): Promise<Outcome> => {
    if (process.getuid?.() !== 0) {
      return { figures: {}, misses: [], notRun: 'Only root can become another user.' }
    }
    await using stack = new AsyncDisposableStack()
    const { base, socketPath, tokenPath } = await memoryApi(stack)
    const keyPath = join(base, 'keys', 'operational.key')
    await createIdentity(keyPath, { workBits: 0 })
    const openPath = join(base, 'open')
    await mkdir(openPath)
    await chmod(openPath, 0o755)
    const [openFile, openSocket] = [join(openPath, 'file'), join(openPath, 'socket')]
    await writeFile(openFile, 'anybody')
    const server = createServer()
    await new Promise<void>((listening) => server.listen({ path: openSocket }, listening))
    stack.defer(async () => {
      await new Promise((closed) => server.close(closed))
    })
    await chmod(openSocket, 0o777)
    // Nobody may have no way to the directory that this runs in.
    const openNode = join(openPath, 'node')
    await copyFile(process.execPath, openNode)
    await chmod(openNode, 0o755)
    const places: readonly (readonly [what: string, kind: string, path: string, wanted: string])[] =
      [
        ['the socket', 'socket', socketPath, 'EACCES'],
        ['the token', 'file', tokenPath, 'EACCES'],
        ['the key', 'file', keyPath, 'EACCES'],
        ['control: a file', 'file', openFile, 'open'],
        ['control: a socket', 'socket', openSocket, 'open'],
      ]
    let codes: unknown
    try {
      const asked = JSON.stringify(places.map(([, kind, path]) => [kind, path]))
      const { stdout } = await promisify(execFile)(openNode, ['-e', PROBE, asked], {
        uid: NOBODY,
        gid: NOBODY,
        cwd: '/',
        env: {},
        timeout: PROBE_LIMIT_MS,
      })
      codes = JSON.parse(stdout)
    } catch (error) {
      return {
        figures: {},
        misses: [],
        notRun: `Nobody cannot run node: ${asError(error).message}`,
      }
    }
    const found = Array.isArray(codes) ? codes.map(String) : []
    const figures: Record<string, Figure> = {}
    const misses: string[] = []
    for (const [at, [what, , , wanted]] of places.entries()) {
      figures[what] = found[at] ?? 'nothing'
      if (found[at] !== wanted) misses.push(`${what}: ${found[at]} instead of ${wanted}`)
    }
    return { figures, misses }
  },
}
