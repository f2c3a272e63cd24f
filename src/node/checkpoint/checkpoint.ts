/**
 * The scores of a moment, as a node writes them down and reads them again after a start: whose they are,
 * as of when, and of each scope what they are made from. What is broken, of another format or another
 * node's is told apart by name and is no error. Specification: docs/spec/checkpoint.md.
 */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { MIB_BYTES } from '../../base/units.ts'
import { ROW_BYTES, RowTable } from './rows.ts'

const MAGIC = Buffer.from('aip-node scores\n', 'latin1')
const FORMAT = 1
const LENGTH_BYTES = 4
const SEAL_BYTES = 32
/** Hashed before others have a turn. */
const SLICE_BYTES = MIB_BYTES
const HEADER_LIMIT_BYTES = 16_384

/** A file as long as that is not read, and what would become one is not written. */
export const CHECKPOINT_LIMIT_BYTES = 32 * MIB_BYTES

/** Scopes in one checkpoint: those asked for last. */
export const CHECKPOINT_SCOPES_LIMIT = 4

/** Whose scores they are, and by what rules and words of the viewer's. */
export interface CheckpointOwner {
  readonly network: string
  readonly viewer: string
  readonly storeId: string
  /** Hash of the profile's numbers. */
  readonly params: string
  /** Hash of what the viewer says: pins, introducers, private notes, the number of its last record. */
  readonly words: string
}

export interface CheckpointFrame extends CheckpointOwner {
  readonly asOfMs: number
  /** The digest of the view. */
  readonly view: string
  readonly hasView: boolean
}

export interface Checkpoint extends CheckpointFrame {
  readonly scopes: ReadonlyMap<string, RowTable>
}

export type CheckpointFlaw = 'torn' | 'format' | 'network' | 'viewer' | 'store' | 'params' | 'words'

const Hash = z.string().regex(/^[0-9a-f]{64}$/)

const Header = z.strictObject({
  format: z.literal(FORMAT),
  network: z.string(),
  viewer: z.string(),
  storeId: z.string(),
  params: Hash,
  words: Hash,
  asOfMs: z.int().min(0),
  view: Hash,
  hasView: z.boolean(),
  scopes: z
    .array(z.strictObject({ name: z.string(), count: z.int().min(0) }))
    .max(CHECKPOINT_SCOPES_LIMIT),
})

/** The parts of a file, to be written one after the other. @param scopes  Rows in order. */
export async function encodeCheckpoint(
  frame: CheckpointFrame,
  scopes: ReadonlyMap<string, Buffer>,
): Promise<readonly Buffer[]> {
  const header: z.infer<typeof Header> = {
    format: FORMAT,
    network: frame.network,
    viewer: frame.viewer,
    storeId: frame.storeId,
    params: frame.params,
    words: frame.words,
    asOfMs: frame.asOfMs,
    view: frame.view,
    hasView: frame.hasView,
    scopes: [...scopes].map(([name, rows]) => ({ name, count: rows.length / ROW_BYTES })),
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(text.length)
  const parts = [MAGIC, length, text, ...scopes.values()]
  return [...parts, await sealOf(parts)]
}

/** What the bytes of a file say, or why they say nothing to this node. */
export async function decodeCheckpoint(
  bytes: Buffer,
  owner: CheckpointOwner,
): Promise<Checkpoint | CheckpointFlaw> {
  const begin = MAGIC.length + LENGTH_BYTES
  if (bytes.length < begin + SEAL_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return 'torn'
  }
  const content = bytes.subarray(0, bytes.length - SEAL_BYTES)
  if (!(await sealOf([content])).equals(bytes.subarray(content.length))) return 'torn'
  const length = bytes.readUInt32BE(MAGIC.length)
  if (length > HEADER_LIMIT_BYTES || begin + length > content.length) return 'format'
  const header = headerOf(content.subarray(begin, begin + length))
  if (header === undefined) return 'format'
  const flaw = flawOf(header, owner)
  if (flaw !== undefined) return flaw
  const scopes = tablesOf(header.scopes, content.subarray(begin + length))
  if (scopes === undefined) return 'format'
  const { asOfMs, view, hasView } = header
  return { ...owner, asOfMs, view, hasView, scopes }
}

function headerOf(text: Buffer): z.infer<typeof Header> | undefined {
  let read: unknown
  try {
    read = JSON.parse(text.toString())
  } catch {
    return undefined
  }
  return Header.safeParse(read).data
}

function flawOf(header: CheckpointOwner, owner: CheckpointOwner): CheckpointFlaw | undefined {
  if (header.network !== owner.network) return 'network'
  if (header.viewer !== owner.viewer) return 'viewer'
  if (header.storeId !== owner.storeId) return 'store'
  if (header.params !== owner.params) return 'params'
  return header.words === owner.words ? undefined : 'words'
}

function tablesOf(
  scopes: readonly { readonly name: string; readonly count: number }[],
  rows: Buffer,
): ReadonlyMap<string, RowTable> | undefined {
  const tables = new Map<string, RowTable>()
  let at = 0
  for (const { name, count } of scopes) {
    const end = at + count * ROW_BYTES
    const table = end > rows.length ? undefined : RowTable.over(rows.subarray(at, end))
    if (table === undefined) return undefined
    tables.set(name, table)
    at = end
  }
  return at === rows.length ? tables : undefined
}

/** SHA-256 of all, some at a time. */
async function sealOf(parts: readonly Uint8Array[]): Promise<Buffer> {
  const hash = createHash('sha256')
  for (const part of parts) {
    for (let at = 0; at < part.length; at += SLICE_BYTES) {
      if (at > 0) await nextTurn()
      hash.update(part.subarray(at, at + SLICE_BYTES))
    }
  }
  return hash.digest()
}
