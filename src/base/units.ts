/** Time in milliseconds, size in bytes. A name that holds one says which: `timeoutMs`, `limitBytes`. */
export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export const KIB_BYTES = 1_024
export const MIB_BYTES = 1_024 * KIB_BYTES
