/**
 * Records of test/vectors/records.json, each judged by the project's decoders and by one in Python that was
 * written from the specification alone: one verdict, and the code that the vector names.
 */
import { MINUTE_MS } from '../../src/base/units.ts'
import type { RecordFault } from '../../src/records/error.ts'
import type { Attack } from './parts/attack.ts'
import { compare, recordVectors } from './parts/record-decoders.ts'

const VECTORS_LEAST = 200
/** Whether bytes, the clock and no key log are enough to refuse a record for it. */
const IS_OF_ONE_RECORD: Readonly<Record<RecordFault['code'], boolean>> = {
  'record/too-large': true,
  'record/unsupported': true,
  'record/malformed': true,
  'record/self-vouch': true,
  'record/from-future': true,
  'record/expired': true,
  'record/signature-invalid': true,
  'record/key-unknown': true,
  'record/quota': false,
}
const TOLD_LIMIT = 10

export const attack: Attack = {
  does: 'Records sound and broken in one way each: two decoders that share no code say the same of all.',
  flags: {},
  gate: {},
  limitMs: 2 * MINUTE_MS,
  run: async () => {
    const vectors = recordVectors()
    const { counts, disagreements } = compare(vectors)
    const misses = disagreements.slice(0, TOLD_LIMIT).map(({ name, said }) => `${name}: ${said}`)
    if (vectors.records.length < VECTORS_LEAST) misses.push('too few vectors')
    for (const [code, isOfOne] of Object.entries(IS_OF_ONE_RECORD)) {
      if (isOfOne && !counts.has(code)) misses.push(`no vector for ${code}`)
    }
    return Promise.resolve({
      figures: {
        vectors: vectors.records.length,
        disagreements: disagreements.length,
        ...Object.fromEntries(counts),
      },
      misses,
    })
  },
}
