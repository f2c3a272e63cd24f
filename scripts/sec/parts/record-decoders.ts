/** What each way to read a record says of the same bytes: the project's own, and the second decoder. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { concatBytes, fromHex } from '../../../src/base/bytes.ts'
import { SECOND_MS } from '../../../src/base/units.ts'
import { SignatureProof, portableVerifier, type Verifier } from '../../../src/crypto/ed25519.ts'
import { didFromBytes } from '../../../src/identity/did.ts'
import { nativeVerifier, nativeSha256 } from '../../../src/node/native-crypto.ts'
import { RecordError } from '../../../src/records/error.ts'
import { outlineOf, readOutline } from '../../../src/records/outline.ts'
import { Candidate, judgeTime } from '../../../src/records/verified.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const SECOND_DECODER = join(ROOT, 'scripts/second-decoder/decode.py')
const SECOND_LIMIT_MS = 60 * SECOND_MS

const Hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
const Vectors = z.strictObject({
  about: z.string(),
  network: z.string(),
  now: z.int(),
  records: z.array(z.strictObject({ name: z.string(), bytes: Hex, fault: z.string().nullable() })),
})
const Verdicts = z.array(
  z.union([
    z.strictObject({ fault: z.string() }),
    z.strictObject({ id: Hex, type: z.string(), issuer: Hex }),
  ]),
)

export type RecordVectors = z.infer<typeof Vectors>
export type Verdict = z.infer<typeof Verdicts>[number]

/** The cases of test/vectors/records.json. */
export function recordVectors(): RecordVectors {
  return Vectors.parse(JSON.parse(readFileSync(join(ROOT, 'test/vectors/records.json'), 'utf8')))
}

/** By the project's own code, with one of its verifiers. */
export function ownVerdict(
  bytes: Uint8Array,
  { network, now }: Pick<RecordVectors, 'network' | 'now'>,
  verifier: Verifier,
): Verdict {
  try {
    const candidate = Candidate.parse(bytes, { network })
    const { id, record, check } = candidate
    const late = judgeTime(record, now)
    if (late !== undefined) return { fault: late.code }
    if (SignatureProof.now(check, verifier) === undefined) {
      return { fault: 'record/signature-invalid' }
    }
    // R8 with no key log at hand: an agent's first key is its own name.
    const issuer = nativeSha256(record.key).subarray(0, 16)
    if (didFromBytes(issuer) !== record.issuer) return { fault: 'record/key-unknown' }
    return { id, type: record.type, issuer: Buffer.from(issuer).toString('hex') }
  } catch (error) {
    if (error instanceof RecordError) return { fault: error.fault.code }
    throw error
  }
}

/**
 * Whether the quick way over bytes that the store wrote finds in a sound record what the whole decoder
 * finds, and nothing where that one refuses.
 */
export function outlinesAgree(bytes: Uint8Array, network: string): boolean {
  const { id, record } = Candidate.parse(bytes, { network })
  const quick = readOutline(fromHex(id), bytes)
  return quick !== undefined && JSON.stringify(quick) === JSON.stringify(outlineOf(id, record))
}

/** By the second decoder. @throws {Error} when Python is not there, or it ends in another way. */
export function secondVerdicts({ network, now, records }: RecordVectors): readonly Verdict[] {
  const input = JSON.stringify({ network, now, records: records.map(({ bytes }) => bytes) })
  const { status, stdout, stderr, error } = spawnSync('python3', [SECOND_DECODER], {
    input,
    encoding: 'utf8',
    timeout: SECOND_LIMIT_MS,
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`the second decoder failed: ${stderr}`)
  return Verdicts.parse(JSON.parse(stdout))
}

export interface Disagreement {
  readonly name: string
  readonly said: string
}

/** Where one of them says other than the vector, in words; with how many vectors each code has. */
export function compare(vectors: RecordVectors): {
  readonly counts: ReadonlyMap<string, number>
  readonly disagreements: readonly Disagreement[]
} {
  const counts = new Map<string, number>()
  const disagreements: Disagreement[] = []
  const second = secondVerdicts(vectors)
  for (const [at, { name, bytes: hex, fault }] of vectors.records.entries()) {
    const code = fault ?? 'sound'
    counts.set(code, (counts.get(code) ?? 0) + 1)
    const bytes = fromHex(hex)
    const verdicts = {
      native: ownVerdict(bytes, vectors, nativeVerifier),
      portable: ownVerdict(bytes, vectors, portableVerifier),
      // What lies somewhere in a longer buffer is the same record.
      window: ownVerdict(windowOf(bytes), vectors, nativeVerifier),
      second: second[at],
    }
    const texts = Object.entries(verdicts).map(([who, verdict]) => [who, JSON.stringify(verdict)])
    const isSame = new Set(texts.map(([, text]) => text)).size === 1
    const said = verdicts.native
    const isExpected = ('fault' in said ? said.fault : null) === fault
    if (!isSame || !isExpected) {
      disagreements.push({ name, said: texts.map((text) => text.join(' ')).join('; ') })
    } else if (fault === null && !outlinesAgree(bytes, vectors.network)) {
      disagreements.push({ name, said: 'another outline' })
    }
  }
  return { counts, disagreements }
}

function windowOf(bytes: Uint8Array): Uint8Array {
  const frame = Uint8Array.of(0xa9, 0x61)
  return concatBytes(frame, bytes, frame).subarray(frame.length, frame.length + bytes.length)
}
