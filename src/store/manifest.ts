/**
 * Which files a database consists of, by its MANIFEST: others may lie beside them, whole or half, when a
 * process was ended while LevelDB tidied up, and are deleted at the next opening.
 *
 * Format: leveldb/db/version_edit.cc, in records of leveldb/doc/log_format.md.
 */

/** The files that count. */
export interface LiveFiles {
  /** Sizes in bytes of the tables, by number. */
  readonly tables: ReadonlyMap<number, number>
  /** Logs of a lower number are in tables already. */
  readonly firstLog: number
}

const COMPARATOR = 1
const LOG_NUMBER = 2
const NEXT_FILE_NUMBER = 3
const LAST_SEQUENCE = 4
const COMPACT_POINTER = 5
const DELETED_FILE = 6
const NEW_FILE = 7
const PREVIOUS_LOG_NUMBER = 9

/** @returns `undefined` when an edit cannot be read: LevelDB will say so. */
export function liveFiles(edits: Iterable<Uint8Array>): LiveFiles | undefined {
  const tables = new Map<number, number>()
  const logs = { first: 0 }
  for (const edit of edits) {
    const fields = new Fields(edit)
    while (!fields.isAtEnd) if (!take(fields, tables, logs)) return undefined
    if (fields.isBroken) return undefined
  }
  return { tables, firstLog: logs.first }
}

function take(fields: Fields, tables: Map<number, number>, logs: { first: number }): boolean {
  switch (fields.number()) {
    case COMPARATOR:
      fields.skip()
      return true
    case LOG_NUMBER:
      logs.first = fields.number()
      return true
    case NEXT_FILE_NUMBER:
    case LAST_SEQUENCE:
    case PREVIOUS_LOG_NUMBER:
      fields.number()
      return true
    case COMPACT_POINTER:
      fields.number()
      fields.skip()
      return true
    case DELETED_FILE:
      fields.number()
      tables.delete(fields.number())
      return true
    case NEW_FILE: {
      fields.number()
      const table = fields.number()
      tables.set(table, fields.number())
      fields.skip()
      fields.skip()
      return true
    }
    default:
      return false
  }
}

/** Numbers in base 128, and texts behind their length. */
class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Something was longer than there are bytes. */
  get isBroken(): boolean {
    return this.#at > this.#bytes.length
  }

  number(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  skip(): void {
    const length = this.number()
    this.#at += length
  }
}
