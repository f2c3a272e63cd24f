/** A text file line by line, from anywhere: bounded, and a line that is no text spoils only itself. */
import { createReadStream } from 'node:fs'
import { concatBytes } from '../base/bytes.ts'
import { asError } from '../base/error.ts'
import { MIB_BYTES } from '../base/units.ts'
import { CliError } from './error.ts'

/** The longest line that is read. */
export const LINE_LIMIT_BYTES = MIB_BYTES

const LINE_FEED = 0x0a

export interface FileLine {
  /** From 1. */
  readonly number: number
  /** Without its end; undefined when it is too long or not UTF-8. */
  readonly text: string | undefined
}

/** @throws {CliError} `cli/file-unreadable`. */
export async function* linesOf(path: string): AsyncGenerator<FileLine> {
  let number = 0
  let held: Uint8Array[] = []
  let heldBytes = 0
  const hold = (part: Uint8Array): void => {
    heldBytes += part.length
    // What is too long already needs no more bytes to be refused.
    if (heldBytes <= LINE_LIMIT_BYTES) held.push(part)
  }
  const take = (): FileLine => {
    const text = heldBytes > LINE_LIMIT_BYTES ? undefined : decoded(concatBytes(...held))
    held = []
    heldBytes = 0
    return { number: ++number, text }
  }
  try {
    for await (const chunk of createReadStream(path)) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the file was not read as bytes')
      let from = 0
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        hold(chunk.subarray(from, end))
        yield take()
        from = end + 1
      }
      if (from < chunk.length) hold(chunk.subarray(from))
    }
  } catch (cause) {
    throw new CliError(
      { code: 'cli/file-unreadable', path, reason: asError(cause).message },
      { cause },
    )
  }
  if (heldBytes > 0) yield take()
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined // not UTF-8
  }
}
