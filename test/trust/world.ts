/** A small world for the tests of trust: named agents, what they sign, and one viewer's view of it. */
import { toHex } from '../../src/base/bytes.ts'
import { DAY_MS, HOUR_MS } from '../../src/base/units.ts'
import { sha256, sha256Hex } from '../../src/crypto/hash.ts'
import { textBytes } from '../../src/base/bytes.ts'
import { didOf } from '../../src/identity/did.ts'
import type { Did } from '../../src/identity/did.ts'
import { placeOfEpoch } from '../../src/identity/key-place.ts'
import type { Epoch } from '../../src/identity/key-place.ts'
import type {
  AipRecord,
  Outcome,
  RecordId,
  Revocation,
  Undertaking,
  Vouch,
} from '../../src/records/record.ts'
import type { EvidenceRecord, KnownIdentity, TrustContext } from '../../src/trust/context.ts'
import { View } from '../../src/trust/view.ts'

export const NOW_MS = Date.UTC(2026, 10, 23, 18)
export const ISSUED_MS = NOW_MS - 10 * DAY_MS
export const EXPIRES_MS = NOW_MS + 80 * DAY_MS

export function keyOf(name: string): Uint8Array {
  return sha256(textBytes(`key of ${name}`))
}

export function did(name: string): Did {
  return didOf(keyOf(name))
}

export function inceptionOf(name: string): Uint8Array {
  return sha256(textBytes(`inception of ${name}`))
}

export function epochOf(name: string, retired?: Epoch['retired']): Epoch {
  const key = keyOf(name)
  const epoch = { generation: 0, rotation: 0, key, keyHex: toHex(key) }
  return retired === undefined ? epoch : { ...epoch, retired }
}

/** An identity of one branch with these keys, the first of them `name`'s own. */
export function identity(name: string, epochs: readonly Epoch[] = [epochOf(name)]): KnownIdentity {
  return {
    branches: [{ inception: inceptionOf(name), epochs }],
    place: (keyHex) => {
      const epoch = epochs.find((one) => one.keyHex === keyHex)
      return epoch === undefined ? undefined : placeOfEpoch(epoch)
    },
  }
}

export function idOf(record: AipRecord): RecordId {
  return sha256Hex(
    textBytes(
      JSON.stringify(record, (_, value: unknown) =>
        value instanceof Uint8Array ? toHex(value) : value,
      ),
    ),
  )
}

export const COUNT_TEN = { kind: 'count', count: 10 } as const

/** Ten promised, some delivered. */
export function outcome(delivered: number, changes: Partial<Outcome> = {}): Outcome {
  return {
    scope: 'review',
    promised: COUNT_TEN,
    delivered: { kind: 'count', count: delivered },
    clarity: 0,
    observedAtMs: NOW_MS - HOUR_MS,
    ...changes,
  }
}

export class World {
  readonly records: EvidenceRecord[] = []
  readonly identities = new Map<Did, KnownIdentity>()
  #sequence = 0

  #envelope(name: string) {
    const own = did(name)
    if (!this.identities.has(own)) this.identities.set(own, identity(name))
    return {
      issuer: own,
      key: keyOf(name),
      sequence: ++this.#sequence,
      issuedAtMs: ISSUED_MS,
      expiresAtMs: EXPIRES_MS,
    }
  }

  know(...names: readonly string[]): this {
    for (const name of names) this.#envelope(name)
    return this
  }

  add<Kind extends AipRecord>(record: Kind): Kind & { readonly id: RecordId } {
    const id = idOf(record)
    this.records.push({ id, record })
    return { ...record, id }
  }

  vouch(from: string, to: string, level = 1000, changes: Partial<Vouch> = {}) {
    this.know(to)
    return this.add<Vouch>({
      ...this.#envelope(from),
      type: 'vouch',
      subject: did(to),
      inception: inceptionOf(to),
      scope: 'general',
      level,
      ...changes,
    })
  }

  revoke(
    vouch: { readonly id: RecordId },
    from: string,
    about: string,
    changes: Partial<Revocation> = {},
  ) {
    return this.add<Revocation>({
      ...this.#envelope(from),
      type: 'revocation',
      vouch: vouch.id,
      subject: did(about),
      ...changes,
    })
  }

  promise(from: string, to: string, changes: Partial<Undertaking> = {}) {
    return this.add<Undertaking>({
      ...this.#envelope(from),
      type: 'promise',
      delegator: did(to),
      scope: 'review',
      work: COUNT_TEN,
      deadlineMs: NOW_MS - 2 * HOUR_MS,
      ...changes,
    })
  }

  observe(from: string, about: string, outcomes: readonly Outcome[], changes = {}) {
    return this.add({
      ...this.#envelope(from),
      type: 'observation',
      subject: did(about),
      outcomes,
      ...changes,
    })
  }

  /** An outcome that settles a promise of the subject: the plainest piece of evidence. */
  settle(from: string, about: string, delivered: number, changes: Partial<Outcome> = {}) {
    const promise = this.promise(about, from)
    return this.observe(from, about, [outcome(delivered, { promise: promise.id, ...changes })])
  }

  context(changes: Partial<TrustContext> = {}): TrustContext {
    return {
      viewer: did('me'),
      nowMs: NOW_MS,
      profile: 'strict',
      identityOf: (one) => this.identities.get(one),
      pins: new Map(),
      introducers: [],
      privateOutcomes: [],
      ...changes,
    }
  }

  view(changes: Partial<TrustContext> = {}): View {
    this.know('me')
    return View.of(this.records, this.context(changes))
  }
}
