/**
 * What agents sign: vouches, revocations, promises, observations, in words.
 *
 * On the wire the fields have one letter each; `wire.ts` translates. All numbers are integers, all
 * times are milliseconds since 1970-01-01 UTC. Specification: docs/spec/records.md.
 */
import type { Did } from '../identity/did.ts'

export const RECORD_TYPES = ['vouch', 'revocation', 'promise', 'observation'] as const
export type RecordType = (typeof RECORD_TYPES)[number]

/** SHA-256 of the record without its signature: 64 lower-case hex digits. Shown to people as a CID. */
export type RecordId = string & { readonly __recordId?: never }

interface Envelope {
  readonly issuer: Did
  /** The operational public key that signs: 32 bytes. */
  readonly key: Uint8Array
  /** Author sequence: larger than the one before it by the same key. */
  readonly sequence: number
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

/** One agent's signed word that another can be trusted, for one purpose, for a time. */
export interface Vouch extends Envelope {
  readonly type: 'vouch'
  readonly subject: Did
  /** Hash of the subject's inception: which branch is meant, should there ever be two. 32 bytes. */
  readonly inception: Uint8Array
  readonly scope: string
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly statement?: string
}

/** Takes a vouch back. It hides the vouch from views; it deletes nothing. */
export interface Revocation extends Envelope {
  readonly type: 'revocation'
  readonly vouch: RecordId
  readonly subject: Did
  readonly reason?: string
}

/** What the issuer undertakes to deliver to the delegator, by a deadline. */
export interface Undertaking extends Envelope {
  readonly type: 'promise'
  readonly delegator: Did
  readonly scope: string
  readonly work: Work
  readonly deadlineMs: number
  /** SHA-256 of the task's specification: 32 bytes. */
  readonly specification?: Uint8Array
}

/** What the issuer saw the subject deliver. */
export interface Observation extends Envelope {
  readonly type: 'observation'
  readonly subject: Did
  readonly outcomes: readonly Outcome[]
}

export interface Outcome {
  /** The promise it settles, when the subject signed one. */
  readonly promise?: RecordId
  readonly scope: string
  readonly promised: Work
  readonly delivered: Work
  readonly conditions?: Readonly<Record<string, string | number | boolean>>
  readonly clarity: Clarity
  readonly observedAtMs: number
  /** SHA-256 of the evidence: 32 bytes. */
  readonly evidence?: Uint8Array
}

/** How clear the task was: unambiguous, several answers valid, underspecified. */
export type Clarity = 0 | 1 | 2

export type Work =
  | { readonly kind: 'items'; readonly items: readonly string[] }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }
  /** In thousandths of the named measure. */
  | { readonly kind: 'quality'; readonly measure: string; readonly value: number }
  /** In parts per million over a period. */
  | { readonly kind: 'uptime'; readonly ppm: number; readonly overMs: number }

export type AipRecord = Vouch | Revocation | Undertaking | Observation

/** `T` without the fields that the signer fills in. */
type Unsigned<T> = T extends AipRecord ? Omit<T, 'issuer' | 'key'> : never

/** A claim: a record before it is signed. */
export type Claim = Unsigned<AipRecord>

/** The agent whose shard the record travels in: a promise in its issuer's, the others in their subject's. */
export function shardSubject(record: AipRecord): Did {
  return record.type === 'promise' ? record.issuer : record.subject
}
