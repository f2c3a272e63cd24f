/** A recovery sheet on file, where the operator asked for one: synced before anything rests on it. */
import { open, rm } from 'node:fs/promises'
import { asError } from '../base/error.ts'
import { CliError } from './error.ts'

/** Never over another file. @throws {CliError} `cli/file-unwritable`. */
export async function writeSheet(path: string, page: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(page)
    await file.sync()
  } catch (cause) {
    throw new CliError({ code: 'cli/file-unwritable', path, reason: asError(cause).message })
  }
}

export async function withdrawSheet(path: string): Promise<void> {
  await rm(path, { force: true })
}
