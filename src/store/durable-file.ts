/**
 * Files that are either the old or the new after a crash: a temporary file, fsync, rename, and fsync
 * of the directory, so that the new name is on disk too.
 */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Readable by its owner alone. */
const PRIVATE_FILE_MODE = 0o600

export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', PRIVATE_FILE_MODE)
    await file.writeFile(text)
    await file.sync()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

export async function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories; it keeps names in order by itself.
  if (process.platform === 'win32') return
  await using directory = await open(path, 'r')
  await directory.sync()
}
