/**
 * Promises as outcomes name them, whether they are held or not: whose, to whom, of what, and the first
 * of the outcomes that name each. Specification: docs/spec/scoring.md, T12.
 */
import type { RecordId, Undertaking } from '../../records/record.ts'
import type { InternedTexts } from '../engine/interned.ts'
import { PagedRecords } from '../engine/paged.ts'
import { PackedIds } from '../packed-ids.ts'
import type { Register } from './register.ts'
import { workText } from './work-text.ts'

/** The record of a promise: two doubles, then whole numbers. */
const ISSUED_MS = 0
const DEADLINE_MS = 1
const ISSUER = 4
const DELEGATOR = 5
const SCOPE = 6
/** As a text; 0 while the promise is not held. */
const WORK = 7
/** Whether the key is its issuer's. */
const COUNTS = 8
/** Counted from 1. */
const FIRST_WORD = 9
const PROMISE_DOUBLES = 5

export class PromiseTable {
  readonly #register: Register
  readonly #scopes: InternedTexts
  readonly #works: InternedTexts
  readonly #ids = new PackedIds()
  readonly #promises = new PagedRecords(PROMISE_DOUBLES)

  constructor(register: Register, scopes: InternedTexts, works: InternedTexts) {
    this.#register = register
    this.#scopes = scopes
    this.#works = works
  }

  /** How many numbers have been in use: those from 0 on below it. */
  get end(): number {
    return this.#ids.end
  }

  /** Below 0 for one that nobody named. */
  numberOf(id: RecordId): number {
    return this.#ids.numberOf(id)
  }

  /** The number of a promise that somebody names. */
  take(id: RecordId): number {
    const { size } = this.#ids
    const promise = this.#ids.take(id)
    if (this.#ids.size > size) {
      this.#promises.setInt(promise, WORK, 0)
      this.#promises.setInt(promise, COUNTS, 0)
      this.#promises.setInt(promise, FIRST_WORD, 0)
    }
    return promise
  }

  /** Takes in a promise that is held from now on, or judges its key again. @returns its number. */
  put(id: RecordId, undertaking: Undertaking): number {
    const promise = this.take(id)
    this.release(promise)
    const { issuer, delegator, scope, work, key } = undertaking
    const promises = this.#promises
    const by = this.#register.meet(issuer)
    promises.setDouble(promise, ISSUED_MS, undertaking.issuedAtMs)
    promises.setDouble(promise, DEADLINE_MS, undertaking.deadlineMs)
    promises.setInt(promise, ISSUER, by)
    promises.setInt(promise, DELEGATOR, this.#register.meet(delegator))
    promises.setInt(promise, SCOPE, this.#scopes.take(scope))
    promises.setInt(promise, WORK, this.#works.take(workText(work)))
    promises.setInt(promise, COUNTS, this.#register.hasKey(by, key) ? 1 : 0)
    return promise
  }

  /** It is held no more. */
  release(promise: number): void {
    const work = this.#promises.int(promise, WORK)
    if (work === 0) return
    this.#works.release(work)
    this.#scopes.release(this.scopeOf(promise))
    this.#promises.setInt(promise, WORK, 0)
    this.#promises.setInt(promise, COUNTS, 0)
  }

  /** Nobody names it any more. */
  forget(promise: number): void {
    this.#ids.delete(promise)
  }

  isHeld(promise: number): boolean {
    return this.workOf(promise) !== 0
  }

  /** Whether it is held and by a key of its issuer's. */
  counts(promise: number): boolean {
    return this.#promises.int(promise, COUNTS) === 1
  }

  issuerOf(promise: number): number {
    return this.#promises.int(promise, ISSUER)
  }

  delegatorOf(promise: number): number {
    return this.#promises.int(promise, DELEGATOR)
  }

  scopeOf(promise: number): number {
    return this.#promises.int(promise, SCOPE)
  }

  workOf(promise: number): number {
    return this.#promises.int(promise, WORK)
  }

  issuedAtMs(promise: number): number {
    return this.#promises.double(promise, ISSUED_MS)
  }

  deadlineMs(promise: number): number {
    return this.#promises.double(promise, DEADLINE_MS)
  }

  firstWord(promise: number): number {
    return this.#promises.int(promise, FIRST_WORD)
  }

  setFirstWord(promise: number, outcome: number): void {
    this.#promises.setInt(promise, FIRST_WORD, outcome)
  }
}
