/**
 * The vectors in test/vectors: in step with the code that makes them, read by the code as they say, and
 * their messages put together and checked here by nothing of ours.
 */
import { spawnSync } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { portableVerifier } from '../../src/crypto/ed25519.ts'
import { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'

const ROOT = resolve(import.meta.dirname, '../..')

function vectors<T extends z.ZodType>(name: string, shape: T): z.output<T> {
  return shape.parse(JSON.parse(readFileSync(join(ROOT, 'test/vectors', name), 'utf8')))
}

const Hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
const Identity = z.object({
  network: z.string(),
  logs: z.array(
    z.object({
      name: z.string(),
      did: z.string(),
      bytes: Hex,
      entryHashes: z.array(Hex),
      epochs: z.array(z.object({ fragment: z.string(), key: Hex })),
      current: Hex.nullable(),
      deactivated: z.boolean(),
    }),
  ),
  values: z.array(z.object({ did: z.string(), bytes: Hex, forked: z.boolean() })),
  refused: z.array(z.object({ name: z.string(), bytes: Hex, fault: z.string() })),
})
const Proof = z.object({
  network: z.string(),
  asker: z.string(),
  answerer: z.string(),
  askerNonce: Hex,
  answererNonce: Hex,
  purpose: z.string(),
  origin: z.string(),
  expiresAt: z.string(),
  role: z.enum(['asker', 'answerer']),
  keyId: z.string(),
  signature: Hex,
})
const Challenge = z.object({
  keys: z.record(z.string(), z.object({ seed: Hex, publicKey: Hex })),
  accepted: z.array(z.object({ log: z.string(), proof: Proof, message: Hex })),
  refused: z.array(z.object({ fault: z.string(), proof: Proof })),
})
const Text = z.object({
  content: z.object({
    text: z.string(),
    files: z.record(z.string(), z.string()),
    manifest: z.string(),
  }),
  signed: z.array(
    z.object({
      message: Hex,
      signature: z.object({
        kind: z.enum(['text', 'file', 'directory']),
        sha256: Hex,
        did: z.string(),
        key: Hex,
        signedAt: z.string(),
        signature: Hex,
      }),
    }),
  ),
  standings: z.array(z.object({ standing: z.string() })),
  refused: z.array(z.object({ fault: z.string() })),
})
const AgentCards = z.object({
  keys: z.object({ alice: z.object({ publicKey: Hex }) }),
  signed: z.array(
    z.object({
      card: z.object({
        signatures: z.array(z.object({ protected: z.string(), signature: z.string() })),
      }),
      payload: z.string(),
      leanPayload: z.string(),
      keyId: z.string(),
    }),
  ),
  refused: z.array(z.object({ fault: z.string() })),
})

test('are what the script makes now', () => {
  const script = join(ROOT, 'scripts/generate-vectors.ts')
  const { status, stdout } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stdout).not.toContain('NOT')
  expect(status).toBe(0)
})

describe('identity.json', () => {
  const { network, logs, values, refused } = vectors('identity.json', Identity)
  const context = { network, verifier: portableVerifier }

  test.each(logs)('$name is read as it says', (vector) => {
    const log = KeyLog.parse(fromHex(vector.bytes), portableVerifier)
    expect(log.did).toBe(vector.did)
    expect(log.entries.map(({ hash }) => toHex(hash))).toEqual(vector.entryHashes)
    expect(log.epochs.map(({ keyHex }) => keyHex)).toEqual(vector.epochs.map(({ key }) => key))
    expect(log.current?.keyHex ?? null).toBe(vector.current)
    expect(log.deactivated).toBe(vector.deactivated)
  })

  test('has values that are read, and others that are refused as it says', () => {
    for (const { did, bytes, forked } of values) {
      const state = IdentityState.parse(fromHex(bytes), context)
      expect([state.did, state.isForked]).toEqual([did, forked])
    }
    const faults = refused.map(({ name, bytes }) => {
      try {
        IdentityState.parse(fromHex(bytes), context)
        return [name, 'taken']
      } catch (error) {
        return [name, error instanceof AipError ? error.fault.code : error]
      }
    })
    expect(faults).toEqual(refused.map(({ name, fault }) => [name, fault]))
    expect(refused.length).toBeGreaterThan(10)
  })
})

/** Major type and argument in the fewest bytes: RFC 8949, section 3. */
function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  const width = value < 0x1_00 ? 1 : value < 0x1_00_00 ? 2 : value < 2 ** 32 ? 4 : 8
  const bytes = Buffer.alloc(1 + width)
  bytes[0] = (major << 5) | (24 + Math.log2(width))
  if (width === 8) bytes.writeBigUInt64BE(BigInt(value), 1)
  else bytes.writeUIntBE(value, 1, width)
  return bytes
}

function cborItem(value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return cborHead(0, value)
  const bytes = Buffer.from(value)
  return Buffer.concat([cborHead(typeof value === 'string' ? 3 : 2, bytes.length), bytes])
}

/** Canonical CBOR of a flat map with one-letter keys: RFC 8949, section 4.2. */
function cborMap(fields: Readonly<Record<string, number | string | Uint8Array>>): Buffer {
  const names = Object.keys(fields).toSorted((a, b) => (a < b ? -1 : 1))
  const items = names.flatMap((name) => [cborItem(name), cborItem(fields[name] ?? 0)])
  return Buffer.concat([cborHead(5, names.length), ...items])
}

function isSigned(message: Uint8Array, keyHex: string, signatureHex: string): boolean {
  const x = Buffer.from(keyHex, 'hex').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, message, key, Buffer.from(signatureHex, 'hex'))
}

function didBytes(did: string): Buffer {
  return Buffer.from(did.slice('did:aip:'.length), 'hex')
}

describe('challenge.json', () => {
  const { keys, accepted, refused } = vectors('challenge.json', Challenge)

  test('has messages and signatures that follow from the page alone', () => {
    expect(accepted).toHaveLength(2)
    for (const { log, proof, message } of accepted) {
      const made = Buffer.concat([
        Buffer.from(`aip:challenge:v1:${proof.network}\0`),
        cborMap({
          a: didBytes(proof.asker),
          b: didBytes(proof.answerer),
          x: Buffer.from(proof.askerNonce, 'hex'),
          y: Buffer.from(proof.answererNonce, 'hex'),
          p: proof.purpose,
          o: proof.origin,
          e: Date.parse(proof.expiresAt),
          r: proof.role === 'asker' ? 0 : 1,
        }),
      ])
      expect(made.toString('hex')).toBe(message)
      expect(isSigned(made, keys[log]?.publicKey ?? '', proof.signature)).toBe(true)
    }
  })

  test('has a proof for each fault that a proof can have', () => {
    const faults = new Set(refused.map(({ fault }) => fault.slice('challenge/'.length)))
    expect([...faults].toSorted()).toEqual([
      'expired',
      'key-not-current',
      'malformed',
      'nonce-unknown',
      'one-agent',
      'other-network',
      'other-origin',
      'other-role',
      'other-terms',
      'signature-invalid',
      'too-far-ahead',
    ])
  })
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

describe('text-signatures.json', () => {
  const { content, signed, standings, refused } = vectors('text-signatures.json', Text)

  test('has messages and signatures that follow from the page alone', () => {
    expect(signed.length).toBeGreaterThanOrEqual(4)
    for (const { message, signature } of signed) {
      const made = Buffer.concat([
        Buffer.from('aip:text:v1\0'),
        cborMap({
          v: 1,
          t: ['text', 'file', 'directory'].indexOf(signature.kind),
          i: didBytes(signature.did),
          k: Buffer.from(signature.key, 'hex'),
          h: Buffer.from(signature.sha256, 'hex'),
          a: Date.parse(signature.signedAt),
        }),
      ])
      expect(made.toString('hex')).toBe(message)
      expect(isSigned(made, signature.key, signature.signature)).toBe(true)
      const hashed = signature.kind === 'directory' ? content.manifest : content.text
      expect(signature.sha256).toBe(sha256(hashed))
    }
  })

  test('has the manifest of its files', () => {
    const lines = Object.entries(content.files)
      .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([path, text]) => `${sha256(text)}  ${path}\n`)
    expect(content.manifest).toBe(lines.join(''))
  })

  test('has every standing, and every fault that a signature alone can have', () => {
    expect(standings.map(({ standing }) => standing)).toEqual([
      'current',
      'retired',
      'compromised',
      'disputed',
    ])
    expect(new Set(refused.map(({ fault }) => fault)).size).toBe(5)
  })
})

describe('agent-cards.json', () => {
  const { keys, signed, refused } = vectors('agent-cards.json', AgentCards)

  test('has signatures that follow from the payloads and headers alone', () => {
    expect(signed).toHaveLength(3)
    for (const { card, payload, leanPayload, keyId } of signed) {
      const payloads = payload === leanPayload ? [payload] : [payload, leanPayload]
      // The last card has lost the first of its two signatures.
      const due = payloads.slice(-card.signatures.length)
      expect(due).toHaveLength(card.signatures.length)
      for (const [at, { protected: header, signature }] of card.signatures.entries()) {
        const message = Buffer.from(`${header}.${Buffer.from(due[at] ?? '').toString('base64url')}`)
        const bytes = Buffer.from(signature, 'base64url').toString('hex')
        expect(isSigned(message, keys.alice.publicKey, bytes)).toBe(true)
        expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
          alg: 'EdDSA',
          typ: 'JOSE',
          kid: keyId,
        })
      }
    }
  })

  test('has every fault but that of size', () => {
    expect(new Set(refused.map(({ fault }) => fault)).size).toBe(9)
  })
})

/** The hex that a page's example shows, without the notes behind three blanks. */
function example(page: string): string {
  const text = readFileSync(join(ROOT, 'docs/spec', page), 'utf8')
  const lines = text.slice(text.indexOf('## Example')).split('\n')
  return lines
    .filter((line) => /^ {6}[0-9a-f]/.test(line))
    .map((line) => line.trim().replace(/ {3}.*$/, ''))
    .join('')
}

test('the examples on the pages are the first vectors, byte by byte', () => {
  const [proof] = vectors('challenge.json', Challenge).accepted
  expect(example('challenge.md')).toBe(`${proof?.message ?? ''}${proof?.proof.signature ?? ''}`)
  const [signed] = vectors('text-signatures.json', Text).signed
  expect(example('text-signatures.md')).toBe(
    `${signed?.message ?? ''}${signed?.signature.signature ?? ''}`,
  )
})
