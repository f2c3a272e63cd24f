/**
 * The file of a checkpoint: the old one or the new one after a crash, never a part. A file that is
 * there and is of no use is left where it is, until the next one takes its place.
 * Specification: docs/spec/checkpoint.md, K1.
 */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../../store/durable-file.ts'
import { CHECKPOINT_LIMIT_BYTES } from './checkpoint.ts'

const PRIVATE_FILE_MODE = 0o600

/** @returns `undefined` when there is none, or it is longer than any. */
export async function readCheckpointFile(path: string): Promise<Buffer | undefined> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    return size > CHECKPOINT_LIMIT_BYTES ? undefined : await file.readFile()
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** Takes the place of the file before, durably. */
export async function writeCheckpointFile(path: string, parts: readonly Buffer[]): Promise<void> {
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', PRIVATE_FILE_MODE)
    for (const part of parts) await file.writeFile(part)
    await file.sync()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
