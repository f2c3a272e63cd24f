/**
 * One observation from one line of JSON, in the reference's field names.
 *
 * A field that is null counts as left out; fields of other names are passed over.
 * Specification: docs/spec/pdr.md, P4.
 */
import { asError } from '../../base/error.ts'
import { PdrError } from './error.ts'
import { parseJson } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { CLARITIES, itemsHash } from './observation.ts'
import type { ReferenceClarity, ReferenceObservation } from './observation.ts'
import { parseTimestamp } from './timestamp.ts'

/** @throws {PdrError} `pdr/observation-invalid`, with what is wrong in words. */
export function parseObservation(line: string): ReferenceObservation {
  let value: JsonValue
  try {
    value = parseJson(line)
  } catch (error) {
    const reason = error instanceof RangeError ? asError(error).message : 'it is not JSON'
    throw new PdrError({ code: 'pdr/observation-invalid', reason }, { cause: error })
  }
  return observationOf(value)
}

/** @throws {PdrError} `pdr/observation-invalid`. */
export function observationOf(value: JsonValue): ReferenceObservation {
  if (!isObject(value)) throw invalid('it is not a JSON object')
  const fields = new Fields(value)
  const promised = fields.texts('promised')
  const delivered = fields.texts('delivered')
  return {
    agentId: fields.text('agent_id') ?? '',
    timestamp: parseTimestamp(fields.text('timestamp') ?? missing('timestamp')),
    taskType: fields.text('task_type') ?? '',
    promised,
    delivered,
    conditions: fields.object('conditions'),
    clarity: fields.clarity('specification_clarity'),
    scopeHash: fields.text('scope_hash') ?? hashOf(promised),
    outcomeHash: fields.text('outcome_hash') ?? hashOf(delivered),
    selfReportedSuccess: fields.flag('self_reported_success') ?? true,
    externallyVerified: fields.flag('externally_verified'),
    feedbackReceived: fields.flag('feedback_received') ?? false,
    postFeedbackImproved: fields.flag('post_feedback_improved'),
  }
}

function hashOf(items: readonly string[] | undefined): string {
  return items === undefined ? '' : itemsHash(items)
}

/** Reads fields by their kind; `undefined` when one is left out. */
class Fields {
  readonly #fields: JsonObject

  constructor(fields: JsonObject) {
    this.#fields = fields
  }

  text(name: string): string | undefined {
    const value = this.#fields.get(name) ?? undefined
    if (value === undefined || isText(value)) return value
    throw invalid(`"${name}" is not a text`)
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#fields.get(name) ?? undefined
    if (value === undefined) return undefined
    if (isList(value) && value.every(isText)) return value
    throw invalid(`"${name}" is not a list of texts`)
  }

  flag(name: string): boolean | undefined {
    const value = this.#fields.get(name) ?? undefined
    if (value === undefined || typeof value === 'boolean') return value
    throw invalid(`"${name}" is neither true nor false`)
  }

  object(name: string): JsonObject | undefined {
    const value = this.#fields.get(name) ?? undefined
    if (value === undefined || isObject(value)) return value
    throw invalid(`"${name}" is not an object`)
  }

  clarity(name: string): ReferenceClarity | undefined {
    const value = this.text(name)
    const known = CLARITIES.find((one) => one === value)
    if (known === undefined && value !== undefined) {
      throw invalid(`"${name}" is none of ${CLARITIES.join(', ')}`)
    }
    return known
  }
}

/** A text that UTF-8 can say: halves of characters have no hash. */
function isText(value: JsonValue): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue): value is JsonObject {
  return value instanceof Map
}

function missing(name: string): never {
  throw invalid(`it has no "${name}"`)
}

function invalid(reason: string): PdrError {
  return new PdrError({ code: 'pdr/observation-invalid', reason })
}
