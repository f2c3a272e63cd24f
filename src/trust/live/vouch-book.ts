/**
 * Every vouch that the node holds, judged by the key logs and revocations of the moment: between which
 * nodes it counts, from when and until when.
 *
 * What time changes is no concern of the book: a life has a begin and an end, and the ledgers of the
 * scopes follow the clock. Specification: docs/spec/scoring.md, T1 to T5.
 */
import type { RecordId, Revocation, Vouch } from '../../records/record.ts'
import type { VouchLife } from '../engine/vouch-ledger.ts'
import { goesBefore } from '../precedence.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../sift.ts'
import { Numbers } from './numbers.ts'
import type { Register } from './register.ts'

/** Each pair of branches of the two names has a number of its own: at most four of a vouch. */
const PAIRS_OF_VOUCH = 4

export interface BookedVouch {
  readonly id: RecordId
  readonly vouch: Vouch
  /** For each pair of nodes between which it counts. */
  readonly lives: readonly VouchLife[]
}

interface Entry extends BookedVouch {
  readonly number: number
  lives: readonly VouchLife[]
}

/** Told what no longer counts and what does instead. */
export type VouchWatcher = (
  vouch: Vouch,
  before: readonly VouchLife[],
  after: readonly VouchLife[],
) => void

export class VouchBook {
  readonly #register: Register
  readonly #viewer: Vouch['issuer']
  readonly #tell: VouchWatcher
  readonly #numbers = new Numbers()
  /** By number. */
  readonly #entries: (Entry | undefined)[] = []
  readonly #byId = new Map<RecordId, Entry>()
  readonly #revocationsOf = new Map<RecordId, Map<RecordId, Revocation>>()
  /** The viewer's own. */
  readonly #mine = new Set<Entry>()

  constructor(register: Register, viewer: Vouch['issuer'], tell: VouchWatcher) {
    this.#register = register
    this.#viewer = viewer
    this.#tell = tell
  }

  /** Numbers of lives for each number of a vouch. */
  readonly livesOfVouch = PAIRS_OF_VOUCH

  /** How many numbers have been in use: those from 0 on below it. */
  get end(): number {
    return this.#entries.length
  }

  at(number: number): BookedVouch | undefined {
    return this.#entries[number]
  }

  /** The vouch that a life belongs to. */
  ofLife(vouch: number): BookedVouch | undefined {
    return this.#entries[Math.floor(vouch / PAIRS_OF_VOUCH)]
  }

  /** T5, between two lives of one pair. */
  readonly goesBefore = (a: number, b: number): boolean => {
    const [one, two] = [this.ofLife(a), this.ofLife(b)]
    return one !== undefined && two !== undefined && goesBefore(one, two)
  }

  put(id: RecordId, vouch: Vouch): void {
    const entry: Entry = { id, vouch, number: this.#numbers.take(), lives: [] }
    this.#entries[entry.number] = entry
    this.#byId.set(id, entry)
    if (vouch.issuer === this.#viewer) this.#mine.add(entry)
    this.#judge(entry)
  }

  remove(id: RecordId): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    this.#live(entry, [])
    this.#entries[entry.number] = undefined
    this.#numbers.giveBack(entry.number)
    this.#byId.delete(id)
    this.#mine.delete(entry)
  }

  putRevocation(id: RecordId, revocation: Revocation): void {
    const known = this.#revocationsOf.get(revocation.vouch)
    if (known === undefined) this.#revocationsOf.set(revocation.vouch, new Map([[id, revocation]]))
    else known.set(id, revocation)
    this.judgeAgain(revocation.vouch)
  }

  removeRevocation(id: RecordId, { vouch }: Revocation): void {
    const known = this.#revocationsOf.get(vouch)
    known?.delete(id)
    if (known?.size === 0) this.#revocationsOf.delete(vouch)
    this.judgeAgain(vouch)
  }

  /** What a changed key log may have changed. */
  judgeAgain(id: RecordId): void {
    const entry = this.#byId.get(id)
    if (entry !== undefined) this.#judge(entry)
  }

  /** T6: whether a vouch of the viewer's own counts now. */
  hasOwn(nowMs: number): boolean {
    for (const { lives } of this.#mine) {
      if (lives.some(({ beginMs, endMs }) => beginMs <= nowMs && endMs > nowMs)) return true
    }
    return false
  }

  #judge(entry: Entry): void {
    this.#live(entry, this.#livesOf(entry))
  }

  #live(entry: Entry, lives: readonly VouchLife[]): void {
    const before = entry.lives
    entry.lives = lives
    if (before.length > 0 || lives.length > 0) this.#tell(entry.vouch, before, lives)
  }

  #livesOf({ id, vouch, number }: Entry): readonly VouchLife[] {
    const issuer = this.#register.meet(vouch.issuer)
    const by = issuer.judgeKey(vouch.key, vouch.sequence)
    const subject = this.#register.meet(vouch.subject)
    const named = subject.judgeInception(vouch.inception)
    if (!('branches' in by) || !('branches' in named)) return []
    // T2 and T3: from its issue on, until it expires or is taken back, give or take an honest clock.
    const beginMs = vouch.issuedAtMs - CLOCK_SKEW_LIMIT_MS
    const endMs = Math.min(vouch.expiresAtMs, this.#revokedFromMs(id, vouch))
    if (endMs <= beginMs) return []
    const isMine = vouch.issuer === this.#viewer
    const from = isMine
      ? this.#register.nodesOf(vouch.issuer).slice(0, 1)
      : this.#register.nodesOn(vouch.issuer, by.branches)
    const to = this.#register.nodesOn(vouch.subject, named.branches)
    const { level } = vouch
    return from.flatMap((tail, at) =>
      to.map((head, step) => ({
        vouch: number * PAIRS_OF_VOUCH + at * 2 + step,
        from: tail,
        to: head,
        level,
        beginMs,
        endMs,
      })),
    )
  }

  #revokedFromMs(id: RecordId, vouch: Vouch): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const revocation of this.#revocationsOf.get(id)?.values() ?? []) {
      // T3: only its own issuer, about its own subject, takes a vouch back; by a key that counts.
      if (revocation.issuer !== vouch.issuer || revocation.subject !== vouch.subject) continue
      const by = this.#register
        .meet(revocation.issuer)
        .judgeKey(revocation.key, revocation.sequence)
      if ('branches' in by) earliest = Math.min(earliest, revocation.issuedAtMs)
    }
    return earliest - CLOCK_SKEW_LIMIT_MS
  }
}
