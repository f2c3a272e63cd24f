/** The bounds of everything that is said about one DID. Specification: docs/spec/identity.md, I2. */
import { KIB_BYTES } from '../base/units.ts'

export const LOG_LIMIT_BYTES = 4_000
export const LOG_ENTRIES_LIMIT = 20
export const DOCUMENT_LIMIT_BYTES = 4_000
/** A whole value: a log with its document, or two logs. */
export const VALUE_LIMIT_BYTES = 8 * KIB_BYTES

export const DOCUMENT_SERVICES_LIMIT = 16
export const DOCUMENT_ALIASES_LIMIT = 16
export const DOCUMENT_AGREEMENT_KEYS_LIMIT = 4
