/**
 * A file that only takes up room: when the disk is full it is given up, so that the database has the
 * room that it needs to be closed and opened again.
 */
import { randomFillSync } from 'node:crypto'
import { open, rename, rm, stat, statfs } from 'node:fs/promises'
import { MIB_BYTES } from '../base/units.ts'

export const BALLAST_LIMIT_BYTES = 64 * MIB_BYTES
/** Less is of no use to LevelDB. */
const BALLAST_LEAST_BYTES = 1 * MIB_BYTES
/** Of the free room, at most this part becomes ballast. */
const BALLAST_SHARE = 8
const CHUNK_BYTES = 1 * MIB_BYTES
const PRIVATE_FILE_MODE = 0o600

export interface Room {
  /** What this process may still write. */
  readonly freeBytes: number
  /** What the disk holds in all. */
  readonly totalBytes: number
}

/** The room on the disk under `path`. */
export async function roomAt(path: string): Promise<Room> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

/**
 * Makes the file where there is room, and says how large it is; a smaller one on a small disk, none
 * on one that is nearly full. One that is there already stays.
 */
export async function makeBallast(
  path: string,
  { freeBytes, limitBytes }: { readonly freeBytes: number; readonly limitBytes: number },
): Promise<number> {
  const present = await sizeOf(path)
  if (present > 0) return present
  const size = Math.min(limitBytes, Math.floor(freeBytes / BALLAST_SHARE))
  if (size < Math.min(BALLAST_LEAST_BYTES, limitBytes)) return 0
  // Not of zeros, which some file systems do not write.
  const chunk = randomFillSync(new Uint8Array(Math.min(CHUNK_BYTES, size)))
  const temporary = `${path}.new`
  try {
    await using file = await open(temporary, 'w', PRIVATE_FILE_MODE)
    for (let at = 0; at < size; at += chunk.length) {
      await file.write(chunk, 0, Math.min(chunk.length, size - at))
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await rename(temporary, path)
  return size
}

export async function releaseBallast(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}.new`, { force: true })
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}
