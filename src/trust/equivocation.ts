/**
 * Keys that signed two records with one number: looked for in one issuer's records when an explanation asks.
 * Specification: docs/spec/scoring.md, T24.
 */
import type { Did } from '../identity/did.ts'
import type { RecordId } from '../records/record.ts'
import type { EvidenceRecord } from './context.ts'
import type { KnownAgent } from './key-standing.ts'

/** Two records by one key with one sequence number. */
export interface Equivocation {
  readonly did: Did
  readonly keyHex: string
  readonly sequence: number
  readonly ids: readonly [RecordId, RecordId]
}

/** For each key that did it, sorted, the case with the smallest ids: the same proof at every node. */
export function equivocationsIn(
  issuer: KnownAgent,
  signed: readonly EvidenceRecord[],
): readonly Equivocation[] {
  const byKey = Map.groupBy(signed, ({ record }) => issuer.keyHex(record.key))
  return [...byKey.keys()].toSorted().flatMap((keyHex) => {
    const found = firstCase(byKey.get(keyHex) ?? [])
    return found === undefined ? [] : [{ did: issuer.did, keyHex, ...found }]
  })
}

function firstCase(
  signed: readonly EvidenceRecord[],
): Pick<Equivocation, 'sequence' | 'ids'> | undefined {
  let best: Pick<Equivocation, 'sequence' | 'ids'> | undefined
  for (const [sequence, records] of Map.groupBy(signed, ({ record }) => record.sequence)) {
    if (records.length < 2) continue
    const [one, two] = records.map(({ id }) => id).toSorted()
    if (one === undefined || two === undefined) continue
    if (best === undefined || one < best.ids[0]) best = { sequence, ids: [one, two] }
  }
  return best
}
