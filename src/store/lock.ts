/**
 * One node a home: a file that says which process runs it.
 *
 * A process that died leaves its file behind. It is told from a living one by its id and, where the
 * system says, by when that process started, since ids come again: in a container every node is
 * process 1. What slips through, two processes that clear one stale file at the same instant or a
 * home shared by two machines' containers, LevelDB's own lock stops.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { StoreError, storeErrorOf } from './error.ts'

const Holder = z.object({ pid: z.int().min(1), started: z.string().max(128).optional() })
type Holder = z.infer<typeof Holder>

const PRIVATE_DIRECTORY_MODE = 0o700
const PRIVATE_FILE_MODE = 0o600
/** How often a stale file may turn up anew before we give in to whoever makes them. */
const ATTEMPTS_LIMIT = 3

export class StoreLock implements AsyncDisposable {
  readonly #path: string
  readonly #text: string

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  /** @throws {StoreError} `store/locked`, with the process that holds it; `store/not-writable`. */
  static async acquire(path: string): Promise<StoreLock> {
    const started = startOf(process.pid)
    const text = JSON.stringify({ pid: process.pid, ...(started !== undefined && { started }) })
    let pid: number | undefined
    try {
      await mkdir(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY_MODE })
      for (let attempt = 0; attempt < ATTEMPTS_LIMIT; attempt++) {
        if (isCreated(path, text)) return new StoreLock(path, text)
        const holder = await readHolder(path)
        pid = holder?.pid
        if (holder !== undefined && isRunning(holder)) break
        await rm(path, { force: true })
      }
    } catch (error) {
      throw storeErrorOf(error, path)
    }
    throw new StoreError({ code: 'store/locked', path, pid })
  }

  /** Gives the home free, unless the file is another's by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(() => undefined)
    if (text === this.#text) await rm(this.#path, { force: true })
  }
}

/** At one go, so that nobody finds the file without its text. */
function isCreated(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: PRIVATE_FILE_MODE })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** `undefined` when the file is gone, or was never finished: nobody to wait for. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return Holder.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function isRunning({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, as another user.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  const now = startOf(pid)
  return started === undefined || now === undefined || started === now
}

const START_FIELD = 19

/** When a process started, in words that no other process shares; only Linux says. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, which may hold anything. proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot} ${fields[START_FIELD]}`
  } catch {
    return undefined
  }
}
