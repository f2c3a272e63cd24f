/**
 * Which promise an outcome is about: named by it, by the subject, to the observer, in the same words.
 *
 * Everything here is in the two records themselves, so every node answers alike. Whether a settled
 * promise makes the outcome count as attested is for the view, which also knows what has passed
 * R1 to R8. Specification: docs/spec/records.md, "Attestation".
 */
import { encodeCbor } from '../crypto/cbor.ts'
import { sha256Hex } from '../crypto/hash.ts'
import type { Did } from '../identity/did.ts'
import type { Observation, Outcome, RecordId, Undertaking, Work } from './record.ts'
import { encodeWork } from './wire.ts'

/** Equal for a promise and an outcome that settles it, and for nothing else: 64 hex digits. */
type Terms = string

/** Whether `outcome`, one of `observation`'s, settles the promise. */
export function settles(
  observation: Observation,
  outcome: Outcome,
  promise: { readonly id: RecordId; readonly record: Undertaking },
): boolean {
  return (
    outcome.promise === promise.id &&
    promise.record.issuedAtMs <= outcome.observedAtMs &&
    termsOfOutcome(observation, outcome) === termsOfPromise(promise.id, promise.record)
  )
}

function termsOfPromise(id: RecordId, promise: Undertaking): Terms {
  return terms(id, promise.issuer, promise.delegator, promise.scope, promise.work)
}

/** `undefined` for an outcome that names no promise. */
function termsOfOutcome(observation: Observation, outcome: Outcome): Terms | undefined {
  if (outcome.promise === undefined) return undefined
  const { subject, issuer } = observation
  return terms(outcome.promise, subject, issuer, outcome.scope, outcome.promised)
}

function terms(id: RecordId, promiser: Did, delegator: Did, scope: string, work: Work): Terms {
  return sha256Hex(encodeCbor([id, promiser, delegator, scope, encodeWork(work)]))
}
