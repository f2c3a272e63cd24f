/** Lists of records, a page at a time, and ids as callers write them. */
import { parseDid } from '../../identity/did.ts'
import { NodeError } from '../../node/error.ts'
import { partiesOf } from '../../node/evidence.ts'
import type { RecordHead } from '../../node/columns/record-table.ts'
import type { AipNode } from '../../node/node.ts'
import type { AipRecord, RecordId, RecordType } from '../../records/record.ts'
import { parseRecordId, recordIdText } from '../../records/wire.ts'
import { ApiError } from '../error.ts'
import { isHidden } from './forgotten.ts'

/** @throws {NodeError} `node/record-unknown` for anything but an id. */
export function readRecordId(text: string): RecordId {
  const parsed = parseRecordId(text)
  if (parsed === undefined) throw new NodeError({ code: 'node/record-unknown', id: text })
  return parsed
}

export type RecordOf<Type extends RecordType> = Extract<AipRecord, { readonly type: Type }>

/**
 * One page of records, newest first; the cursor names the last row of the page before. Rows are read
 * from disk until the page is full and another one is found.
 */
export async function paged<Type extends RecordType, Row>(
  node: AipNode,
  input: {
    readonly issuer?: string | undefined
    readonly subject?: string | undefined
    readonly delegator?: string | undefined
    readonly prefix?: string | undefined
    readonly cursor?: string | undefined
    readonly limit: number
  },
  type: Type | undefined,
  isWanted: (record: RecordOf<Type>) => boolean,
  show: (id: RecordId, record: RecordOf<Type>) => Row,
): Promise<{ items: Row[]; cursor: string | null }> {
  const { evidence } = node
  const { issuer, subject, delegator, prefix } = input
  const isOfType = (record: AipRecord): record is RecordOf<Type> =>
    type === undefined || record.type === type
  const heads = evidence.newest({
    type,
    issuer: issuer === undefined ? undefined : parseDid(issuer),
    subject: subject === undefined ? undefined : parseDid(subject),
    prefix: prefix === undefined ? undefined : hexPrefix(prefix),
    after: input.cursor === undefined ? undefined : readPlace(input.cursor),
  })
  const items: Row[] = []
  let last: RecordHead | undefined
  let readCount = 0
  for (const head of heads) {
    if (!hasPrefix(head.id, prefix)) continue
    if (++readCount % READ_AT_A_TIME === 0) await nextTurn()
    const record = evidence.get(head.id)
    if (record === undefined || !isOfType(record)) continue
    // Whoever writes the beginning of an id has seen it.
    const isAsked = prefix !== undefined
    if (!isAsked && isHidden(node, partiesOf(record), [issuer, subject, delegator])) continue
    if (!isWanted(record)) continue
    if (items.length === input.limit) {
      const cursor = last === undefined ? null : `${last.issuedAtMs}_${last.id}`
      return { items, cursor }
    }
    items.push(show(head.id, record))
    last = head
  }
  return { items, cursor: null }
}

/** Records read from disk before others have a turn. */
const READ_AT_A_TIME = 64

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}

/** Whether an id, as a CID or in hex, begins so. */
function hasPrefix(id: RecordId, prefix: string | undefined): boolean {
  return prefix === undefined || id.startsWith(prefix) || recordIdText(id).startsWith(prefix)
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** Of a CID before its hash, with the letter that says base32: `bafyrei` and three bits. */
const CID_HEAD_BITS = 32

/** Hex digits that every id begins with whose CID, or hex, begins so: as many as can be told. */
function hexPrefix(prefix: string): string {
  if (/^[0-9a-f]+$/.test(prefix)) return prefix
  const bits = Array.from(prefix.slice(1), (letter) => {
    return BASE32.indexOf(letter).toString(2).padStart(5, '0')
  }).join('')
  const digits = bits.slice(CID_HEAD_BITS).match(/.{4}/g) ?? []
  return digits.map((four) => Number.parseInt(four, 2).toString(16)).join('')
}

function readPlace(cursor: string): { readonly atMs: number; readonly id: string } {
  const [atMs, id] = /^(\d{1,15})_([0-9a-f]{64})$/.exec(cursor)?.slice(1) ?? []
  if (atMs === undefined || id === undefined) throw badCursor()
  return { atMs: Number(atMs), id }
}

export function readOffset(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw badCursor()
  return Number(cursor)
}

function badCursor(): ApiError {
  const problem = 'is not what the page before gave'
  return new ApiError({ code: 'api/input-invalid', field: 'cursor', problem })
}
