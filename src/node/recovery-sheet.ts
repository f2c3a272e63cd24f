/**
 * The recovery sheet: one secret on paper, from which every rotation and recovery key follows.
 *
 * 32 random bytes in base32, in groups of four, with a checksum of 20 bits: short enough to copy by
 * hand, and a slip of the pen is noticed. Which key is due follows from the key log alone, so one
 * sheet lasts for all rotations and recoveries, and a key that was revealed once never comes again.
 * Of a cold root the genesis key follows from it too. Only hashes of public halves are published.
 * Specification: docs/spec/identity-files.md, "The recovery sheet".
 */
import { hkdfSync } from 'node:crypto'
import { base32 } from 'multiformats/bases/base32'
import { concatBytes, textBytes } from '../base/bytes.ts'
import { SEED_BYTES } from '../crypto/ed25519.ts'
import { sha256 } from '../crypto/hash.ts'
import { DID_PREFIX, didOf, isDid, type Did } from '../identity/did.ts'
import { nativeSigner } from './native-crypto.ts'

const GROUP_CHARS = 4
const CHECK_CHARS = 4
const SECRET_CHARS = 52
/** Longer than any sheet, and than any text that somebody made of one. */
export const SHEET_LIMIT_CHARS = 4_096

const DERIVATION = 'aip:recovery-sheet:v1'

/** What a sheet says. `did` is missing where only the secret was typed. */
export interface RecoverySheet {
  readonly secret: Uint8Array
  readonly did: Did | undefined
}

/** The seed of the key that installs `k<generation>.<rotation>`; rotations count from 1. */
export function rotationSeed(secret: Uint8Array, generation: number, rotation: number): Uint8Array {
  return derived(secret, 'rotation', generation, rotation)
}

/** The seed of the key that begins this generation, from 1, or ends the identity before it. */
export function recoverySeed(secret: Uint8Array, generation: number): Uint8Array {
  return derived(secret, 'recovery', generation, 0)
}

/** The seed of the genesis key of a cold root. */
export function genesisSeed(secret: Uint8Array): Uint8Array {
  return derived(secret, 'genesis', 0, 0)
}

/** HKDF-SHA-256, RFC 5869. */
function derived(secret: Uint8Array, use: string, first: number, second: number): Uint8Array {
  if (secret.length !== SEED_BYTES) throw new RangeError(`a secret is ${SEED_BYTES} bytes`)
  const numbers = new Uint8Array(8)
  new DataView(numbers.buffer).setUint32(0, first)
  new DataView(numbers.buffer).setUint32(4, second)
  const about = concatBytes(textBytes(use), Uint8Array.of(0), numbers)
  return new Uint8Array(hkdfSync('sha256', secret, textBytes(DERIVATION), about, SEED_BYTES))
}

function checkOf(secret: Uint8Array): string {
  const hash = sha256(concatBytes(textBytes(`${DERIVATION}:check`), Uint8Array.of(0), secret))
  return base32.baseEncode(hash).slice(0, CHECK_CHARS)
}

/** `abcd-efgh-…`: fourteen groups of four. */
export function sheetText(secret: Uint8Array): string {
  if (secret.length !== SEED_BYTES) throw new RangeError(`a secret is ${SEED_BYTES} bytes`)
  const text = base32.baseEncode(secret) + checkOf(secret)
  return (text.match(new RegExp(`.{${GROUP_CHARS}}`, 'g')) ?? []).join('-')
}

/** The whole sheet, for a file or a printer. */
export function sheetPage(sheet: {
  readonly did: Did
  readonly secret: Uint8Array
  readonly hasColdRoot: boolean
}): string {
  return `aip-node recovery sheet, version 1

did     ${sheet.did}
root    ${sheet.hasColdRoot ? 'cold' : 'hot'}
secret  ${sheetText(sheet.secret)}

Keep this on paper, away from the machine, and nowhere else. Whoever reads it
can take the identity over; whoever loses it cannot rotate or recover any more.
It stays good for every rotation and recovery: never replace it.
`
}

/**
 * The sheet that a text holds: a whole page, or the secret alone in capitals, lines or with spaces.
 *
 * @returns why it is none, as the end of a sentence, when it is none.
 */
export function parseSheet(text: string): RecoverySheet | string {
  if (text.length > SHEET_LIMIT_CHARS) return 'it is too long'
  const lines = text.split(/\r?\n/)
  if (!lines.some((line) => /^\s*(?:did|root|secret)\s/i.test(line))) return parseSecret(text)
  const valueOf = (name: string): string | undefined =>
    lines.map((line) => new RegExp(`^\\s*${name}\\s+(.*)$`, 'i').exec(line)?.[1]).find(Boolean)
  const parsed = parseSecret(valueOf('secret') ?? '')
  if (typeof parsed === 'string') return parsed
  const did = valueOf('did')?.trim().toLowerCase()
  if (did === undefined || !isDid(did)) return `its DID is not "${DID_PREFIX}" and 32 hex digits`
  if (valueOf('root')?.trim().toLowerCase() !== 'cold') return { ...parsed, did }
  // The name of a cold root follows from the secret, so a slip in it is noticed too.
  const named = didOf(nativeSigner(genesisSeed(parsed.secret)).publicKey)
  return named === did ? { ...parsed, did } : 'its DID and its secret do not belong together'
}

function parseSecret(text: string): RecoverySheet | string {
  const plain = text.toLowerCase().replaceAll(/[\s-]/g, '')
  if (!/^[a-z2-7]+$/.test(plain) || plain.length !== SECRET_CHARS + CHECK_CHARS) {
    return 'its secret is not fourteen groups of four letters and digits'
  }
  let secret: Uint8Array
  try {
    secret = base32.baseDecode(plain.slice(0, SECRET_CHARS))
  } catch {
    return 'its secret was not copied rightly'
  }
  return checkOf(secret) === plain.slice(SECRET_CHARS)
    ? { secret, did: undefined }
    : 'its secret was not copied rightly'
}
