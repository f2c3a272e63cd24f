/** Defects to be put into a run on purpose: a simulation that does not find them is worth nothing. */
import { toHex } from '../../../src/base/bytes.ts'
import type { RecordId } from '../../../src/records/record.ts'
import type { Admission } from '../../../src/records/replica/replica.ts'
import type { Planted } from './simulation.ts'

const REFUSED: Admission = { admit: false, evict: [] }
/** Records of one key that the first-come rule lets in. */
const FIRST_COME_RECORDS = 12

/** Of two records of one key and sequence only the one with the smaller id is kept (against R9). */
export const smallestIdAlone: Planted = {
  spoil: (replica) => {
    const kept = new Map<string, RecordId>()
    const apply = replica.apply.bind(replica)
    replica.apply = (item, place, nowMs) => {
      if (!('record' in item)) return apply(item, place, nowMs)
      const { key, sequence } = item.record
      const number = `${toHex(key)} ${String(sequence)}`
      const before = kept.get(number)
      if (before !== undefined && before < item.id) return REFUSED
      const { admit, evict } = apply(item, place, nowMs)
      if (!admit) return REFUSED
      kept.set(number, item.id)
      const isOther = before !== undefined && before !== item.id
      return { admit, evict: isOther ? [...evict, ...replica.remove([before]), before] : evict }
    }
    return replica
  },
}

/** Whoever comes first is kept, and what comes later is refused (against R10). */
export const firstCome: Planted = {
  spoil: (replica) => {
    const counts = new Map<string, number>()
    const apply = replica.apply.bind(replica)
    replica.apply = (item, place, nowMs) => {
      if (!('record' in item) || replica.has(item.id)) return apply(item, place, nowMs)
      const key = toHex(item.record.key)
      const count = counts.get(key) ?? 0
      if (count >= FIRST_COME_RECORDS) return REFUSED
      counts.set(key, count + 1)
      return apply(item, place, nowMs)
    }
    return replica
  },
}

/** A record is acknowledged before it is synced. */
export const earlyAck: Planted = { lyingDisk: true }
