/**
 * All that is known of one DID: its log with a document, or the proof that its log forked.
 *
 * This is what is stored, served, gossiped and put in the DHT. The state is the join of all values
 * seen, so it does not matter in what order they came; whom to believe when there are two branches is
 * for each viewer to decide. Specification: docs/spec/identity.md, "The value" and "Which value wins".
 */
import { compareBytes, concatBytes, equalBytes } from '../base/bytes.ts'
import { decodeCbor } from '../crypto/cbor.ts'
import type { Did } from './did.ts'
import { parseDocument } from './document.ts'
import type { DocumentContext, SignedDocument } from './document.ts'
import { IdentityError } from './error.ts'
import type { ForkFlaw } from './error.ts'
import { KeyLog } from './key-log.ts'
import { strictestPlace } from './key-place.ts'
import type { KeyPlace } from './key-place.ts'
import { VALUE_LIMIT_BYTES } from './limits.ts'
import { compareForks, compareKeys, joinLogs, orderKeyOf } from './log-order.ts'
import type { Conflict, Joined, OrderKey } from './log-order.ts'
import { malformed, parseArray, parseFields, parseMap } from './schema.ts'

export type { KeyPlace } from './key-place.ts'

const LOG_SHAPE = { required: ['l'], optional: ['d'] } as const
const FORK_SHAPE = { required: ['f'], optional: [] } as const

export class IdentityState {
  readonly did: Did
  readonly bytes: Uint8Array
  /** Two are a proof of a fork: the branch with the lower hash at the conflict stands first. */
  readonly branches: readonly [KeyLog] | readonly [KeyLog, KeyLog]
  /** Where the branches part. */
  readonly conflict: Conflict | undefined
  readonly document: SignedDocument | undefined
  readonly #joined: Joined
  readonly #key: OrderKey

  private constructor(joined: Joined, document: SignedDocument | undefined) {
    const { branches, conflict } = joined
    this.did = branches[0].did
    this.branches = branches
    this.conflict = conflict
    this.document = document
    this.bytes = encodeState(branches, document)
    this.#joined = joined
    this.#key = orderKeyOf(joined)
  }

  get isForked(): boolean {
    return this.conflict !== undefined
  }

  /**
   * The state in its bytes.
   *
   * @throws {IdentityError} when it is too large, misshapen or not valid.
   * @throws {CryptoError} when the bytes are not canonical.
   */
  static parse(bytes: Uint8Array, context: DocumentContext): IdentityState {
    // I2: size before the decoder sees a byte.
    if (bytes.length > VALUE_LIMIT_BYTES) {
      throw new IdentityError({
        code: 'identity/too-large',
        bytes: bytes.length,
        limitBytes: VALUE_LIMIT_BYTES,
      })
    }
    // I3: one spelling. What is decoded is a copy: it does not change with the caller's buffer.
    const value = decodeCbor(bytes, VALUE_LIMIT_BYTES)
    if (Object.hasOwn(parseMap(value, ''), 'f')) return parseFork(value, context)
    const { l, d } = parseFields(value, '', LOG_SHAPE)
    const log = KeyLog.parse(l, context.verifier)
    return IdentityState.of(log, d === undefined ? undefined : parseDocument(d, log, context))
  }

  /** A log that stands alone, with the document that was parsed or signed for it. */
  static of(log: KeyLog, document?: SignedDocument): IdentityState {
    if (document !== undefined && !equalBytes(document.head, log.head)) {
      throw new RangeError('the document belongs to another log')
    }
    return new IdentityState({ branches: [log] }, document)
  }

  /** I15: what these logs come to, without any document. They belong to one DID. */
  static ofLogs(logs: readonly [KeyLog, ...KeyLog[]]): IdentityState {
    return new IdentityState(joinLogs(logs), undefined)
  }

  /**
   * I15: this and another value of the same DID, as one. Commutative, associative and idempotent.
   *
   * @throws {IdentityError} `identity/other-did`.
   */
  join(other: IdentityState): IdentityState {
    this.#assertSameDid(other)
    if (equalBytes(this.bytes, other.bytes)) return this
    const joined = joinLogs([...this.branches, ...other.branches])
    const state = new IdentityState(joined, betterDocument(joined, this, other))
    if (equalBytes(state.bytes, this.bytes)) return this
    return equalBytes(state.bytes, other.bytes) ? other : state
  }

  /**
   * I14: positive when this value is better than `other`, zero when they are the same bytes. A total
   * order, and a join is never worse than what was joined.
   *
   * @throws {IdentityError} `identity/other-did`.
   */
  compare(other: IdentityState): number {
    this.#assertSameDid(other)
    return (
      compareKeys(this.#key, other.#key) ||
      compareForks(this.#joined, other.#joined) ||
      compareDocuments(this.document, other.document) ||
      compareBytes(other.bytes, this.bytes)
    )
  }

  /**
   * R8, I16: where a key stands, in either branch; `undefined` for a key that is not of this DID.
   * Of a forked log it says what the stricter branch says; a viewer who has settled the fork
   * (`fork.ts`) asks that branch itself.
   */
  place(keyHex: string): KeyPlace | undefined {
    const [first, second] = this.branches
    const [here, there] = [first.place(keyHex), second?.place(keyHex)]
    return here !== undefined && there !== undefined ? strictestPlace(here, there) : (here ?? there)
  }

  #assertSameDid(other: IdentityState): void {
    if (this.did !== other.did) throw new IdentityError({ code: 'identity/other-did' })
  }
}

/**
 * `{l}`, `{d, l}` or `{f}` in DAG-CBOR. The parts are canonical already, so they are put behind their
 * headers as they are.
 */
function encodeState(
  [first, second]: IdentityState['branches'],
  document: SignedDocument | undefined,
): Uint8Array {
  if (second !== undefined) return concatBytes(FORK_HEADER, first.bytes, second.bytes)
  if (document === undefined) return concatBytes(MAP_OF_ONE, LOG_NAME, first.bytes)
  return concatBytes(MAP_OF_TWO, DOCUMENT_NAME, document.bytes, LOG_NAME, first.bytes)
}

const MAP_OF_ONE = Uint8Array.of(0xa1)
const MAP_OF_TWO = Uint8Array.of(0xa2)
const LOG_NAME = Uint8Array.of(0x61, 0x6c)
const DOCUMENT_NAME = Uint8Array.of(0x61, 0x64)
/** A map of one field, `f`, that holds an array of two. */
const FORK_HEADER = Uint8Array.of(0xa1, 0x61, 0x66, 0x82)

/** I12: two valid logs of one DID that do conflict, in their order, and nothing else. */
function parseFork(value: unknown, { verifier }: DocumentContext): IdentityState {
  const items = parseArray(parseFields(value, '', FORK_SHAPE)['f'], 'f')
  if (items.length !== 2) throw malformed('f')
  const first = KeyLog.parse(items[0], verifier)
  const second = KeyLog.parse(items[1], verifier)
  if (first.did !== second.did) throw invalid('its logs belong to two DIDs')
  const state = IdentityState.ofLogs([first, second])
  if (!state.isForked) throw invalid('its logs do not conflict')
  if (state.branches[0] !== first) throw invalid('its logs stand in the wrong order')
  return state
}

function invalid(reason: ForkFlaw): IdentityError {
  return new IdentityError({ code: 'identity/fork-invalid', reason })
}

/**
 * The better of the documents that came with this very log. One that came with another log is no
 * document of this one, even where it names the same head: what a join keeps must not depend on what
 * was joined first.
 */
function betterDocument(
  joined: Joined,
  a: IdentityState,
  b: IdentityState,
): SignedDocument | undefined {
  if (joined.conflict !== undefined) return undefined
  const [log] = joined.branches
  const [documentOfA, documentOfB] = [a, b].map((state) =>
    !state.isForked && compareKeys(state.branches[0].path, log.path) === 0
      ? state.document
      : undefined,
  )
  return compareDocuments(documentOfA, documentOfB) >= 0 ? documentOfA : documentOfB
}

/** Positive when `a` is better: a higher sequence, then a later expiry, then lower bytes. */
function compareDocuments(a: SignedDocument | undefined, b: SignedDocument | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return a.sequence - b.sequence || a.expiresAtMs - b.expiresAtMs || compareBytes(b.bytes, a.bytes)
}
