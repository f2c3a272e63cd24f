/** What this agent said elsewhere, put together from the parts that hold it and send it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { asError } from '../../base/error.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { SECOND_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import { shardSubject } from '../../records/record.ts'
import { shardOf } from '../../records/replica/lanes.ts'
import type { Store } from '../../store/store.ts'
import type { Evidence } from '../evidence.ts'
import type { Writer } from '../ingest/writer.ts'
import type { Mesh } from '../mesh.ts'
import { HOLDERS_ASKED_LIMIT } from '../use/completing.ts'
import type { Interest } from './interest.ts'
import { OwnElsewhere } from './own-elsewhere.ts'

const SEARCH_LIMIT_MS = 4 * SECOND_MS
/** Records read from disk before others get their turn. */
const READ_AT_ONCE = 64

export interface OwnElsewhereParts {
  readonly own: Did
  readonly shardBits: number
  readonly interest: Pick<Interest, 'follows' | 'shards' | 'onChange' | 'replication'>
  readonly evidence: Pick<Evidence, 'get' | 'by'>
  readonly store: Pick<Store, 'get'>
  readonly writer: Pick<Writer, 'onStored'>
  /** Settles when what is on disk is in `evidence`; rejects when the node closes before. */
  readonly whenRead: () => Promise<unknown>
  readonly mesh: () => Pick<Mesh, 'gossip' | 'reachHolders'> | undefined
  readonly clock: Clock
  readonly log: Logger
}

export function openOwnElsewhere(parts: OwnElsewhereParts): OwnElsewhere {
  const { own, shardBits, interest, evidence, store, mesh, clock, log } = parts
  const shardAbout = (subject: Did): number => shardOf(subject, shardBits)
  const elsewhere = new OwnElsewhere({
    clock,
    log,
    follows: (subject) => interest.follows(shardAbout(subject)),
    stands: (id) => {
      const record = evidence.get(id)
      return record !== undefined && record.expiresAtMs > clock()
    },
    say: async (id, subject) => {
      const gossip = mesh()?.gossip
      // Said to nobody, it would count as said for as long as gossip remembers it.
      if (gossip === undefined || gossip.peersOf(shardAbout(subject)).length === 0) return 0
      const stored = await store.get(id)
      if (stored === undefined) return 0
      return gossip.publishRecord(stored.bytes, shardAbout(subject))
    },
    reach: async (subject, signal) =>
      mesh()?.reachHolders(subject, {
        except: new Set(),
        limitCount: HOLDERS_ASKED_LIMIT,
        signal: AbortSignal.any([signal, AbortSignal.timeout(SEARCH_LIMIT_MS)]),
      }),
  })
  parts.writer.onStored((record, _source, id) => {
    if (record.issuer === own) elsewhere.add(id, shardSubject(record))
  })
  /** What was on disk before, and what was said in a shard that is left now. */
  const readOwn = async (): Promise<void> => {
    await parts.whenRead()
    let read = 0
    for (const { id, record } of evidence.by(own)) {
      elsewhere.add(id, shardSubject(record))
      if (++read % READ_AT_ONCE === 0) await nextTurn()
    }
  }
  let followed = new Set(interest.shards())
  const readAgain = (): void => {
    readOwn().catch((thrown: unknown) => {
      log.debug('own records were not looked through', { error: asError(thrown).message })
    })
  }
  interest.onChange((shards) => {
    const present = new Set(shards)
    if ([...followed].some((shard) => !present.has(shard))) readAgain()
    followed = present
  })
  if (interest.replication !== 'all') readAgain()
  return elsewhere
}
