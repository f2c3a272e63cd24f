/**
 * R9: one key that gave two records one number.
 *
 * Nothing is refused or evicted for it: both records stay, and the two are the proof, which anybody
 * can check and every node names alike. Specification: docs/spec/records.md, "Rules".
 */
import { toHex } from '../base/bytes.ts'
import type { Did } from '../identity/did.ts'
import type { AipRecord, RecordId } from './record.ts'

export interface Equivocation {
  readonly issuer: Did
  readonly keyHex: string
  readonly sequence: number
  /** The two smallest ids under that number, in order. */
  readonly proof: readonly [RecordId, RecordId]
}

/** Every number that was given out twice, in the order of issuer, key and number. */
export function findEquivocations(
  records: Iterable<{ readonly id: RecordId; readonly record: AipRecord }>,
): readonly Equivocation[] {
  const firstOf = new Map<string, RecordId>()
  const found = new Map<string, Equivocation>()
  // R9: the two smallest ids under one number of one key.
  for (const { id, record } of records) {
    const { issuer, sequence } = record
    const keyHex = toHex(record.key)
    const name = `${issuer} ${keyHex} ${sequence.toString().padStart(SEQUENCE_DIGITS, '0')}`
    const known = found.get(name)?.proof ?? [firstOf.get(name) ?? id]
    const [first, second] = [...new Set([...known, id])].toSorted(byText)
    firstOf.set(name, first ?? id)
    if (first === undefined || second === undefined) continue
    found.set(name, { issuer, keyHex, sequence, proof: [first, second] })
  }
  return [...found].toSorted(([a], [b]) => byText(a, b)).map(([, equivocation]) => equivocation)
}

/** Of the largest safe integer. */
const SEQUENCE_DIGITS = 16

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
