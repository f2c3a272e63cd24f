/** Lists of records, a page at a time, and ids as callers write them. */
import { NodeError } from '../../node/error.ts'
import { partiesOf } from '../../node/evidence.ts'
import type { AipNode } from '../../node/node.ts'
import { subjectOf } from '../../node/use/transferring.ts'
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

/** One page of records, newest first; the cursor names the last row of the page before. */
export function paged<Type extends RecordType, Row>(
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
): { items: Row[]; cursor: string | null } {
  const isOfType = (record: AipRecord): record is RecordOf<Type> =>
    type === undefined || record.type === type
  const rows: { readonly id: RecordId; readonly record: RecordOf<Type> }[] = []
  for (const { id, record } of node.evidence.all()) {
    if (input.issuer !== undefined && record.issuer !== input.issuer) continue
    if (input.subject !== undefined && subjectOf(record) !== input.subject) continue
    if (!hasPrefix(id, input.prefix)) continue
    // Whoever writes the beginning of an id has seen it.
    const isAsked = input.prefix !== undefined
    const named = [input.issuer, input.subject, input.delegator]
    if (!isAsked && isHidden(node, partiesOf(record), named)) continue
    if (isOfType(record) && isWanted(record)) rows.push({ id, record })
  }
  rows.sort((a, b) => b.record.issuedAtMs - a.record.issuedAtMs || (a.id < b.id ? -1 : 1))
  const after = input.cursor === undefined ? undefined : readPlace(input.cursor)
  const from =
    after === undefined
      ? 0
      : rows.findIndex(
          ({ id, record }) =>
            record.issuedAtMs < after.atMs || (record.issuedAtMs === after.atMs && id > after.id),
        )
  const page = from < 0 ? [] : rows.slice(from, from + input.limit)
  const last = page.at(-1)
  const isMore = from >= 0 && from + page.length < rows.length
  return {
    items: page.map(({ id, record }) => show(id, record)),
    cursor: isMore && last !== undefined ? `${last.record.issuedAtMs}_${last.id}` : null,
  }
}

/** Whether an id, as a CID or in hex, begins so. */
function hasPrefix(id: RecordId, prefix: string | undefined): boolean {
  return prefix === undefined || id.startsWith(prefix) || recordIdText(id).startsWith(prefix)
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
