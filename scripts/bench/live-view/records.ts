/** Records that nobody signed, as a store would hand them out decoded: each with texts of its own. */
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { toHex } from '../../../src/base/bytes.ts'
import { didOf, type Did } from '../../../src/identity/did.ts'
import { placeOfEpoch } from '../../../src/identity/key-place.ts'
import type { AipRecord } from '../../../src/records/record.ts'
import type { EvidenceRecord, KnownIdentity } from '../../../src/trust/context.ts'
import type { Random } from '../trust-engine/synthetic.ts'

export const NOW_MS = Date.UTC(2026, 10, 23, 18)
const LIFETIME_MS = 90 * DAY_MS
const AGE_HOURS = 60 * 24
const FIRST_FRIENDS = 50

export interface MadeAgent {
  readonly did: Did
  readonly key: Uint8Array
  readonly inception: Uint8Array
}

export function madeAgents(count: number, random: Random): readonly MadeAgent[] {
  return Array.from({ length: count }, () => {
    const key = bytesOf(random)
    return { did: didOf(key), key, inception: bytesOf(random) }
  })
}

/** The identity of an agent, made when it is asked for. */
export function identityOf({ key, inception }: MadeAgent): KnownIdentity {
  const epoch = { generation: 0, rotation: 0, key, keyHex: toHex(key) }
  return {
    branches: [{ inception, epochs: [epoch] }],
    place: (keyHex) => (keyHex === epoch.keyHex ? placeOfEpoch(epoch) : undefined),
  }
}

export type Kind = 'vouches' | 'observations' | 'both'

/** @param at  The how-manieth: the first are the viewer's vouches, so that there is a view. */
export function madeRecord(
  at: number,
  kind: Kind,
  agents: readonly MadeAgent[],
  random: Random,
): EvidenceRecord {
  const isVouch = at < FIRST_FRIENDS || kind === 'vouches' || (kind === 'both' && at % 2 === 0)
  const by = at < FIRST_FRIENDS ? 0 : random(agents.length)
  const about = (by + 1 + random(agents.length - 1)) % agents.length
  const [issuer, subject] = [agents[by], agents[about]]
  if (issuer === undefined || subject === undefined) throw new RangeError('two agents at least')
  const issuedAtMs = NOW_MS - random(AGE_HOURS) * HOUR_MS
  const envelope = {
    issuer: own(issuer.did),
    key: issuer.key.slice(),
    sequence: at,
    issuedAtMs,
    expiresAtMs: issuedAtMs + LIFETIME_MS,
    subject: own(subject.did),
  }
  const record: AipRecord = isVouch
    ? {
        type: 'vouch',
        ...envelope,
        inception: subject.inception.slice(),
        scope: own('general'),
        level: 1 + random(1000),
      }
    : {
        type: 'observation',
        ...envelope,
        outcomes: [
          {
            scope: own('review'),
            promised: { kind: 'count', count: 10 },
            delivered: { kind: 'count', count: random(11) },
            clarity: 0,
            observedAtMs: issuedAtMs,
          },
        ],
      }
  return { id: toHex(bytesOf(random)), record }
}

function bytesOf(random: Random): Uint8Array {
  const words = Int32Array.from({ length: 8 }, () => random(2 ** 32))
  return new Uint8Array(words.buffer)
}

/** A text that shares nothing with the one it is made from. */
function own<Text extends string>(text: Text): Text {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same text
  return Buffer.from(text, 'latin1').toString('latin1') as Text
}
