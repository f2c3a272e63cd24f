/** AgentCards of A2A: docs/spec/agent-cards.md. */
import { toHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { canonicalJson, isJsonObject, type JsonObject } from '../../src/crypto/jcs.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { leanForm, signedForm } from '../../src/signing/agent-card-fields.ts'
import { readCard, signCard, verifyCard } from '../../src/signing/agent-card.ts'
import { alice, bob, keys, rotated, signers, verifier } from './cast.ts'

const extension = {
  did: alice.did,
  requestSigning: 'aip-node-rfc9421/1',
  records: ['/dns4/alice.example/tcp/7471'],
  inception: alice.inceptionHex,
}
const PLAIN = {
  name: 'Alice',
  description: 'Reviews what it is sent – “line by line”.',
  supportedInterfaces: [
    { url: 'https://alice.example/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
  ],
  version: '1.0.0',
  capabilities: { streaming: false },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'review', name: 'Review', description: 'Reads lines.', tags: ['review'] }],
}
/** A scheme without fields, a requirement without scopes: signed in two forms. */
const WITH_EMPTY = {
  ...PLAIN,
  description: '',
  securitySchemes: { mutual: { mtlsSecurityScheme: {} } },
  securityRequirements: [{ schemes: { mutual: { list: [] } } }],
}

function sign(card: JsonObject, changes: object = {}): JsonObject {
  const keyId = `${alice.did}#k0.0`
  return signCard(card, { signer: signers.alice, keyId, extension: { ...extension, ...changes } })
}

const signed = sign(PLAIN)

export function agentCardVectors(): object {
  return {
    about:
      'docs/spec/agent-cards.md. Key logs are hex. "signed": a card, what is signed in the form of the specification and in the lean form, and what a verifier says of it. "refused": a card with one thing wrong, by this key log, and the fault.',
    keys,
    log: toHex(alice.bytes),
    signed: [
      shown('nothing empty', signed),
      shown('empty values, two signatures', sign(WITH_EMPTY)),
      shown('empty values, the lean signature alone', leanOnly(sign(WITH_EMPTY))),
    ],
    refused: [
      refused('a number for a name', { ...signed, name: 5 }),
      refused('a field that A2A 1.0 does not know', { ...signed, url: 'https://evil.example' }),
      refused('no signature', { ...signed, signatures: [] }),
      refused('another algorithm', { ...signed, signatures: [reheaded({ alg: 'ES256' })] }),
      refused('a header that is critical', { ...signed, signatures: [reheaded({ crit: ['x'] })] }),
      refused('of Bob, signed by Alice', sign(PLAIN, { did: bob.did })),
      refused('another inception', sign(PLAIN, { inception: '00'.repeat(32) })),
      refused('another place of the key', { ...signed, signatures: [reheaded({}, '#k0.1')] }),
      refused('a key that was replaced', signed, rotated),
      refused('another version', { ...signed, version: '1.0.1' }),
    ],
  }
}

function shown(name: string, card: JsonObject): object {
  const form = signedForm(card, true)
  const { keyId, uncovered } = verified(card, alice)
  return {
    name,
    card,
    payload: canonicalJson(form),
    leanPayload: canonicalJson(leanForm(form)),
    keyId,
    uncovered,
  }
}

function refused(name: string, card: JsonObject, log: KeyLog = alice): object {
  try {
    verified(card, log)
  } catch (error) {
    if (error instanceof AipError)
      return { name, card, log: toHex(log.bytes), fault: error.fault.code }
    throw error
  }
  throw new Error(`a card that should be refused is not: ${name}`)
}

function verified(card: JsonObject, log: KeyLog): ReturnType<typeof verifyCard> {
  return verifyCard(readCard(card), IdentityState.of(log), verifier)
}

function leanOnly(card: JsonObject): JsonObject {
  return { ...card, signatures: signaturesOf(card).slice(1) }
}

/** The signature of the plain card behind another header, which it does not fit. */
function reheaded(changes: object, key = '#k0.0'): object {
  const [first] = signaturesOf(signed)
  const header = { alg: 'EdDSA', typ: 'JOSE', kid: `${alice.did}${key}`, ...changes }
  return { ...first, protected: Buffer.from(JSON.stringify(header)).toString('base64url') }
}

function signaturesOf({ signatures }: JsonObject): JsonObject[] {
  return Array.isArray(signatures) ? signatures.filter(isJsonObject) : []
}
