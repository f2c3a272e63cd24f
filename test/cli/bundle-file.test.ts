import { describe, expect, test } from 'vitest'
import { verifyBundle, type BundleReport } from '../../src/cli/bundle-file.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { alice, bob, NETWORK, signedBytes, vouchClaim } from '../support/records.ts'

const { log } = incept({ genesis: alice.signer, verifier: nativeVerifier })
const identity = IdentityState.of(log).bytes
const record = signedBytes(vouchClaim())

async function judged(
  records: readonly Uint8Array[],
  identities = [identity],
  network = NETWORK,
): Promise<BundleReport> {
  const file = encodeBundle({ identities, records })
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100)
  }
  return verifyBundle(chunks(), { network, verifier: nativeVerifier })
}

describe('a bundle that is checked without a node', () => {
  test('is sound when each record is signed by a key of its issuer', async () => {
    expect(await judged([record])).toEqual({ records: 1, identities: 1, sound: 1, faults: {} })
  })

  test.each<[string, () => Promise<BundleReport>]>([
    ['record/signature-invalid', () => judged([flipped(record)])],
    ['record/signature-invalid', () => judged([record], [identity], 'other')],
    ['record/key-unknown', () => judged([record], [])],
    ['record/key-unknown', () => judged([signedBytes(vouchClaim({ subject: alice.did }), bob)])],
    ['record/malformed', () => judged([Uint8Array.of(0xff)])],
  ])('counts %s', async (code, judge) => {
    expect(await judge()).toMatchObject({ sound: 0, faults: { [code]: 1 } })
  })
})

/** The same record with another last byte of the signature's first half. */
function flipped(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes)
  const at = text.indexOf(Buffer.from([0x61, 0x73, 0x58, 0x40])) + 5
  text[at] = (text[at] ?? 0) ^ 1
  return text
}
