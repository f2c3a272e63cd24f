/** The bounds of a reconciliation. Specification: docs/spec/sync.md, "Bounds". */
import { KIB_BYTES, MIB_BYTES } from '../../base/units.ts'
import { VALUE_LIMIT_BYTES } from '../../identity/limits.ts'
import { LARGEST_RECORD_BYTES } from '../../records/wire.ts'

/** Of each message's frame, by what it is. */
export const HELLO_LIMIT_BYTES = 16 * KIB_BYTES
export const ROOTS_LIMIT_BYTES = 64 * KIB_BYTES
export const RANGES_LIMIT_BYTES = 64 * KIB_BYTES
export const GET_LIMIT_BYTES = 64 * KIB_BYTES
export const RECS_LIMIT_BYTES = 256 * KIB_BYTES
export const SHORT_LIMIT_BYTES = 32

/** Runs of shards in a HELLO. */
export const SHARD_RUNS_LIMIT = 1_024
export const ROOTS_LIMIT_COUNT = 4_096
export const RANGES_LIMIT_ENTRIES = 1_024
/** Short ids in one list. */
export const LIST_LIMIT_IDS = 256
export const RECS_LIMIT_ITEMS = 1_024
/** Of the items in one RECS; what spells the frame around them comes on top. */
export const RECS_CONTENT_LIMIT_BYTES = 240 * KIB_BYTES
/**
 * What this side puts into one RECS, whole items. What was sent of a frame when a connection breaks
 * is lost: a relay hangs up after 128 KiB, and some frames must have come through whole by then.
 */
export const RECS_SENT_LIMIT_BYTES = 32 * KIB_BYTES
/** Of one item: the largest record, or the largest identity value. */
export const ITEM_LIMIT_BYTES = Math.max(LARGEST_RECORD_BYTES, VALUE_LIMIT_BYTES)

/** What a side may have received and not committed. */
export const WINDOW_LIMIT_BYTES = MIB_BYTES
/** The least that a HELLO may offer: a quarter may lie idle, and the rest still takes any item. */
export const WINDOW_LEAST_BYTES = 64 * KIB_BYTES

/** RANGES in one turn; as many ROOTS and GETs. */
export const TURN_LIMIT_FRAMES = 4
/** What one side may cost the other in one session. */
export interface SessionLimits {
  /** Turns of one side. */
  readonly turns: number
  /** Entries of all RANGES of one side. */
  readonly entries: number
  /** Bytes of records of one side. */
  readonly recordBytes: number
  /** Items of one side that are refused with a code that only it is to blame for. */
  readonly refused: number
}

export const SESSION_LIMITS: SessionLimits = {
  turns: 512,
  entries: 131_072,
  recordBytes: 256 * MIB_BYTES,
  refused: 16,
}

/** Records of a shard and lane beyond those that the sender counted: some arrive meanwhile. */
export const UNCOUNTED_LIMIT_RECORDS = 1_024
/** Of what a side named and was asked for, half may be gone, and so many besides. */
export const UNSERVED_LIMIT_RECORDS = 64

/** A list is compared with at most so many keys; with more, the range is divided instead. */
export const COMPARED_LIMIT_KEYS = 4_096
/** A child of more keys is described at once instead of by its hash … */
export const EAGER_LEAST_KEYS = 4_096
/** … while a turn holds fewer hashes than this. */
export const EAGER_LIMIT_CUTS = 1_024
/** Keys at the recent end that a spine lists, and how many more where that makes it shorter. */
export const TAIL_KEYS = 12
export const TAIL_SLACK_KEYS = 4
/** Records read from the store at once. */
export const FETCH_LIMIT_KEYS = 64
