/** Signatures of text, files and directories: docs/spec/text-signatures.md. */
import { textBytes, toHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { encodeManifest, manifestContent } from '../../src/identity/manifest.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  contentMessage,
  parseSignature,
  signatureFields,
  signContent,
  textContent,
  verifyContent,
  type ContentHash,
  type ContentSignature,
} from '../../src/identity/text-signature.ts'
import { alice, keys, leaked, NOW_MS, otherRotation, rotated, signers, verifier } from './cast.ts'

const TEXT = 'I was here. – Alice\n'
const FILES: Readonly<Record<string, string>> = {
  'a-file': 'one\n',
  'a/file': 'two\n',
  'ü x': '',
}

const manifest = encodeManifest(
  Object.entries(FILES).map(([path, content]) => ({ path, hash: sha256(textBytes(content)) })),
)
const text = textContent(TEXT)
const signed = sign(text)

function sign(content: ContentHash): ContentSignature {
  return signContent(content, { log: alice, signer: signers.alice, signedAtMs: NOW_MS })
}

export function textVectors(): object {
  const second = signContent(text, {
    log: rotated,
    signer: signers.aliceSecond,
    signedAtMs: NOW_MS,
  })
  return {
    about:
      'docs/spec/text-signatures.md. Bytes are hex. "signed": what was signed, the message, the signature. "standings": how the key of the first signature stands in these joined logs. "refused": signatures with one thing wrong, compared with the text, and the fault.',
    keys,
    checkedAt: new Date(NOW_MS).toISOString(),
    content: { text: TEXT, files: FILES, manifest },
    signed: [
      shown(signed),
      shown(sign({ ...text, kind: 'file' })),
      shown(sign(manifestContent(manifest))),
      shown(second),
    ],
    standings: [
      standing('inception', [alice]),
      standing('rotation', [rotated]),
      standing('rotation, earlier key compromised', [leaked]),
      standing('two rotations', [rotated, otherRotation]),
    ],
    refused: refused(),
  }
}

function shown(signature: ContentSignature): object {
  return { signature: signatureFields(signature), message: toHex(contentMessage(signature)) }
}

function standing(name: string, logs: readonly [KeyLog, ...KeyLog[]]): object {
  const state = IdentityState.ofLogs(logs)
  return {
    name,
    logs: logs.map(({ bytes }) => toHex(bytes)),
    standing: verifyContent(signed, { state, verifier, nowMs: NOW_MS, content: text }),
  }
}

function refused(): object[] {
  const fields = signatureFields(signed)
  const wrong: Readonly<Record<string, object>> = {
    'another version': { v: 2 },
    'another kind': { kind: 'file' },
    'another hash': { sha256: '00'.repeat(32) },
    'another time': { signedAt: new Date(NOW_MS - 1).toISOString() },
    'a time without milliseconds': { signedAt: '2026-11-25T12:00:00Z' },
    'more than two minutes ahead': { signedAt: new Date(NOW_MS + 120_001).toISOString() },
    'another key': { key: toHex(signers.bob.publicKey) },
    'another place of the key': { keyId: `${alice.did}#k0.1` },
    'another signature': { signature: '00'.repeat(64) },
    'hex in capitals': { sha256: fields.sha256.toUpperCase() },
  }
  return Object.entries(wrong).map(([name, change]) => {
    const signature = { ...fields, ...change }
    return { name, change, fault: faultOf(signature) }
  })
}

function faultOf(fields: Readonly<Record<string, unknown>>): string {
  try {
    const state = IdentityState.of(alice)
    verifyContent(parseSignature(fields), { state, verifier, nowMs: NOW_MS, content: text })
  } catch (error) {
    if (error instanceof AipError) return error.fault.code
    throw error
  }
  throw new Error('a signature that should be refused is not')
}
