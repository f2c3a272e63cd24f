/**
 * Every format that an agent's key signs, ours and those of the libraries and standards beside us: a
 * signature made in one is good in no other, and no beginning of one is the beginning of another.
 *
 * What libp2p signs is caught from libp2p itself, as it makes a connection, identifies itself and
 * publishes. What other standards sign is their own published example, checked by its signature.
 */
import { gossipsub, type GossipSub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, type Identify } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { beforeAll, describe, expect, test } from 'vitest'
import { equalBytes, textBytes } from '../../../src/base/bytes.ts'
import { globalMessage, networkMessage } from '../../../src/crypto/domain.ts'
import type { GlobalDomain, NetworkDomain } from '../../../src/crypto/domain.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { signChallenge, verifyProof } from '../../../src/identity/challenge.ts'
import { signDocument } from '../../../src/identity/document.ts'
import { incept, KeyLog } from '../../../src/identity/key-log.ts'
import { signEntry, NO_PARENT } from '../../../src/identity/log-entry.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { signContent, textContent, verifyContent } from '../../../src/identity/text-signature.ts'
import { decodeCbor, encodeCbor } from '../../../src/crypto/cbor.ts'
import { AipError } from '../../../src/base/error.ts'
import { nativeSigner, nativeVerifier as verifier } from '../../../src/node/native-crypto.ts'
import { LARGEST_RECORD_BYTES } from '../../../src/records/wire.ts'
import { Candidate, signRecord } from '../../../src/records/verified.ts'
import { challenge } from '../../support/challenge.ts'
import { eventually } from '../../support/mesh.ts'
import { vouchClaim } from '../../support/records.ts'

const NETWORK = 'local'
const SEED = sha256(textBytes('one key for all formats'))
const signer = nativeSigner(SEED)
const { publicKey } = signer
const { log } = incept({ genesis: signer, verifier })
const state = IdentityState.of(log)
const { did } = log
const NOW_MS = Date.UTC(2026, 10, 25, 12)

interface Format {
  /** What every message of this format begins with. */
  readonly beginning: Uint8Array
  /** A message as the format's own code made it for signing. */
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** Whether the format's own door takes this signature for that message. */
  readonly accepts: (signature: Uint8Array) => boolean | Promise<boolean>
}

/** A signer that writes down what it is given. */
function recorder(): Signer & { readonly last: () => Uint8Array } {
  let message = new Uint8Array()
  return {
    publicKey,
    sign: (bytes) => {
      message = Uint8Array.from(bytes)
      return signer.sign(bytes)
    },
    last: () => message,
  }
}

/** Whether our own code, given that signature in place of the true one, finds nothing wrong. */
function holds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof AipError) return false
    throw error
  }
}

function keyLogFormat(): Format {
  const by = recorder()
  const entry = signEntry({ type: 'inception' }, NO_PARENT, by)
  return {
    beginning: globalMessage('aip:key-log:v1', new Uint8Array()),
    message: by.last(),
    signature: entry['s'] as Uint8Array,
    accepts: (s) => holds(() => KeyLog.parse([{ ...entry, s }], verifier)),
  }
}

function documentFormat(): Format {
  const by = recorder()
  const document = signDocument({
    log,
    sequence: 1,
    expiresAtMs: NOW_MS,
    content: {},
    signer: by,
    network: NETWORK,
  })
  const fields = decodeCbor(document.bytes, 4_000) as object
  return {
    beginning: networkMessage('aip:document:v1', NETWORK, new Uint8Array()),
    message: by.last(),
    signature: document.signature,
    accepts: (g) =>
      holds(() =>
        IdentityState.parse(encodeCbor({ d: { ...fields, g }, l: decodeCbor(log.bytes, 4_000) }), {
          network: NETWORK,
          verifier,
        }),
      ),
  }
}

function recordFormat(): Format {
  const by = recorder()
  const bytes = signRecord(vouchClaim(), by, { network: NETWORK, issuer: did })
  const fields = decodeCbor(bytes, LARGEST_RECORD_BYTES) as { readonly s: Uint8Array }
  return {
    beginning: networkMessage('aip:record:v1', NETWORK, new Uint8Array()),
    message: by.last(),
    signature: fields.s,
    accepts: async (s) =>
      verifier.verify(Candidate.parse(encodeCbor({ ...fields, s }), { network: NETWORK }).check),
  }
}

function textFormat(): Format {
  const by = recorder()
  const signed = signContent(textContent('hello'), { log, signer: by, signedAtMs: NOW_MS })
  return {
    beginning: globalMessage('aip:text:v1', new Uint8Array()),
    message: by.last(),
    signature: signed.signature,
    accepts: (signature) =>
      holds(() => verifyContent({ ...signed, signature }, { state, verifier, nowMs: NOW_MS })),
  }
}

function challengeFormat(): Format {
  const by = recorder()
  const terms = { ...challenge, network: NETWORK, answerer: did }
  const proof = signChallenge(terms, 'answerer', { signer: by, keyId: `${did}#k0.0` })
  return {
    beginning: networkMessage('aip:challenge:v1', NETWORK, new Uint8Array()),
    message: by.last(),
    signature: proof.signature,
    accepts: (signature) => holds(() => verifyProof({ ...proof, signature }, { state, verifier })),
  }
}

/** Of a domain that signs: a hash has no door. A new domain does not compile until it is here. */
const OWN: Readonly<
  Record<Exclude<GlobalDomain, 'aip:key-commitment:v1'> | NetworkDomain, () => Format>
> = {
  'aip:key-log:v1': keyLogFormat,
  'aip:document:v1': documentFormat,
  'aip:record:v1': recordFormat,
  'aip:text:v1': textFormat,
  'aip:challenge:v1': challengeFormat,
}

/** The key as libp2p uses it, and all that it is given to sign. */
async function watchedKey(): Promise<{ key: PrivateKey; signed: Uint8Array[] }> {
  const key = await generateKeyPairFromSeed('Ed25519', SEED)
  const signed: Uint8Array[] = []
  const sign = key.sign.bind(key)
  Object.defineProperty(key, 'sign', {
    value: (data: Uint8Array | { subarray: () => Uint8Array }, ...rest: []) => {
      signed.push(Uint8Array.from(data.subarray()))
      return sign(data as Uint8Array, ...rest)
    },
  })
  return { key, signed }
}

async function host(
  privateKey: PrivateKey,
): Promise<Libp2p<{ identify: Identify; pubsub: GossipSub }>> {
  return createLibp2p({
    privateKey,
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: 'StrictSign',
        allowPublishToZeroTopicPeers: true,
      }),
    },
  })
}

/** What libp2p signed with the key while it connected to somebody and published. */
async function caughtFromLibp2p(): Promise<readonly Uint8Array[]> {
  const { key, signed } = await watchedKey()
  const other = await generateKeyPairFromSeed('Ed25519', sha256(textBytes('another')))
  const [one, two] = await Promise.all([host(key), host(other)])
  try {
    await one.dial(two.getMultiaddrs())
    await one.services.pubsub.publish('topic', textBytes('news'))
    await eventually('all three kinds were signed', () =>
      ['noise-libp2p-static-key:', 'libp2p-pubsub:', 'libp2p-peer-record'].every((word) =>
        signed.some((bytes) => Buffer.from(bytes).includes(word)),
      ),
    )
  } finally {
    await Promise.all([one.stop(), two.stop()])
  }
  return signed
}

function foreign(beginning: Uint8Array, message: Uint8Array): Format {
  return {
    beginning,
    message,
    signature: signer.sign(message),
    accepts: (signature) => verifier.verifyNow({ message, signature, publicKey }),
  }
}

/** RFC 8037, appendix A.4: what a JWS signs. */
const JWS = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
/** RFC 9421, appendix B.2.6: what an HTTP message signature signs. */
const HTTP_BASE = [
  '"date": Tue, 20 Apr 2021 02:07:55 GMT',
  '"@method": POST',
  '"@path": /foo',
  '"@authority": example.com',
  '"content-type": application/json',
  '"content-length": 18',
  '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
].join('\n')
/** Data Integrity, eddsa-jcs-2022, section 3.3.4: two SHA-256 digests, and nothing before them. */
const HASH_DATA_BYTES = 64

let formats: ReadonlyMap<string, Format> = new Map()

beforeAll(async () => {
  const caught = await caughtFromLibp2p()
  const beginningWith = (text: string): Uint8Array => {
    const found = caught.find((bytes) => Buffer.from(bytes).includes(text))
    if (found === undefined) throw new Error(`libp2p signed nothing with ${text}`)
    return found
  }
  const envelope = '\u0012libp2p-peer-record'
  formats = new Map<string, Format>([
    ...Object.entries(OWN).map(([name, make]) => [name, make()] as const),
    ...['noise-libp2p-static-key:', 'libp2p-pubsub:', envelope].map(
      (text) => [text, foreign(textBytes(text), beginningWith(text))] as const,
    ),
    ['JWS', foreign(textBytes('e'), textBytes(JWS))],
    ['RFC 9421', foreign(textBytes('"'), textBytes(HTTP_BASE))],
    [
      'eddsa-jcs-2022',
      foreign(
        new Uint8Array(),
        Buffer.concat([sha256(textBytes('proof options')), sha256(textBytes('document'))]),
      ),
    ],
  ])
})

describe('the formats that one key signs', () => {
  test('are ten or more, and each takes its own signature', async () => {
    expect(formats.size).toBeGreaterThanOrEqual(10)
    for (const [name, { accepts, signature, message, beginning }] of formats) {
      expect(await accepts(signature), name).toBe(true)
      expect(equalBytes(message.subarray(0, beginning.length), beginning), name).toBe(true)
      expect(verifier.verifyNow({ message, signature, publicKey }), name).toBe(true)
    }
  })

  test('take no signature of each other', async () => {
    for (const [name, { accepts }] of formats) {
      for (const [otherName, { signature }] of formats) {
        if (name !== otherName)
          expect(await accepts(signature), `${otherName} as ${name}`).toBe(false)
      }
    }
  })

  test('begin with bytes of which none are the beginning of others', () => {
    for (const [name, { beginning }] of formats) {
      for (const [otherName, other] of formats) {
        // Two hashes have no beginning of their own; the next test tells them by their length.
        if (name === otherName || beginning.length === 0 || other.beginning.length === 0) continue
        const begins = equalBytes(other.beginning.subarray(0, beginning.length), beginning)
        expect(begins, `${name}, ${otherName}`).toBe(false)
      }
    }
  })

  test('are longer than the two hashes of eddsa-jcs-2022, all of ours', () => {
    for (const name of Object.keys(OWN)) {
      expect(formats.get(name)?.message.length ?? 0, name).toBeGreaterThan(HASH_DATA_BYTES)
    }
    expect(formats.get('eddsa-jcs-2022')?.message).toHaveLength(HASH_DATA_BYTES)
  })
})

describe('the examples of other standards', () => {
  test.each([
    [
      'RFC 8037 A.4',
      JWS,
      '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    ],
    [
      'RFC 9421 B.2.6',
      HTTP_BASE,
      'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    ],
  ])('%s are signed as published', (_, message, key, signature) => {
    const check = {
      message: textBytes(message),
      publicKey: Uint8Array.from(Buffer.from(key, 'base64url')),
      signature: Uint8Array.from(Buffer.from(signature, 'base64')),
    }
    expect(verifier.verifyNow(check)).toBe(true)
  })
})
