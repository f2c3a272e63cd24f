import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { describe, expect, test } from 'vitest'
import { REFUSAL_VERDICT, verdictOf } from '../../../src/p2p/gossip/verdict.ts'
import type { OfferFaultCode } from '../../../src/p2p/ports.ts'

const codesOf = (verdict: 'ignore' | 'reject'): string[] =>
  Object.entries(REFUSAL_VERDICT)
    .filter(([, answer]) => answer === verdict)
    .map(([code]) => code)
    .toSorted()

describe('the verdict on a message', () => {
  test('R6: what is fresh travels on, what is known does not', () => {
    expect(verdictOf({ kind: 'taken', fresh: true })).toBe(TopicValidatorResult.Accept)
    expect(verdictOf({ kind: 'taken', fresh: false })).toBe(TopicValidatorResult.Ignore)
  })

  test('R1, R2, R3, R7 and a broken identity cost the sender', () => {
    expect(codesOf('reject')).toEqual([
      'cbor/not-canonical',
      'cbor/too-deep',
      'cbor/too-large',
      'identity/did-invalid',
      'identity/document-invalid',
      'identity/fork-invalid',
      'identity/log-full',
      'identity/log-invalid',
      'identity/malformed',
      'identity/too-large',
      'record/malformed',
      'record/self-vouch',
      'record/signature-invalid',
      'record/too-large',
    ])
  })

  test('R1a, R4, R5, R8, R10 and our own trouble cost nobody', () => {
    expect(codesOf('ignore')).toEqual([
      'identity/other-did',
      'node/busy',
      'node/closing',
      'record/expired',
      'record/from-future',
      'record/key-unknown',
      'record/quota',
      'record/unsupported',
    ])
  })

  test('is the table’s for every refusal', () => {
    for (const [code, answer] of Object.entries(REFUSAL_VERDICT)) {
      const verdict = verdictOf({ kind: 'refused', code: code as OfferFaultCode })
      expect(verdict).toBe(answer)
    }
  })
})
