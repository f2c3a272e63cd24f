/**
 * Records as people and programs read them: JSON with DIDs as text, times as RFC 3339 and levels as
 * fractions. A view is for reading only: nothing is verified from it.
 * Specification: docs/spec/records.md, "JSON".
 */
import { toHex } from '../base/bytes.ts'
import { multikeyText } from '../crypto/multibase.ts'
import type { AipRecord, Clarity, Outcome, RecordId, RecordType, Work } from './record.ts'
import { recordIdText } from './wire.ts'

export interface RecordView {
  readonly id?: string
  readonly type: RecordType
  readonly issuer: string
  /** Multikey, `z6Mk…`. */
  readonly key: string
  readonly sequence: number
  readonly issuedAt: string
  readonly expiresAt: string
  readonly subject?: string
  readonly inception?: string
  readonly scope?: string
  /** (0, 1], in thousandths. */
  readonly level?: number
  readonly statement?: string
  readonly vouch?: string
  readonly reason?: string
  readonly delegator?: string
  readonly work?: Work
  readonly deadline?: string
  readonly specification?: string
  readonly outcomes?: readonly OutcomeView[]
}

export interface OutcomeView {
  readonly promise?: string
  readonly scope: string
  readonly promised: Work
  readonly delivered: Work
  readonly conditions?: Readonly<Record<string, string | number | boolean>>
  readonly clarity: (typeof CLARITY_NAMES)[Clarity]
  readonly observedAt: string
  readonly evidence?: string
}

export const CLARITY_NAMES = ['unambiguous', 'multi-valid', 'underspecified'] as const

export function recordView(record: AipRecord, id?: RecordId): RecordView {
  return {
    ...(id !== undefined && { id: recordIdText(id) }),
    type: record.type,
    issuer: record.issuer,
    key: multikeyText(record.key),
    sequence: record.sequence,
    issuedAt: instant(record.issuedAtMs),
    expiresAt: instant(record.expiresAtMs),
    ...bodyView(record),
  }
}

function bodyView(record: AipRecord): Partial<RecordView> {
  switch (record.type) {
    case 'vouch':
      return {
        subject: record.subject,
        inception: toHex(record.inception),
        scope: record.scope,
        level: record.level / 1_000,
        ...(record.statement !== undefined && { statement: record.statement }),
      }
    case 'revocation':
      return {
        subject: record.subject,
        vouch: recordIdText(record.vouch),
        ...(record.reason !== undefined && { reason: record.reason }),
      }
    case 'promise':
      return {
        delegator: record.delegator,
        scope: record.scope,
        work: record.work,
        deadline: instant(record.deadlineMs),
        ...(record.specification !== undefined && { specification: toHex(record.specification) }),
      }
    case 'observation':
      return { subject: record.subject, outcomes: record.outcomes.map(outcomeView) }
  }
}

export function outcomeView(outcome: Outcome): OutcomeView {
  return {
    ...(outcome.promise !== undefined && { promise: recordIdText(outcome.promise) }),
    scope: outcome.scope,
    promised: outcome.promised,
    delivered: outcome.delivered,
    ...(outcome.conditions !== undefined && { conditions: outcome.conditions }),
    clarity: CLARITY_NAMES[outcome.clarity],
    observedAt: instant(outcome.observedAtMs),
    ...(outcome.evidence !== undefined && { evidence: toHex(outcome.evidence) }),
  }
}

/** RFC 3339, UTC, milliseconds. The schema admits no time that this cannot write. */
function instant(ms: number): string {
  return new Date(ms).toISOString()
}
