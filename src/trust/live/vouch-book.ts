/**
 * Every vouch that the node holds, judged by the key logs and revocations of the moment: between which
 * nodes it counts, from when and until when. Each is some whole numbers in a column; the record itself
 * is shown again by whoever wants it judged again.
 *
 * What time changes is no concern of the book: a life has a begin and an end, and the ledgers of the
 * scopes follow the clock. Specification: docs/spec/scoring.md, T1 to T5.
 */
import type { Did } from '../../identity/did.ts'
import type { RecordId, Revocation, Vouch } from '../../records/record.ts'
import { PagedRecords } from '../engine/paged.ts'
import type { VouchLife } from '../engine/vouch-ledger.ts'
import { FIRST_BRANCH, SECOND_BRANCH } from '../key-standing.ts'
import type { BranchMask } from '../key-standing.ts'
import { NO_ID, PackedIds } from '../packed-ids.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../sift.ts'
import { Numbers } from './numbers.ts'
import type { RecordTable } from './record-table.ts'
import type { Register } from './register.ts'

const BRANCHES = [FIRST_BRANCH, SECOND_BRANCH]
/** Each pair of branches of the two names has a number of its own: at most four of a vouch. */
const PAIRS_OF_VOUCH = 4

/** The record of a vouch: two doubles, then whole numbers. */
const ISSUED_MS = 0
const EXPIRES_MS = 1
/** Its id's number, counted from 1; 0 where the number stands for no vouch. */
const ID = 4
const ISSUER = 5
const SUBJECT = 6
const SCOPE = 7
const LEVEL = 8
/** Bits: on which branches its key counts, which it names, and for which pairs it was told to count. */
const BITS = 9
const VOUCH_DOUBLES = 5
const NAMED_SHIFT = 2
const LIVE_SHIFT = 4
const BRANCH_BITS = 3
const LIVE_BITS = 15

/** The record of a revocation: a double, then whole numbers. */
const REVOKED_MS = 0
const REVOKER = 2
const REVOKED_SUBJECT = 3
/** Of the vouch among those that revocations name. */
const NAMED = 4
/** The next one that names the same vouch, counted from 1. */
const NEXT = 5
const COUNTS = 6
const REVOCATION_DOUBLES = 4

/** Told what no longer counts, of which nothing but numbers matters, and what does instead. */
export type VouchWatcher = (
  vouch: number,
  scope: number,
  before: readonly VouchPair[],
  after: readonly VouchLife[],
) => void

export type VouchPair = Pick<VouchLife, 'vouch' | 'from' | 'to'>

export class VouchBook {
  readonly #register: Register
  readonly #table: RecordTable
  /** The viewer's first node. */
  readonly #viewer: number
  readonly #tell: VouchWatcher
  readonly #numbers = new Numbers()
  readonly #vouches = new PagedRecords(VOUCH_DOUBLES)
  #end = 0
  readonly #revocations = new PagedRecords(REVOCATION_DOUBLES)
  readonly #revocationNumbers = new Numbers()
  /** Ids of vouches that revocations name, each with the first of those, counted from 1. */
  readonly #named = new PackedIds()
  /** The viewer's own. */
  readonly #mine = new Set<number>()

  constructor(
    { register, table }: { readonly register: Register; readonly table: RecordTable },
    viewer: Did,
    tell: VouchWatcher,
  ) {
    this.#register = register
    this.#table = table
    this.#viewer = register.meet(viewer)
    this.#tell = tell
  }

  /** How many numbers have been in use: those from 0 on below it. */
  get end(): number {
    return this.#end
  }

  isThere(vouch: number): boolean {
    return this.#vouches.int(vouch, ID) !== 0
  }

  scopeOf(vouch: number): number {
    return this.#vouches.int(vouch, SCOPE)
  }

  issuerOf(vouch: number): number {
    return this.#vouches.int(vouch, ISSUER)
  }

  subjectOf(vouch: number): number {
    return this.#vouches.int(vouch, SUBJECT)
  }

  /** The id of the vouch that a life belongs to. */
  idOfLife(life: number): RecordId {
    const id = this.#vouches.int(Math.floor(life / PAIRS_OF_VOUCH), ID)
    return id === 0 ? '' : this.#table.ids.id(id - 1)
  }

  /** T5, between two lives of one pair. */
  readonly goesBefore = (a: number, b: number): boolean => {
    const [one, two] = [Math.floor(a / PAIRS_OF_VOUCH), Math.floor(b / PAIRS_OF_VOUCH)]
    const { general } = this.#table
    const [ownOne, ownTwo] = [this.scopeOf(one) !== general, this.scopeOf(two) !== general]
    if (ownOne !== ownTwo) return ownOne
    const later = this.#vouches.double(one, ISSUED_MS) - this.#vouches.double(two, ISSUED_MS)
    if (later !== 0) return later > 0
    const [idOne, idTwo] = [this.#vouches.int(one, ID) - 1, this.#vouches.int(two, ID) - 1]
    return this.#table.ids.compare(idOne, idTwo) > 0
  }

  /** @param id  The number of its id, whose slot says from here on which vouch it is. */
  put(id: number, vouch: Vouch): void {
    const number = this.#numbers.take()
    this.#end = Math.max(this.#end, number + 1)
    const issuer = this.#register.meet(vouch.issuer)
    const vouches = this.#vouches
    vouches.setDouble(number, ISSUED_MS, vouch.issuedAtMs)
    vouches.setDouble(number, EXPIRES_MS, vouch.expiresAtMs)
    vouches.setInt(number, ID, id + 1)
    vouches.setInt(number, ISSUER, issuer)
    vouches.setInt(number, SUBJECT, this.#register.meet(vouch.subject))
    vouches.setInt(number, SCOPE, this.#table.scopes.take(vouch.scope))
    vouches.setInt(number, LEVEL, vouch.level)
    vouches.setInt(number, BITS, 0)
    this.#table.ids.setSlot(id, number)
    if (issuer === this.#viewer) this.#mine.add(number)
    this.#judge(number, vouch)
  }

  /** What a changed key log may have changed. */
  judgeAgain(id: number, vouch: Vouch): void {
    this.#judge(this.#table.ids.slot(id), vouch)
  }

  remove(id: number): void {
    const number = this.#table.ids.slot(id)
    this.#live(number, 0)
    this.#table.scopes.release(this.scopeOf(number))
    this.#vouches.setInt(number, ID, 0)
    this.#numbers.giveBack(number)
    this.#mine.delete(number)
  }

  /** @param id  The number of its own id, whose slot says from here on which revocation it is. */
  putRevocation(id: number, revocation: Revocation): void {
    const named = this.#named.take(revocation.vouch)
    const number = this.#revocationNumbers.take()
    const revocations = this.#revocations
    revocations.setDouble(number, REVOKED_MS, revocation.issuedAtMs)
    revocations.setInt(number, REVOKER, this.#register.meet(revocation.issuer))
    revocations.setInt(number, REVOKED_SUBJECT, this.#register.meet(revocation.subject))
    revocations.setInt(number, NAMED, named)
    revocations.setInt(number, NEXT, this.#named.slot(named))
    this.#named.setSlot(named, number + 1)
    this.#table.ids.setSlot(id, number)
    this.judgeRevocationAgain(id, revocation)
  }

  /** T3: by a key that counts. */
  judgeRevocationAgain(id: number, { key, sequence, vouch }: Revocation): void {
    const number = this.#table.ids.slot(id)
    const by = this.#register.branchesByKey(this.#revocations.int(number, REVOKER), key, sequence)
    this.#revocations.setInt(number, COUNTS, by === 0 ? 0 : 1)
    this.#revocationChanged(vouch)
  }

  removeRevocation(id: number, { vouch }: Revocation): void {
    const number = this.#table.ids.slot(id)
    const revocations = this.#revocations
    const [named, next] = [revocations.int(number, NAMED), revocations.int(number, NEXT)]
    let before = this.#named.slot(named) - 1
    if (before === number) this.#named.setSlot(named, next)
    else {
      while (revocations.int(before, NEXT) - 1 !== number)
        before = revocations.int(before, NEXT) - 1
      revocations.setInt(before, NEXT, next)
    }
    if (this.#named.slot(named) === 0) this.#named.delete(named)
    this.#revocationNumbers.giveBack(number)
    this.#revocationChanged(vouch)
  }

  /** T6: whether a vouch of the viewer's own counts now. */
  hasOwn(nowMs: number): boolean {
    for (const number of this.#mine) {
      if (this.livesOf(number).some(({ beginMs, endMs }) => beginMs <= nowMs && endMs > nowMs)) {
        return true
      }
    }
    return false
  }

  /** For each pair of nodes between which it counts: a life. */
  livesOf(number: number): readonly VouchLife[] {
    const live = (this.#vouches.int(number, BITS) >>> LIVE_SHIFT) & LIVE_BITS
    if (live === 0) return NOTHING
    const beginMs = this.#vouches.double(number, ISSUED_MS) - CLOCK_SKEW_LIMIT_MS
    const endMs = this.#endOf(number)
    const level = this.#vouches.int(number, LEVEL)
    return this.#pairs(number, live).map(({ vouch, from, to }) => ({
      vouch,
      from,
      to,
      level,
      beginMs,
      endMs,
    }))
  }

  #judge(number: number, { key, sequence, inception }: Vouch): void {
    const [issuer, subject] = [this.issuerOf(number), this.subjectOf(number)]
    const by = this.#register.branchesByKey(issuer, key, sequence)
    const named = this.#register.branchByInception(subject, inception)
    const told = this.#vouches.int(number, BITS) & (LIVE_BITS << LIVE_SHIFT)
    this.#vouches.setInt(number, BITS, told | by | (named << NAMED_SHIFT))
    this.#live(number, this.#liveOf(number))
  }

  #revocationChanged(vouch: RecordId): void {
    const id = this.#table.ids.numberOf(vouch)
    if (id === NO_ID) return
    const number = this.#table.ids.slot(id)
    // What carries that id may be a record of another kind.
    if (this.#vouches.int(number, ID) === id + 1) this.#live(number, this.#liveOf(number))
  }

  #live(number: number, live: number): void {
    const bits = this.#vouches.int(number, BITS)
    const before = (bits >>> LIVE_SHIFT) & LIVE_BITS
    this.#vouches.setInt(number, BITS, (bits & ~(LIVE_BITS << LIVE_SHIFT)) | (live << LIVE_SHIFT))
    if (before === 0 && live === 0) return
    this.#tell(number, this.scopeOf(number), this.#pairs(number, before), this.livesOf(number))
  }

  /** The pairs of branches for which it counts, a bit for each. */
  #liveOf(number: number): number {
    const bits = this.#vouches.int(number, BITS)
    const [issuer, subject] = [this.issuerOf(number), this.subjectOf(number)]
    const by: BranchMask = bits & BRANCH_BITS
    const named: BranchMask = (bits >>> NAMED_SHIFT) & BRANCH_BITS
    if (by === 0 || named === 0) return 0
    // T2 and T3: from its issue on, until it expires or is taken back, give or take an honest clock.
    const beginMs = this.#vouches.double(number, ISSUED_MS) - CLOCK_SKEW_LIMIT_MS
    if (this.#endOf(number) <= beginMs) return 0
    const from = issuer === this.#viewer ? FIRST_BRANCH : this.#register.present(issuer, by)
    const to = this.#register.present(subject, named)
    return ((from & FIRST_BRANCH) === 0 ? 0 : to) | ((from & SECOND_BRANCH) === 0 ? 0 : to << 2)
  }

  #pairs(number: number, live: number): readonly VouchPair[] {
    if (live === 0) return NOTHING
    const pairs: VouchPair[] = []
    for (const [at, tail] of BRANCHES.entries()) {
      for (const [step, head] of BRANCHES.entries()) {
        const pair = at * 2 + step
        if ((live & (1 << pair)) === 0) continue
        pairs.push({
          vouch: number * PAIRS_OF_VOUCH + pair,
          from: this.#register.nodeOn(this.issuerOf(number), tail),
          to: this.#register.nodeOn(this.subjectOf(number), head),
        })
      }
    }
    return pairs
  }

  #endOf(number: number): number {
    const expiresAtMs = this.#vouches.double(number, EXPIRES_MS)
    if (this.#named.size === 0) return expiresAtMs
    const id = this.#vouches.int(number, ID) - 1
    const named = this.#named.numberOfOther(this.#table.ids, id)
    if (named === NO_ID) return expiresAtMs
    let earliest = Number.POSITIVE_INFINITY
    const revocations = this.#revocations
    for (let at = this.#named.slot(named) - 1; at >= 0; at = revocations.int(at, NEXT) - 1) {
      // T3: only its own issuer, about its own subject, takes a vouch back; by a key that counts.
      if (revocations.int(at, COUNTS) === 0) continue
      if (revocations.int(at, REVOKER) !== this.issuerOf(number)) continue
      if (revocations.int(at, REVOKED_SUBJECT) !== this.subjectOf(number)) continue
      earliest = Math.min(earliest, revocations.double(at, REVOKED_MS))
    }
    return Math.min(expiresAtMs, earliest - CLOCK_SKEW_LIMIT_MS)
  }
}

const NOTHING: readonly never[] = []
