import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCbor } from '../../src/crypto/cbor.ts'
import {
  CHALLENGE_LIFETIME_MS,
  CHALLENGE_SKEW_LIMIT_MS,
  challengeMessage,
  isOrigin,
  judgeProof,
  judgeQuestion,
  judgeTerms,
  signChallenge,
  verifyProof,
  type Challenge,
  type ChallengeProof,
} from '../../src/identity/challenge.ts'
import { ChallengeError } from '../../src/identity/challenge-error.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  ALICE_DID,
  BOB_DID,
  BOBS_ORIGIN,
  challenge,
  CHALLENGE_NETWORK,
  CHANGES,
  MALLORY_DID,
  MALLORYS_ORIGIN,
  OPENED_AT_MS,
  proofBy,
  stateNamed,
} from '../support/challenge.ts'
import { alice, keyNamed, publicKeyOf, verifier } from '../support/identity.ts'

const bobsSide = { network: CHALLENGE_NETWORK, self: BOB_DID, nowMs: OPENED_AT_MS }
const alicesSide = { ...bobsSide, self: ALICE_DID }
const answering = { ...bobsSide, origins: [BOBS_ORIGIN] }
const bob = { state: stateNamed('bob'), verifier }

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof ChallengeError) return error.fault.code
    throw error
  }
  return 'nothing'
}

function judged(changes: Partial<Challenge>, side: Partial<typeof answering> = {}): string {
  return codeOf(() => judgeQuestion({ ...challenge, ...changes }, { ...answering, ...side }))
}

describe('the question, before it is answered', () => {
  test('is taken as it is', () => {
    expect(judged({})).toBe('nothing')
  })

  test.each<[string, Partial<Challenge>]>([
    ['network', { network: 'Local' }],
    ['network', { network: '' }],
    ['askerNonce', { askerNonce: new Uint8Array(31) }],
    ['askerNonce', { askerNonce: new Uint8Array(33) }],
    ['purpose', { purpose: '' }],
    ['purpose', { purpose: 'x'.repeat(65) }],
    ['purpose', { purpose: 'Log in' }],
    ['origin', { origin: `${BOBS_ORIGIN}/` }],
    ['expiresAt', { expiresAtMs: OPENED_AT_MS + 0.5 }],
    ['expiresAt', { expiresAtMs: -1 }],
  ])('P1 refuses a malformed %s', (field, changes) => {
    expect(() => judgeQuestion({ ...challenge, ...changes }, answering)).toThrow(
      expect.objectContaining({ fault: { code: 'challenge/malformed', field } }),
    )
  })

  test('P2 refuses another network', () => {
    expect(judged({ network: 'main' })).toBe('challenge/other-network')
  })

  test('P3 refuses one agent that asks itself', () => {
    expect(judged({ asker: BOB_DID })).toBe('challenge/one-agent')
  })

  test('P4 refuses a question to somebody else', () => {
    expect(judged({ answerer: MALLORY_DID })).toBe('challenge/other-agent')
  })

  test('P5 takes it until the millisecond before it expires', () => {
    const { expiresAtMs } = challenge
    expect(judged({}, { nowMs: expiresAtMs - 1 })).toBe('nothing')
    expect(judged({}, { nowMs: expiresAtMs })).toBe('challenge/expired')
  })

  test('P5 takes an expiry that is ahead by its lifetime and the skew, and no more', () => {
    const edgeMs = OPENED_AT_MS + CHALLENGE_LIFETIME_MS + CHALLENGE_SKEW_LIMIT_MS
    expect(judged({ expiresAtMs: edgeMs })).toBe('nothing')
    expect(judged({ expiresAtMs: edgeMs + 1 })).toBe('challenge/too-far-ahead')
  })

  test('P6 is answered only for an origin that is served, to the letter', () => {
    expect(judged({}, { origins: [] })).toBe('challenge/origin-not-served')
    expect(judged({ origin: MALLORYS_ORIGIN })).toBe('challenge/origin-not-served')
    expect(judged({ origin: 'http://bob.example' })).toBe('challenge/origin-not-served')
    expect(judged({ origin: `${BOBS_ORIGIN}:8443` })).toBe('challenge/origin-not-served')
    expect(judged({ origin: 'https://bob.example.mallory.example' })).toBe(
      'challenge/origin-not-served',
    )
  })
})

describe('a proof', () => {
  test('of the answerer convinces the asker, and the other way round', () => {
    const answer = proofBy('bob', 'answerer')
    expect(judgeProof(answer, alicesSide)).toEqual({
      own: 'asker',
      other: BOB_DID,
      nonce: challenge.askerNonce,
    })
    judgeTerms(answer, challenge)
    verifyProof(answer, bob)

    const confirmation = proofBy('alice', 'asker')
    expect(judgeProof(confirmation, bobsSide)).toEqual({
      own: 'answerer',
      other: ALICE_DID,
      nonce: challenge.answererNonce,
    })
    judgeTerms(confirmation, challenge)
    verifyProof(confirmation, { state: stateNamed('alice'), verifier })
  })

  test('P4 is refused by who is no party to it', () => {
    const code = codeOf(() =>
      judgeProof(proofBy('bob', 'answerer'), { ...alicesSide, self: MALLORY_DID }),
    )
    expect(code).toBe('challenge/other-agent')
  })

  test('P4 is not sent back to who made it', () => {
    const own = proofBy('alice', 'asker')
    expect(codeOf(() => judgeProof(own, alicesSide))).toBe('challenge/other-role')
    // With the other role written over it, it is not signed by Bob.
    const flipped: ChallengeProof = { ...own, role: 'answerer', keyId: `${BOB_DID}#k0.0` }
    expect(codeOf(() => verifyProof(flipped, bob))).toBe('challenge/signature-invalid')
    // Nor would Bob's signature in one role be good in the other.
    const bobs: ChallengeProof = { ...proofBy('bob', 'answerer'), role: 'asker' }
    expect(codeOf(() => verifyProof(bobs, bob))).toBe('challenge/signature-invalid')
  })

  test('P3 is refused where asker and answerer are one', () => {
    const own = proofBy('alice', 'answerer', { answerer: ALICE_DID })
    expect(codeOf(() => judgeProof(own, alicesSide))).toBe('challenge/one-agent')
  })

  test('P5 counts until the millisecond before it expires', () => {
    const answer = proofBy('bob', 'answerer')
    const at = (nowMs: number): string => codeOf(() => judgeProof(answer, { ...alicesSide, nowMs }))
    expect(at(challenge.expiresAtMs - 1)).toBe('nothing')
    expect(at(challenge.expiresAtMs)).toBe('challenge/expired')
  })

  test('P2 is refused on another network', () => {
    const code = codeOf(() =>
      judgeProof(proofBy('bob', 'answerer'), { ...alicesSide, network: 'main' }),
    )
    expect(code).toBe('challenge/other-network')
  })

  test.each(CHANGES)('P9 with another %o is not what was signed', (change) => {
    const changed: ChallengeProof = { ...proofBy('bob', 'answerer'), ...change }
    expect(codeOf(() => verifyProof(changed, bob))).toBe('challenge/signature-invalid')
  })

  const opened: readonly [string, Partial<Challenge>, string][] = [
    ['asker', { asker: MALLORY_DID }, 'challenge/other-agent'],
    ['answerer', { answerer: MALLORY_DID }, 'challenge/other-agent'],
    ['origin', { origin: MALLORYS_ORIGIN }, 'challenge/other-origin'],
    ['purpose', { purpose: 'payment' }, 'challenge/other-terms'],
    ['expiresAt', { expiresAtMs: challenge.expiresAtMs + 1 }, 'challenge/other-terms'],
    ['asker nonce', { askerNonce: new Uint8Array(32).fill(3) }, 'challenge/nonce-unknown'],
    ['answerer nonce', { answererNonce: new Uint8Array(32).fill(3) }, 'challenge/nonce-unknown'],
  ]
  test.each(opened)('P7 is not taken for a nonce given out with another %s', (_, change, code) => {
    const answer = proofBy('bob', 'answerer')
    expect(codeOf(() => judgeTerms(answer, { ...challenge, ...change }))).toBe(code)
  })

  test('no flipped bit of what is signed leaves the signature sound', () => {
    const { signature } = proofBy('bob', 'answerer')
    const message = challengeMessage(challenge, 'answerer')
    fc.assert(
      fc.property(fc.nat(message.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(message)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const check = { message: changed, signature, publicKey: publicKeyOf('bob') }
        expect(verifier.verifyNow(check)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

function flaw(proof: ChallengeProof, log: KeyLog): unknown {
  try {
    verifyProof(proof, { state: IdentityState.of(log), verifier })
  } catch (error) {
    if (error instanceof ChallengeError) return error.fault
    throw error
  }
  return undefined
}

describe('the key', () => {
  const first = alice()
  const next = {
    authority: keyNamed('r0.1'),
    operationalKey: publicKeyOf('k0.1'),
    verifier,
  }
  const rotated = rotate({ ...next, log: first }).log
  const leaked = rotate({ ...next, log: first, compromised: true }).log
  const asked: Challenge = { ...challenge, asker: BOB_DID, answerer: first.did }
  const by = (key: string, place: string): ChallengeProof =>
    signChallenge(asked, 'answerer', {
      signer: keyNamed(key),
      keyId: `${first.did}#${place}`,
    })
  const notCurrent = (reason: string): object => ({
    code: 'challenge/key-not-current',
    did: first.did,
    reason,
  })

  test('P8 is the current one: a retired or compromised key proves nothing', () => {
    expect(flaw(by('alice', 'k0.0'), first)).toBeUndefined()
    expect(flaw(by('k0.1', 'k0.1'), rotated)).toBeUndefined()
    expect(flaw(by('alice', 'k0.0'), rotated)).toEqual(notCurrent('it is retired'))
    expect(flaw(by('alice', 'k0.0'), leaked)).toEqual(notCurrent('it is compromised'))
    expect(flaw(by('k0.1', 'k0.1'), first)).toEqual(notCurrent('its key log does not name it'))
    // A retired key that calls itself the current one.
    expect(flaw(by('alice', 'k0.1'), rotated)).toMatchObject({
      code: 'challenge/signature-invalid',
    })
  })

  test('P8 of a deactivated agent proves nothing', () => {
    const ended = deactivate({ log: first, authority: keyNamed('c1'), verifier }).log
    expect(flaw(by('alice', 'k0.0'), ended)).toEqual(notCurrent('its identity is deactivated'))
  })

  test('P8 of an agent whose log forked proves nothing', () => {
    const other = rotate({ ...next, log: first, operationalKey: publicKeyOf('other') }).log
    const state = IdentityState.ofLogs([rotated, other])
    expect(codeOf(() => verifyProof(by('k0.1', 'k0.1'), { state, verifier }))).toBe(
      'challenge/key-not-current',
    )
  })
})

test('what is signed is the tag, the network, a zero byte and eight fields', () => {
  const message = challengeMessage(challenge, 'answerer')
  const tag = Buffer.from('aip:challenge:v1:local\0')
  expect(Buffer.from(message.subarray(0, tag.length))).toEqual(tag)
  const fields = decodeCbor(message.subarray(tag.length), 1_024)
  expect(Object.keys(fields as object)).toEqual(['a', 'b', 'e', 'o', 'p', 'r', 'x', 'y'])
  expect(fields).toMatchObject({ e: challenge.expiresAtMs, o: BOBS_ORIGIN, p: 'login', r: 1 })
})

test('an origin has one spelling', () => {
  const taken = [
    'https://bob.example',
    'http://127.0.0.1:8080',
    'https://[2001:db8::1]:8443',
    'https://xn--bcher-kva.example',
  ]
  const refused = [
    'https://bob.example/',
    'https://bob.example:443',
    'http://bob.example:80',
    'https://Bob.example',
    'https://bücher.example',
    'https://user@bob.example',
    'https://bob.example#a',
    'https://bob.example?a',
    'ftp://bob.example',
    'null',
    '',
    'https://',
    ' https://bob.example',
    `https://${'a.'.repeat(130)}example`,
  ]
  expect(taken.filter((text) => !isOrigin(text))).toEqual([])
  expect(refused.filter(isOrigin)).toEqual([])
})
