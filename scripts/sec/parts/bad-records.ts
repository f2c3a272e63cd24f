/** Records that must not be stored, by kind: each is sound but for the one thing its kind says. */
import { concatBytes } from '../../../src/base/bytes.ts'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { networkMessage, type NetworkDomain } from '../../../src/crypto/domain.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import type { Did } from '../../../src/identity/did.ts'
import type { AipRecord, Vouch } from '../../../src/records/record.ts'
import { encodeUnsigned, withSignature } from '../../../src/records/wire.ts'
import { keyNamed, restlessSigner } from '../../../test/support/identity.ts'
import { persona } from '../../../test/support/hostile.ts'

export const RECORD_KINDS = [
  'forged',
  'expired',
  'replayed',
  'oversized',
  'duplicate',
  'future',
  'wrong-domain',
  'wrong-network',
  'non-canonical',
  'wrong-author-key',
] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** Nothing is wrong with it: the node stores it, or has that very record and keeps the bytes that it has. */
export const TAKEN = 'taken'

/** What the node must answer. */
export const ANSWER_TO: Readonly<Record<RecordKind, string>> = {
  forged: 'record/signature-invalid',
  expired: 'record/expired',
  replayed: TAKEN,
  oversized: 'record/too-large',
  duplicate: TAKEN,
  future: 'record/from-future',
  'wrong-domain': 'record/signature-invalid',
  'wrong-network': 'record/signature-invalid',
  'non-canonical': 'record/malformed',
  'wrong-author-key': 'record/key-unknown',
}

/** Authors of all records: many, so that no lane of any of them is full. */
const AUTHORS_COUNT = 500
/** Signing the same body anew is slow: so many different ones are made. */
const RESIGNED_COUNT = 200

interface Author {
  readonly did: Did
  readonly signer: Signer
}

function authorOf(at: number): Author {
  return persona(`author ${at % AUTHORS_COUNT}`)
}

interface Signed {
  readonly domain?: NetworkDomain
  readonly network?: string
  readonly by?: Signer
}

export class RecordMaker {
  readonly #nowMs: number
  readonly #subject = persona('subject')
  readonly #owner = persona('owner').did
  #sequence: number

  constructor(nowMs: number) {
    this.#nowMs = nowMs
    this.#sequence = nowMs
  }

  /** A sound vouch. */
  sound(at: number): Uint8Array {
    return this.#sealed(this.#vouch({ scope: scopeOf(at) }), authorOf(at), {})
  }

  /** @param held  a record that the node stores already. */
  bad(kind: RecordKind, at: number, held: Uint8Array): Uint8Array {
    const author = authorOf(at)
    switch (kind) {
      case 'forged':
        return this.#sealed(this.#vouch({}), author, { by: keyNamed('stranger') })
      case 'expired':
        return this.#sealed(this.#vouch({ issuedAtMs: this.#nowMs - 400 * DAY_MS }), author, {})
      case 'replayed':
        return this.resigned(at)
      case 'oversized':
        return this.#sealed(this.#vouch({ statement: '\u{1f600}'.repeat(280) }), author, {})
      case 'duplicate':
        return held
      case 'future':
        return this.#sealed(this.#vouch({ issuedAtMs: this.#nowMs + HOUR_MS }), author, {})
      case 'wrong-domain':
        return this.#sealed(this.#vouch({}), author, { domain: 'aip:document:v1' })
      case 'wrong-network':
        return this.#sealed(this.#vouch({}), author, { network: 'elsewhere' })
      case 'non-canonical':
        return concatBytes(
          this.#sealed(this.#vouch({}), author, {}).subarray(0, -1),
          Uint8Array.of(0x18, at % 24),
        )
      case 'wrong-author-key':
        return this.#sealed(this.#vouch({}), { did: this.#owner, signer: author.signer }, {})
    }
  }

  /** One of few bodies, soundly signed each time in another way. */
  resigned(at: number, salt = String(at % RESIGNED_COUNT)): Uint8Array {
    const author = authorOf(at % RESIGNED_COUNT)
    const claim = this.#vouch({
      scope: `replay.${at % RESIGNED_COUNT}`,
      issuedAtMs: this.#nowMs - HOUR_MS,
      sequence: this.#nowMs - HOUR_MS,
    })
    const name = `author ${at % RESIGNED_COUNT}`
    return this.#sealed(claim, author, { by: restlessSigner(name, salt) })
  }

  #vouch(change: Partial<Vouch>): Omit<Vouch, 'issuer' | 'key'> {
    const issuedAtMs = change.issuedAtMs ?? this.#nowMs
    return {
      type: 'vouch',
      sequence: ++this.#sequence,
      issuedAtMs,
      expiresAtMs: issuedAtMs + 90 * DAY_MS,
      subject: this.#subject.did,
      inception: this.#subject.log.inception,
      scope: 'general',
      level: 800,
      ...change,
    }
  }

  #sealed(claim: Omit<Vouch, 'issuer' | 'key'>, author: Author, signed: Signed): Uint8Array {
    const { domain = 'aip:record:v1', network = 'local', by = author.signer } = signed
    const record: AipRecord = { ...claim, issuer: author.did, key: author.signer.publicKey }
    const unsigned = encodeUnsigned(record)
    return withSignature(unsigned, record.type, by.sign(networkMessage(domain, network, unsigned)))
  }
}

function scopeOf(at: number): string {
  return `sound.${at}`
}
