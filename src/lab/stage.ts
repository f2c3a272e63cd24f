/**
 * A made-up mesh for attacks: agents with names, what they sign, and views of it. Records are as the
 * scorer takes them, after their verification; keys and ids follow from names, so that one scenario
 * is the same everywhere.
 */
import { textBytes, toHex } from '../base/bytes.ts'
import { DAY_MS, HOUR_MS } from '../base/units.ts'
import { sha256, sha256Hex } from '../crypto/hash.ts'
import { didOf, type Did } from '../identity/did.ts'
import { placeOfEpoch, type Epoch } from '../identity/key-place.ts'
import type { AipRecord, Outcome } from '../records/record.ts'
import { GENERAL_SCOPE, type EvidenceRecord, type KnownIdentity } from '../trust/context.ts'
import { referencePath, type ReferenceVouch } from '../trust/reference/trust-path.ts'
import type { Score } from '../trust/score.ts'
import { View } from '../trust/view.ts'

/** From whose place everything is seen. */
export const ME = 'me'
/** Before any of the story; the moment from which days are counted. */
const BEGIN_MS = Date.UTC(2026, 0, 1)
const LIFETIME_DAYS = 366
/** From a promise to what came of it. */
const SEEN_LATER_DAYS = 0.25
const TEN = { kind: 'count', count: 10 } as const

interface Person {
  readonly did: Did
  readonly key: Uint8Array
  readonly inception: Uint8Array
  readonly identity: KnownIdentity
}

type Body = { readonly type: AipRecord['type'] } & Readonly<Record<string, unknown>>

export interface ViewPart {
  /** Which records there are; all when left out. */
  readonly only?: (one: EvidenceRecord) => boolean
  /** The last came first. */
  readonly isReversed?: boolean
}

export class Stage {
  readonly #people = new Map<string, Person>()
  readonly #names = new Map<Did, string>()
  readonly #records: EvidenceRecord[] = []
  #sequence = 0

  get recordCount(): number {
    return this.#records.length
  }

  did(name: string): Did {
    return this.#person(name).did
  }

  /** A vouch made on a day, in thousandths. */
  vouch(from: string, to: string, day = 0, level = 1_000): EvidenceRecord {
    const { did: subject, inception } = this.#person(to)
    return this.#sign(from, day, { type: 'vouch', subject, inception, scope: GENERAL_SCOPE, level })
  }

  /** Takes a vouch back. */
  revoke(from: string, { id, record }: EvidenceRecord, day: number): void {
    if (record.type !== 'vouch') throw new TypeError('only a vouch is taken back')
    this.#sign(from, day, { type: 'revocation', vouch: id, subject: record.subject })
  }

  /** Ten things promised to `from` on a day, and so many of them delivered, says `from`. */
  settle(from: string, about: string, delivered: number, day: number): void {
    const { id } = this.#sign(about, day, {
      type: 'promise',
      delegator: this.did(from),
      scope: GENERAL_SCOPE,
      work: TEN,
      deadlineMs: atDay(day) + HOUR_MS,
    })
    // Seen after the deadline: before it, what is not done yet proves nothing.
    this.#observe(from, about, day, [{ ...outcomeOf(delivered, day), promise: id }])
  }

  /** Says what nobody promised: so many outcomes in one record. */
  claim(from: string, about: string, delivered: number, day: number, count = 10): void {
    this.#observe(
      from,
      about,
      day,
      Array.from({ length: count }, () => outcomeOf(delivered, day)),
    )
  }

  /** Its key is given up as stolen: nothing that it signed counts. What it signs from now on is by a new one. */
  stolen(name: string): void {
    const { key, did, inception } = this.#person(name)
    const next = sha256(textBytes(`next key of ${name}`))
    const epochs: readonly Epoch[] = [
      {
        generation: 0,
        rotation: 0,
        key,
        keyHex: toHex(key),
        retired: { compromised: true, reach: undefined },
      },
      { generation: 0, rotation: 1, key: next, keyHex: toHex(next) },
    ]
    this.#people.set(name, { key: next, did, inception, identity: identityOf(inception, epochs) })
  }

  /** Whether a record got to one side of a mesh that was cut after a day: what came before, and its own. */
  reaches({ record }: EvidenceRecord, side: string, cutDay: number): boolean {
    if (record.issuedAtMs <= atDay(cutDay)) return true
    const own = this.did(side)
    return record.issuer === own || (record.type === 'promise' && record.delegator === own)
  }

  /** How all of it, or a part, looks from my place at the end of a day. */
  view(day: number, { only = () => true, isReversed = false }: ViewPart = {}): Seen {
    const nowMs = atDay(day) + 12 * HOUR_MS
    const held = this.#records.filter((one) => one.record.issuedAtMs <= nowMs && only(one))
    const records = isReversed ? held.toReversed() : held
    const viewer = this.did(ME)
    const byDid = new Map([...this.#people.values()].map((one) => [one.did, one.identity]))
    const view = View.of(records, {
      viewer,
      nowMs,
      profile: 'strict',
      identityOf: (did) => byDid.get(did),
      pins: new Map(),
      introducers: [],
      privateOutcomes: [],
    })
    return new Seen(this, view, viewer, records)
  }

  #observe(from: string, about: string, day: number, outcomes: readonly Outcome[]): void {
    this.#sign(from, day + SEEN_LATER_DAYS, {
      type: 'observation',
      subject: this.did(about),
      outcomes,
    })
  }

  #sign(from: string, day: number, body: Body): EvidenceRecord {
    const { did: issuer, key } = this.#person(from)
    const issuedAtMs = atDay(day)
    const sequence = ++this.#sequence
    const envelope = {
      issuer,
      key,
      sequence,
      issuedAtMs,
      expiresAtMs: issuedAtMs + LIFETIME_DAYS * DAY_MS,
    }
    // The body is of its type: every caller is in this class.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const record = { ...envelope, ...body } as unknown as AipRecord
    const one = { id: sha256Hex(textBytes(`${issuer} ${sequence} ${body.type}`)), record }
    this.#records.push(one)
    return one
  }

  #person(name: string): Person {
    const known = this.#people.get(name)
    if (known !== undefined) return known
    const key = sha256(textBytes(`key of ${name}`))
    const inception = sha256(textBytes(`inception of ${name}`))
    const epoch: Epoch = { generation: 0, rotation: 0, key, keyHex: toHex(key) }
    const did = didOf(key)
    const made = { did, key, inception, identity: identityOf(inception, [epoch]) }
    this.#people.set(name, made)
    this.#names.set(did, name)
    return made
  }
}

/** One view, and the reference's answers to the same questions. */
export class Seen {
  readonly #stage: Stage
  readonly #view: View
  readonly #viewer: Did
  readonly #vouches: readonly ReferenceVouch[]

  constructor(stage: Stage, view: View, viewer: Did, records: readonly EvidenceRecord[]) {
    this.#stage = stage
    this.#view = view
    this.#viewer = viewer
    const revoked = new Set(
      records.flatMap(({ record }) => (record.type === 'revocation' ? [record.vouch] : [])),
    )
    this.#vouches = records.flatMap(({ id, record }) =>
      record.type === 'vouch' && !revoked.has(id)
        ? [{ from: record.issuer, to: record.subject, scope: record.scope }]
        : [],
    )
  }

  /** Of the records: two nodes with one digest hold the same. */
  get digest(): string {
    return this.#view.digest
  }

  score(name: string): Score {
    return this.#view.score(this.#stage.did(name), GENERAL_SCOPE)
  }

  /** What the explanation says of its latest outcomes against the rest; `none` without enough of them. */
  drift(name: string): string {
    return this.#view.explain(this.#stage.did(name), GENERAL_SCOPE).drift?.severity ?? 'none'
  }

  standing(name: string): number {
    return this.#view.standing(this.#stage.did(name), GENERAL_SCOPE)
  }

  /** 0.8 for each hop of the shortest way, over the same vouches; 0 without one. */
  reference(name: string): number {
    const ask = { from: this.#viewer, to: this.#stage.did(name), scope: GENERAL_SCOPE }
    return referencePath(this.#vouches, ask).score
  }
}

function atDay(day: number): number {
  return BEGIN_MS + Math.round(day * DAY_MS)
}

function outcomeOf(delivered: number, day: number): Outcome {
  return {
    scope: GENERAL_SCOPE,
    promised: TEN,
    delivered: { kind: 'count', count: delivered },
    clarity: 0,
    observedAtMs: atDay(day + SEEN_LATER_DAYS),
  }
}

function identityOf(inception: Uint8Array, epochs: readonly Epoch[]): KnownIdentity {
  return {
    branches: [{ inception, epochs }],
    place: (keyHex) => {
      const epoch = epochs.find((one) => one.keyHex === keyHex)
      return epoch === undefined ? undefined : placeOfEpoch(epoch)
    },
  }
}
