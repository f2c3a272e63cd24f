/**
 * What a view is made from, besides records: whose it is, when, and what only this node knows.
 *
 * Nothing here reaches for the world: identities come through a function, time as a number.
 */
import type { Did } from '../identity/did.ts'
import type { Epoch, KeyPlace } from '../identity/key-place.ts'
import type { AipRecord, Outcome, RecordId } from '../records/record.ts'
import type { ProfileName } from './profile.ts'

/** A record that passed R1 to R8. The view trusts the caller for that, and for nothing else. */
export interface EvidenceRecord {
  readonly id: RecordId
  readonly record: AipRecord
}

/** My own word about an agent; it never leaves this node and goes before everything. */
export interface Pin {
  readonly kind: 'trust' | 'distrust' | 'cap'
  /** With `cap`: the highest score the agent may have, in [0, 1]. */
  readonly cap?: number
}

/** What the view needs to know of an identity; `IdentityState` is one. */
export interface KnownIdentity {
  /** Two when the log forked. */
  readonly branches: readonly {
    readonly inception: Uint8Array
    readonly epochs: readonly Epoch[]
  }[]
  place(keyHex: string): KeyPlace | undefined
}

export interface Introducer {
  readonly did: Did
  /** Thousandths, 1..1000. */
  readonly level: number
}

/** Outcomes I saw and have not published: unsigned, mine. */
export interface PrivateOutcomes {
  readonly id: string
  readonly subject: Did
  readonly outcomes: readonly Outcome[]
}

export interface TrustContext {
  readonly viewer: Did
  readonly nowMs: number
  readonly profile: ProfileName
  identityOf(did: Did): KnownIdentity | undefined
  readonly pins: ReadonlyMap<Did, Pin>
  readonly introducers: readonly Introducer[]
  readonly privateOutcomes: readonly PrivateOutcomes[]
}

/** The scope that serves every other. */
export const GENERAL_SCOPE = 'general'
