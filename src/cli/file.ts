/** Files that the user names: their bytes, and in a sentence why there are none. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { asError } from '../base/error.ts'
import { CliError } from './error.ts'

/** The file's bytes; opened now, so that a missing file is said before anything is sent. */
export async function readable(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(path)
    if (!(await file.stat()).isFile()) {
      await file.close()
      throw new Error('it is no file')
    }
    await file.close()
  } catch (error) {
    throw new CliError(
      { code: 'cli/file-unreadable', path, reason: reasonOf(error) },
      { cause: error },
    )
  }
  return createReadStream(path)
}

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or directory'
    case 'EACCES':
      return 'permission denied'
    case 'EEXIST':
      return 'it exists already'
    default:
      return asError(error).message
  }
}
