import { describe, expect, test } from 'vitest'
import { ruleOf } from '../../src/records/rules.ts'

describe('the rule that a fault breaks', () => {
  test.for([
    ['record/too-large', 'R1'],
    ['record/unsupported', 'R1a'],
    ['record/malformed', 'R2'],
    ['record/self-vouch', 'R3'],
    ['record/from-future', 'R4'],
    ['record/expired', 'R5'],
    ['record/signature-invalid', 'R7'],
    ['record/key-unknown', 'R8'],
    ['record/quota', 'R10'],
    ['bundle/key-retired', 'I16'],
    ['identity/did-invalid', 'I1'],
    ['identity/too-large', 'I2'],
    ['identity/malformed', 'I4'],
    ['identity/log-full', 'I2'],
    ['identity/document-invalid', 'I10'],
    ['identity/fork-invalid', 'I12'],
    ['cbor/too-large', 'I2'],
    ['cbor/too-deep', 'I3'],
    ['cbor/not-canonical', 'I3'],
    ['credential/too-large', 'V1'],
    ['credential/malformed', 'V2'],
    ['credential/other-network', 'V3'],
    ['credential/record-differs', 'V4'],
    ['credential/issuer-forked', 'V5'],
    ['credential/key-unknown', 'V6'],
    ['credential/record-retired', 'V5'],
    ['credential/key-retired', 'V6'],
    ['credential/proof-invalid', 'V7'],
    ['credential/not-yet-valid', 'V8'],
    ['credential/expired', 'V8'],
    ['credential/revoked', 'V9'],
  ] as const)('of %s is %s', ([code, rule]) => {
    expect(ruleOf(code)).toBe(rule)
  })

  test.for(['bundle/malformed', 'identity/log-invalid', 'no/such-code', 'constructor', ''])(
    'of %j is none',
    (code) => {
      expect(ruleOf(code)).toBeNull()
    },
  )
})
