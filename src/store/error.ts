import { AipError, asError } from '../base/error.ts'

/** What the store cannot do, and what its operator can do about it. Listed in docs/errors.md. */
export type StoreFault =
  | { readonly code: 'store/locked'; readonly path: string; readonly pid: number | undefined }
  | { readonly code: 'store/not-writable'; readonly path: string; readonly reason: string }
  | {
      readonly code: 'store/corrupt'
      readonly path: string
      readonly reason: string
      /** Two halves of different stores: not for a repair by itself to decide. */
      readonly isMixed?: true
    }
  | { readonly code: 'store/half-written'; readonly path: string; readonly missing: 'database' }
  /** `line` is what the lost store.json said. */
  | {
      readonly code: 'store/half-written'
      readonly path: string
      readonly missing: 'store.json'
      readonly line: string
    }
  | { readonly code: 'store/newer'; readonly found: number; readonly known: number }
  | { readonly code: 'store/other-network'; readonly found: string; readonly wanted: string }
  | { readonly code: 'store/disk-full'; readonly path: string }
  | { readonly code: 'store/io'; readonly path: string; readonly reason: string }
  | { readonly code: 'store/busy'; readonly limit: number }
  | { readonly code: 'store/table-full'; readonly table: string; readonly limit: number }
  | {
      readonly code: 'store/row-too-large'
      readonly table: string
      readonly bytes: number
      readonly limitBytes: number
    }
  | { readonly code: 'store/closed' }

export class StoreError extends AipError<StoreFault> {
  override readonly name = 'StoreError'

  constructor(fault: StoreFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: StoreFault): string {
  switch (fault.code) {
    case 'store/locked':
      return fault.pid === undefined
        ? `Another process uses the store ${fault.path}.`
        : `The process ${fault.pid} already runs a node here (${fault.path}). Stop it first, or choose another home.`
    case 'store/not-writable':
      return `The store ${fault.path} cannot be written: ${fault.reason}.`
    case 'store/corrupt':
      return `The store ${fault.path} is damaged: ${fault.reason}. Nothing was deleted. ${ASIDE}`
    case 'store/half-written':
      return fault.missing === 'database'
        ? `store.json says that there is a store, but its database ${fault.path} is gone. Nothing was changed. ${ASIDE}`
        : `There is a database, but ${fault.path} is gone. Nothing was changed. To keep the database, write this line to that file: ${fault.line}`
    case 'store/newer':
      return `The store was written by a newer version of the node (schema ${fault.found}; this one knows ${fault.known}). Install that version again.`
    case 'store/other-network':
      return `The store belongs to the network "${fault.found}", and the node is set up for "${fault.wanted}". Give each network a home of its own.`
    case 'store/disk-full':
      return `The disk under ${fault.path} is full. Nothing new is taken until there is room again; then the node goes on by itself.`
    case 'store/io':
      return `The store ${fault.path} cannot be read or written: ${fault.reason}.`
    case 'store/busy':
      return `More than ${fault.limit} writes are waiting for the disk.`
    case 'store/table-full':
      return `The table of ${fault.table} holds ${fault.limit} rows, which is its limit.`
    case 'store/row-too-large':
      return `A row of ${fault.table} is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
    case 'store/closed':
      return 'The store is closed.'
  }
}

const ASIDE =
  'Run "aip-node store repair": it keeps what can be read, and what was public comes back from peers. Or restore the home from a backup.'

const DISK_FULL = /no space left on device|disk quota exceeded|\bENOSPC\b|\bEDQUOT\b/i
const NOT_WRITABLE =
  /permission denied|read-only file system|operation not permitted|not a directory/i
/** What LevelDB calls an I/O error although the disk did as it was told: files that are cut or gone. */
const DAMAGED = /truncated|not an sstable|no such file|does not exist|bad block|invalid argument/i

/**
 * What LevelDB or the file system threw, as the store's own error.
 *
 * @param path  what was being read or written.
 */
export function storeErrorOf(thrown: unknown, path: string): StoreError {
  if (thrown instanceof StoreError) return thrown
  const outer = asError(thrown)
  // A failed opening carries LevelDB's own reason as its cause.
  const error = outer.cause instanceof Error ? outer.cause : outer
  return new StoreError(faultOf(error, path), { cause: outer })
}

const LEVEL_CLOSED = new Set(['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN'])
const FILE_NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'])

function faultOf(error: Error, path: string): StoreFault {
  const code = 'code' in error ? String(error.code) : ''
  const reason = error.message
  if (DISK_FULL.test(`${code} ${reason}`)) return { code: 'store/disk-full', path }
  if (code === 'LEVEL_LOCKED') return { code: 'store/locked', path, pid: undefined }
  if (LEVEL_CLOSED.has(code)) return { code: 'store/closed' }
  if (code === 'LEVEL_CORRUPTION') return { code: 'store/corrupt', path, reason }
  if (FILE_NOT_WRITABLE.has(code)) return { code: 'store/not-writable', path, reason }
  if (code.startsWith('LEVEL_') && NOT_WRITABLE.test(reason)) {
    return { code: 'store/not-writable', path, reason }
  }
  if (code.startsWith('LEVEL_') && DAMAGED.test(reason)) {
    return { code: 'store/corrupt', path, reason }
  }
  return { code: 'store/io', path, reason }
}

/** Something that a repair helps, and that no operator did. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof StoreError &&
    error.fault.code === 'store/corrupt' &&
    error.fault.isMixed !== true
  )
}
