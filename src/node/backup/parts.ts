/**
 * What of a node goes into a backup beside its key and settings, and how it comes back: pins and
 * petnames, private observations, the records it signed with the identities that they need, and the
 * last author sequence of its keys.
 */
import { asError } from '../../base/error.ts'
import { decodeCbor, encodeCbor } from '../../crypto/cbor.ts'
import { encodeBundleChunks } from '../../records/bundle.ts'
import { concatBytes } from '../../base/bytes.ts'
import type { Pin, PrivateObservation } from '../../store/local-state.ts'
import { StoreError } from '../../store/error.ts'
import type { AipNode } from '../node.ts'
import { exportedItems, importBundle, type Imported } from '../use/transferring.ts'
import { BackupError } from './error.ts'
import { PACK_LIMIT_BYTES, type Pack } from './pack.ts'

export const KEY_PART = 'operational.key'
export const CONFIG_PART = 'config.toml'
const PINS = 'pins'
const PRIVATE = 'private-observations'
const RECORDS = 'records.aip'
const AUTHOR = 'author'

/** Rows in one batch of a restore. */
const ROWS_AT_A_TIME = 512

/** @throws {BackupError} `backup/too-large`. */
export async function packOf(node: AipNode): Promise<Pack> {
  const { store, did, network, clock, author } = node
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of encodeBundleChunks(exportedItems(node, { issuer: did }))) {
    bytes += chunk.length
    if (bytes > PACK_LIMIT_BYTES) {
      throw new BackupError({ code: 'backup/too-large', limitBytes: PACK_LIMIT_BYTES })
    }
    chunks.push(chunk)
  }
  const sequences: Record<string, number> = {}
  for (const { keyHex } of node.identity.log.epochs) {
    const sequence = await store.ownSequence(keyHex)
    if (sequence !== undefined) sequences[keyHex] = sequence
  }
  // What is being signed just now is younger than what was stored.
  if (author.sequence > 0) sequences[author.keyHex] = author.sequence
  const files = new Map([
    [PINS, encodeCbor(await store.pins.list())],
    [PRIVATE, encodeCbor(await store.privateObservations.list())],
    [AUTHOR, encodeCbor(sequences)],
    [RECORDS, concatBytes(...chunks)],
  ])
  return { did, network: network.name, madeAtMs: clock(), files }
}

export interface Restored {
  readonly pins: number
  readonly privateObservations: number
  readonly records: Imported
}

/**
 * Brings the parts back into a node that runs without a network. Again is the same as once.
 *
 * @throws {BackupError} `backup/damaged`; {StoreError} when the disk refuses it.
 */
export async function restoreParts(node: AipNode, { files }: Pack): Promise<Restored> {
  const nowMs = node.clock()
  const put = async (batch: Parameters<typeof node.store.commit>[0]): Promise<void> =>
    node.store.commit(batch, { nowMs, durable: true })
  const part = (name: string): Uint8Array => {
    const bytes = files.get(name)
    if (bytes === undefined) throw damaged(`its part "${name}" is missing`)
    return bytes
  }
  try {
    // What these were when they were packed, the store's own schemas judge as they are written.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const pins = decodeCbor(part(PINS), PACK_LIMIT_BYTES) as readonly Pin[]
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const notes = decodeCbor(part(PRIVATE), PACK_LIMIT_BYTES) as readonly PrivateObservation[]
    const sequences = Object.entries(asNumbers(decodeCbor(part(AUTHOR), PACK_LIMIT_BYTES)))
    for (const [keyHex, sequence] of sequences) await put({ ownSequence: { keyHex, sequence } })
    for (let at = 0; at < pins.length; at += ROWS_AT_A_TIME) {
      await put({ pins: { put: pins.slice(at, at + ROWS_AT_A_TIME) } })
    }
    for (let at = 0; at < notes.length; at += ROWS_AT_A_TIME) {
      await put({ privateObservations: { put: notes.slice(at, at + ROWS_AT_A_TIME) } })
    }
    const records = await importBundle(node, oneChunk(part(RECORDS)))
    return { pins: pins.length, privateObservations: notes.length, records }
  } catch (error) {
    if (error instanceof BackupError || error instanceof StoreError) throw error
    throw new BackupError(
      { code: 'backup/damaged', reason: asError(error).message },
      { cause: error },
    )
  }
}

function asNumbers(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== 'object' || value === null) throw damaged('its part "author" does not fit')
  const entries = Object.entries(value).filter(
    ([keyHex, sequence]) => /^[0-9a-f]{64}$/.test(keyHex) && Number.isSafeInteger(sequence),
  )
  return Object.fromEntries(entries)
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function damaged(reason: string): BackupError {
  return new BackupError({ code: 'backup/damaged', reason })
}
