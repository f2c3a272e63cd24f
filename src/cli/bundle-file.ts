/** Checks a bundle of records where there is no node and no network: signatures, keys, formats. */
import { toHex } from '../base/bytes.ts'
import { AipError } from '../base/error.ts'
import type { Verifier } from '../crypto/ed25519.ts'
import { IdentityState } from '../identity/state.ts'
import { decodeBundle } from '../records/bundle.ts'
import { Candidate } from '../records/verified.ts'

export interface BundleReport {
  readonly records: number
  readonly identities: number
  readonly sound: number
  /** How many of the rest, by fault code. */
  readonly faults: Readonly<Record<string, number>>
}

/** @throws {AipError} when the file is no bundle; what is wrong inside is counted. */
export async function verifyBundle(
  chunks: AsyncIterable<Uint8Array>,
  context: { readonly network: string; readonly verifier: Verifier },
): Promise<BundleReport> {
  const states = new Map<string, IdentityState>()
  const faults: Record<string, number> = {}
  const count = (code: string): void => {
    faults[code] = (faults[code] ?? 0) + 1
  }
  let records = 0
  let identities = 0
  let sound = 0
  for await (const { kind, bytes } of decodeBundle(chunks)) {
    try {
      if (kind === 'identity') {
        identities++
        const state = IdentityState.parse(bytes, context)
        states.set(state.did, states.get(state.did)?.join(state) ?? state)
        continue
      }
      records++
      const candidate = Candidate.parse(bytes, context)
      const fault = await judge(candidate, states, context.verifier)
      if (fault === undefined) sound++
      else count(fault)
    } catch (error) {
      if (!(error instanceof AipError)) throw error
      count(error.fault.code)
    }
  }
  return { records, identities, sound, faults }
}

/** What is wrong with a record that parses: its signature, or whose key made it. */
async function judge(
  candidate: Candidate,
  states: ReadonlyMap<string, IdentityState>,
  verifier: Verifier,
): Promise<string | undefined> {
  if (!(await verifier.verify(candidate.check))) return 'record/signature-invalid'
  const { issuer, key } = candidate.record
  const place = states.get(issuer)?.place(toHex(key))
  return place === undefined ? 'record/key-unknown' : undefined
}
