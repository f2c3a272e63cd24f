/**
 * What can be seen of a database's files before LevelDB opens them.
 *
 * LevelDB opens over a damaged log without a word, and leaves out what it cannot read; and it opens
 * tables that were cut, until something is read of them. A repair saves more when it comes before the
 * first opening, so the files are looked at first. Formats: leveldb/doc/log_format.md and
 * table_format.md. Specification: docs/spec/store.md, "Damaged files".
 */
import { open, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { storeErrorOf } from './error.ts'
import { liveFiles, type LiveFiles } from './manifest.ts'

const TABLE = /^\d+\.(?:ldb|sst)$/
const LOG = /^\d+\.log$/
const MANIFEST = /^MANIFEST-\d+$/
/** The last eight bytes of a table. */
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex')
/** Two handles and the magic. */
const FOOTER_BYTES = 48

const LOG_BLOCK_BYTES = 32_768
const LOG_HEADER_BYTES = 7
/** Full, first, middle, last. */
const LOG_TYPES_LIMIT = 4
const WHOLE = 1
const LAST = 4
const MASK_DELTA = 0xa282ead8

/**
 * What is wrong with the files of a database; `undefined`: nothing that shows.
 *
 * @param isBegun  it was opened before, and has had a log since.
 */
export async function damageOfFiles(path: string, isBegun: boolean): Promise<string | undefined> {
  try {
    const names = (await readdir(path)).toSorted()
    const live = await filesOf(path)
    // Without them LevelDB does not open, and says why.
    if (live === undefined) return undefined
    for (const name of names.filter((one) => TABLE.test(one))) {
      const size = live.tables.get(Number.parseInt(name, 10))
      if (size === undefined) continue
      if (!(await isWhole(join(path, name), size))) return `its table ${name} is cut short`
    }
    const logs = names.filter((one) => LOG.test(one) && Number.parseInt(one, 10) >= live.firstLog)
    if (isBegun && logs.length === 0) return 'the log of its last writes is gone'
    for (const name of logs) {
      const at = damageOfLog(await readFile(join(path, name)))
      if (at !== undefined) return `its log ${name} is damaged at byte ${at}`
    }
    return undefined
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

async function filesOf(path: string): Promise<LiveFiles | undefined> {
  try {
    const manifest = (await readFile(join(path, 'CURRENT'), 'latin1')).trimEnd()
    if (!MANIFEST.test(manifest)) return undefined
    return liveFiles(recordsIn(await readFile(join(path, manifest))))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** @param size  What it had when it was finished. */
async function isWhole(path: string, size: number): Promise<boolean> {
  await using file = await open(path, 'r')
  const found = await file.stat()
  if (found.size !== size || size < FOOTER_BYTES) return false
  const end = Buffer.alloc(TABLE_MAGIC.length)
  await file.read(end, 0, end.length, size - end.length)
  return end.equals(TABLE_MAGIC)
}

/**
 * Where a log is damaged: a record that cannot be read although a later one can. A bad end alone is
 * what the death of a process or of the power leaves, of writes that nobody was told of.
 */
export function damageOfLog(log: Buffer): number | undefined {
  let bad: number | undefined
  for (let block = 0; block < log.length; block += LOG_BLOCK_BYTES) {
    const end = Math.min(block + LOG_BLOCK_BYTES, log.length)
    for (let at = block; at + LOG_HEADER_BYTES <= end;) {
      const length = log.readUInt16LE(at + 4)
      const type = log[at + 6] ?? 0
      // The rest of a block that was set aside and never written.
      if (type === 0 && length === 0 && bad === undefined && isZero(log, at, end)) break
      const next = at + LOG_HEADER_BYTES + length
      const isSound =
        type >= 1 &&
        type <= LOG_TYPES_LIMIT &&
        next <= end &&
        unmasked(log.readUInt32LE(at)) === crc32c(log, at + 6, next)
      if (isSound && bad !== undefined) return bad
      if (!isSound) bad ??= at
      // With a length that makes no sense, what follows is found again at the next block.
      if (next > end) break
      at = next
    }
  }
  return undefined
}

/** The records of a log up to the first that cannot be read, each put together from its parts. */
export function* recordsIn(log: Buffer): Generator<Uint8Array> {
  let parts: Uint8Array[] = []
  for (let block = 0; block < log.length; block += LOG_BLOCK_BYTES) {
    const end = Math.min(block + LOG_BLOCK_BYTES, log.length)
    for (let at = block; at + LOG_HEADER_BYTES <= end;) {
      const next = at + LOG_HEADER_BYTES + log.readUInt16LE(at + 4)
      const type = log[at + 6] ?? 0
      if (type === 0 && isZero(log, at, end)) break
      const isSound = next <= end && unmasked(log.readUInt32LE(at)) === crc32c(log, at + 6, next)
      if (!isSound) return
      parts.push(log.subarray(at + LOG_HEADER_BYTES, next))
      if (type === WHOLE || type === LAST) {
        yield Buffer.concat(parts)
        parts = []
      }
      at = next
    }
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

function unmasked(sum: number): number {
  const rotated = (sum - MASK_DELTA) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

/** Castagnoli's polynomial, reflected: the checksum that LevelDB writes, and Node does not have. */
const POLYNOMIAL = 0x82f63b78

const TABLE_OF_BYTES = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1
  return sum >>> 0
})

export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0xffffffff
  for (let at = from; at < to; at++) {
    sum = (TABLE_OF_BYTES[(sum ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8)
  }
  return (sum ^ 0xffffffff) >>> 0
}
