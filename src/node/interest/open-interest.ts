/** What this node follows, put together from the parts that tell it what concerns its agent. */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Did } from '../../identity/did.ts'
import type { TrustContext } from '../../trust/context.ts'
import { PROFILES } from '../../trust/profile.ts'
import type { Evidence } from '../evidence.ts'
import type { Writer } from '../ingest/writer.ts'
import type { LocalNotes } from '../local-notes.ts'
import type { Events } from '../events.ts'
import type { Outlook } from '../outlook.ts'
import type { Completeness } from '../use/completing.ts'
import type { Replication } from './choice.ts'
import { Interest } from './interest.ts'
import { nearAgents } from './near-agents.ts'

export interface InterestParts {
  readonly own: Did
  readonly replication: Replication
  readonly shardBits: number
  readonly trust: () => Pick<TrustContext, 'profile' | 'introducers'>
  readonly evidence: Evidence
  readonly outlook: Outlook
  readonly notes: LocalNotes
  readonly writer: Writer
  readonly events: Pick<Events, 'listen'>
  readonly clock: Clock
  readonly log: Logger
  /** Asks peers for what they hold about an agent and by it. */
  readonly scout: (did: Did, signal: AbortSignal) => Promise<Completeness>
}

export function openInterest(parts: InterestParts): Interest {
  const { own, evidence, outlook, notes, writer, trust, scout } = parts
  const interest = new Interest(
    {
      own,
      clock: parts.clock,
      log: parts.log,
      near: async () =>
        nearAgents(own, {
          evidence,
          horizonHops: PROFILES[trust().profile].hopLimit,
          starts: () => [...trust().introducers.map(({ did }) => did), ...notes.pins.keys()],
          scores: async (subjects, scope) => outlook.scores(subjects, scope),
        }),
      scout: async (did, signal) => (await scout(did, signal)).peersAnswered > 0,
      holdings: {
        heldShards: () => writer.heldShards(),
        idsIn: (shard) => writer.idsIn(shard),
        get: (id) => evidence.get(id),
      },
      forget: async (ids) => writer.forget(ids),
    },
    parts,
  )
  writer.onStored((record) => {
    const isOfVouching = record.type === 'vouch' || record.type === 'revocation'
    if (record.issuer === own && isOfVouching) interest.changed()
  })
  parts.events.listen(({ event }) => {
    if (event.kind === 'peer.up') interest.changed()
  })
  return interest
}
