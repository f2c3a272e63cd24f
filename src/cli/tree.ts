/**
 * Hashes of files and directories, for signing them and for comparing them with what was signed.
 *
 * Links are not followed, and nothing is passed over in silence: what is neither a file nor a
 * directory, or has a name that the manifest cannot spell, is refused with its path.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { asError } from '../base/error.ts'
import {
  assertPath,
  encodeManifest,
  FILES_LIMIT,
  manifestContent,
  type ManifestEntry,
} from '../identity/manifest.ts'
import { SignatureError } from '../identity/signature-error.ts'
import type { ContentHash } from '../identity/text-signature.ts'
import { CliError } from './error.ts'

export interface Hashed {
  readonly content: ContentHash
  /** Of a directory. */
  readonly manifest?: string
  readonly files: number
}

/** @throws {CliError} `cli/file-unreadable`; {SignatureError} for what cannot be signed. */
export async function hashPath(path: string, signal: AbortSignal): Promise<Hashed> {
  const found = await readably(path, async () => lstat(path))
  if (found.isDirectory()) {
    const manifest = encodeManifest(await filesUnder(path, signal))
    return { content: manifestContent(manifest), manifest, files: manifest.split('\n').length - 1 }
  }
  assertFile(found, path)
  return { content: { kind: 'file', hash: await hashFile(path, signal) }, files: 1 }
}

/** Every file below a directory, by paths relative to it. */
async function filesUnder(root: string, signal: AbortSignal): Promise<readonly ManifestEntry[]> {
  const entries: ManifestEntry[] = []
  const waiting = ['']
  /** Directories count as well, so that a deep or broad empty tree ends too. */
  let seen = 0
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    const directory = inside === '' ? root : `${root}/${inside}`
    const names = await readably(directory, async () => readdir(directory, { encoding: 'buffer' }))
    for (const name of names) {
      signal.throwIfAborted()
      if (++seen > 2 * FILES_LIMIT || entries.length >= FILES_LIMIT) {
        throw new SignatureError({ code: 'signature/too-many-files', filesLimit: FILES_LIMIT })
      }
      const path = inside === '' ? nameOf(name) : `${inside}/${nameOf(name)}`
      assertPath(path)
      const full = `${root}/${path}`
      const found = await readably(full, async () => lstat(full))
      if (found.isDirectory()) {
        waiting.push(path)
      } else {
        assertFile(found, path)
        entries.push({ path, hash: await hashFile(full, signal) })
      }
    }
  }
  return entries
}

function nameOf(name: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name)
  } catch {
    const path = new TextDecoder().decode(name)
    throw new SignatureError({
      code: 'signature/path-unsupported',
      path,
      reason: 'its name is not Unicode',
    })
  }
}

function assertFile(found: { isFile(): boolean; isSymbolicLink(): boolean }, path: string): void {
  if (found.isFile()) return
  const reason = found.isSymbolicLink()
    ? 'it is a symbolic link, and those are not followed'
    : 'it is neither a file nor a directory'
  throw new SignatureError({ code: 'signature/path-unsupported', path, reason })
}

async function hashFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  return readably(path, async () => {
    // Opened so that a link put there since the look is not followed, and a pipe does not block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(path, flags)
    const hash = createHash('sha256')
    for await (const chunk of file.createReadStream({ signal })) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the file was not read as bytes')
      hash.update(chunk)
    }
    return Uint8Array.from(hash.digest())
  })
}

async function readably<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { message } = asError(cause)
    const reason = message.startsWith('ENOENT') ? 'there is no such file or directory' : message
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause })
  }
}
