/**
 * Every decoder that bytes or words of strangers come to, with sound inputs to start from. They are
 * the same in every run: fixed keys, a fixed moment.
 */
import { operations } from '../../../../src/api/contract.ts'
import { BODY_LIMIT_BYTES } from '../../../../src/api/problem.ts'
import { concatBytes, equalBytes, textBytes, toHex } from '../../../../src/base/bytes.ts'
import { decodeCbor, encodeCbor } from '../../../../src/crypto/cbor.ts'
import { SignatureProof } from '../../../../src/crypto/ed25519.ts'
import { anyMultikey, cidText, multikeyText } from '../../../../src/crypto/multibase.ts'
import { canonicalJson, isJsonObject, parseStrictJson } from '../../../../src/crypto/jcs.ts'
import { didKeyDocument } from '../../../../src/identity/did-key.ts'
import { isAnyDid, parseDidUrl } from '../../../../src/identity/did-url.ts'
import { didWebPlace } from '../../../../src/identity/did-web.ts'
import { parseDid } from '../../../../src/identity/did.ts'
import { KeyLog } from '../../../../src/identity/key-log.ts'
import { encodeManifest, parseManifest } from '../../../../src/identity/manifest.ts'
import { IdentityState } from '../../../../src/identity/state.ts'
import {
  bundledLog,
  contentMessage,
  parseSignature,
  signatureFields,
  signContent,
  textContent,
  verifyContent,
} from '../../../../src/identity/text-signature.ts'
import { VALUE_LIMIT_BYTES } from '../../../../src/identity/limits.ts'
import { decodePack, encodePack } from '../../../../src/node/backup/pack.ts'
import { nativeVerifier } from '../../../../src/node/native-crypto.ts'
import { parseSheet, sheetText } from '../../../../src/node/recovery-sheet.ts'
import { parseAddress } from '../../../../src/p2p/addresses.ts'
import { didOfDhtKey, dhtKey, didOfRow, rowOfDhtKey } from '../../../../src/p2p/dht/key.ts'
import { IdentityValues } from '../../../../src/p2p/dht/values.ts'
import { FRAME_LIMIT_BYTES } from '../../../../src/p2p/frames.ts'
import { didOfIdentityValue } from '../../../../src/p2p/gossip/identity-did.ts'
import { encodeInvite, parseInvite } from '../../../../src/p2p/peers/invite.ts'
import { keyOfPeerId, peerIdOfKey } from '../../../../src/p2p/peer-id.ts'
import {
  pageFrame,
  parsePage,
  parseQuestion,
  questionFrame,
} from '../../../../src/p2p/query/protocol.ts'
import { SyncSession } from '../../../../src/p2p/sync/reconciler.ts'
import { encodeMessage, parseMessage } from '../../../../src/p2p/sync/wire.ts'
import { encodeBundle } from '../../../../src/records/bundle.ts'
import { BundleKnowledge, judgeBundle } from '../../../../src/records/bundle-check.ts'
import { CredentialCandidate } from '../../../../src/records/credential-proof.ts'
import { readOutline } from '../../../../src/records/outline.ts'
import { recordKey } from '../../../../src/records/replica/key-tree.ts'
import { sha256 } from '../../../../src/crypto/hash.ts'
import { judgeTime, Candidate } from '../../../../src/records/verified.ts'
import { RecordError } from '../../../../src/records/error.ts'
import { leanForm } from '../../../../src/signing/agent-card-fields.ts'
import { parseCard, readCard, signCard, verifyCard } from '../../../../src/signing/agent-card.ts'
import { readRequest, signRequest } from '../../../../src/signing/profile.ts'
import type { HttpRequest } from '../../../../src/signing/message.ts'
import { parseObservation } from '../../../../src/trust/reference/observation-line.ts'
import { plainCard } from '../../../../test/support/agent-cards.ts'
import {
  ALICE_KEY_ID,
  ALICE_LOG,
  ALICE_STATE,
  signedCredential,
} from '../../../../test/support/credentials.ts'
import { documentOf, logOf, NETWORK, stateOf, type Way } from '../../../../test/support/identity.ts'
import {
  alice,
  NOW_MS,
  observationClaim,
  outcome,
  promiseClaim,
  revocationClaim,
  signedBytes,
  vouchClaim,
} from '../../../../test/support/records.ts'
import { driven, sideOf, Sets } from '../../../../test/p2p/sync/drive.ts'
import type { Taken, Target } from './target.ts'

const context = { network: NETWORK, verifier: nativeVerifier, nowMs: NOW_MS }
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const asText = (bytes: Uint8Array): string => decoder.decode(bytes)
const texts = (...all: readonly string[]): Uint8Array[] => all.map((text) => textBytes(text))

function hashed(bytes: Uint8Array): string {
  return toHex(sha256(bytes))
}

const RECORDS: readonly Uint8Array[] = [
  vouchClaim(),
  vouchClaim({ statement: 'Careful: “naïve” is not.', level: 1 }),
  revocationClaim(),
  promiseClaim(),
  promiseClaim({ work: { kind: 'items', items: ['read', 'write'] } }),
  observationClaim(),
  observationClaim({ outcomes: [outcome(), outcome({ scope: 'translate', clarity: 1 })] }),
].map((claim) => signedBytes(claim))

/** Alice's family of logs: one key, three rotations, two recoveries, an end. */
const ways: readonly Way[] = [
  { inception: 0, recoveries: [], end: undefined, rotations: [], salt: undefined },
  { inception: 0, recoveries: [], end: undefined, rotations: [0, 0, 0], salt: undefined },
  { inception: 0, recoveries: [0, 0], end: undefined, rotations: [0], salt: undefined },
  { inception: 0, recoveries: [0], end: 5, rotations: [], salt: undefined },
]
const LOGS = ways.map((way) => logOf(way))
const STATES: readonly Uint8Array[] = [
  ...ways.map((way, at) => stateOf(way, at + 1).bytes),
  IdentityState.ofLogs([
    logOf({ inception: 0, recoveries: [1], end: undefined, rotations: [], salt: undefined }),
    logOf({ inception: 0, recoveries: [2], end: undefined, rotations: [], salt: undefined }),
  ]).bytes,
]

/** The DID that the identity values above are of. */
const DID = LOGS[0]?.did ?? alice.did

function judged(bytes: Uint8Array): Taken {
  const candidate = Candidate.parse(bytes, context)
  const late = judgeTime(candidate.record, NOW_MS)
  if (late !== undefined) throw new RecordError(late)
  if (SignatureProof.now(candidate.check, nativeVerifier) === undefined) {
    throw new RecordError({ code: 'record/signature-invalid' })
  }
  return { meaning: hashed(bytes) }
}

const BUNDLES = [
  encodeBundle({ identities: [ALICE_STATE.bytes], records: RECORDS.slice(0, 3) }),
  encodeBundle({ identities: [], records: [] }),
]

/** What a bundle holds that is sound; a damaged one holds nothing. */
async function soundInBundle(bytes: Uint8Array): Promise<Taken> {
  const chunks = async function* () {
    yield bytes
  }
  const sound: string[] = []
  const knowledge = await BundleKnowledge.read(chunks(), context)
  for await (const item of judgeBundle(chunks(), knowledge, context)) {
    if (item.fault !== undefined) throw item.fault
    sound.push(item.kind === 'record' ? (item.id ?? '') : (item.did ?? ''))
  }
  return { meaning: sound.join(' ') }
}

const CREDENTIALS = [JSON.stringify(signedCredential())]

async function credentialOf(text: string): Promise<Taken> {
  const candidate = CredentialCandidate.parse(text, context)
  const { record, keyId } = await candidate.verify({
    identity: ALICE_STATE,
    verifier: nativeVerifier,
    nowMs: NOW_MS,
    isRevoked: false,
  })
  // JSON has many spellings; what it says must be the same.
  return { meaning: `${candidate.id} ${record.subject} ${keyId}` }
}

const SIGNED_TEXT = signatureFields(
  signContent(textContent('sign here'), {
    log: ALICE_LOG,
    signer: alice.signer,
    signedAtMs: NOW_MS,
  }),
)

function textSignature(text: string): Taken | undefined {
  const fields = jsonObject(text)
  if (fields === undefined) return undefined
  const signed = parseSignature(fields)
  const state = IdentityState.of(bundledLog(signed, nativeVerifier))
  verifyContent(signed, { state, verifier: nativeVerifier, nowMs: NOW_MS })
  return { meaning: hashed(contentMessage(signed)) }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseStrictJson(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const BODY = '{"task":"read"}'
const REQUEST: HttpRequest = {
  method: 'POST',
  url: 'https://agent.example/a2a?task=1',
  headers: [],
}
const NONCE = 'n-0123456789abcdef'
const REQUEST_HEADERS = signRequest(REQUEST, textBytes(BODY), {
  signer: alice.signer,
  keyId: ALICE_KEY_ID,
  nowMs: NOW_MS,
  nonce: NONCE,
})

/**
 * Method, URL and the three headers, a line each; then the body. The contract looks at it first, as it
 * does for whoever asks the node who signed a request.
 */
function httpRequest(bytes: Uint8Array): Taken | undefined {
  if (bytes.length > BODY_LIMIT_BYTES) return undefined
  const [method = '', url = '', input = '', signature = '', digest = '', ...lines] = Buffer.from(
    bytes,
  )
    .toString('latin1')
    .split('\n')
  const body = Buffer.from(lines.join('\n'), 'latin1')
  const asked = operations.verifyRequest.input.safeParse({
    method,
    url,
    headers: { 'signature-input': input, signature, 'content-digest': digest },
    body: body.toString('base64'),
  })
  if (!asked.success) return undefined
  const { headers, ...rest } = asked.data
  const request: HttpRequest = { ...rest, headers: Object.entries(headers) }
  const read = readRequest(request, body, NOW_MS)
  if (typeof read === 'string') return undefined
  const check = { ...read.check, publicKey: alice.signer.publicKey }
  if (!nativeVerifier.verifyNow(check)) return undefined
  return { meaning: `${hashed(check.message)} ${lines.join('\n')}` }
}

/** One card without empty values, and one with, which has two signatures. */
const CARDS = [
  plainCard({ iconUrl: 'https://alice.example/„icon“.png' }),
  plainCard({ description: '', securityRequirements: [{ schemes: { key: { list: [] } } }] }),
].map((card) =>
  textBytes(
    JSON.stringify(
      signCard(card, {
        signer: alice.signer,
        keyId: ALICE_KEY_ID,
        extension: { did: ALICE_STATE.did, inception: ALICE_LOG.inceptionHex },
      }),
    ),
  ),
)

/** Empty values may come and go, as the SDKs sign cards: what remains is what was said. */
function agentCard(bytes: Uint8Array): Taken {
  const read = readCard(parseCard(bytes))
  const { keyId } = verifyCard(read, ALICE_STATE, nativeVerifier)
  return { meaning: `${keyId} ${canonicalJson(leanForm(read.form))}` }
}

const SYNC = sessionFrames()

function keys(name: string, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) =>
    recordKey(NOW_MS + at, sha256(textBytes(`${name}${at}`))),
  )
}

/** Frames of a whole session between two that hold different things. */
function sessionFrames(): readonly Uint8Array[] {
  const shared = keys('shared', 40)
  const { sent } = driven(
    sideOf('dialler', new Sets().with([...shared, ...keys('a', 9)])),
    sideOf('responder', new Sets().with([...shared, ...keys('b', 5)])),
  )
  return sent.map(({ frame }) => frame).filter((frame) => frame.length < 2_048)
}

const HELLO = SYNC[0] ?? new Uint8Array()

/** One frame to a session that has just met its peer. Its end is the session's own answer. */
function syncStep(frame: Uint8Array, role: 'dialler' | 'responder'): undefined {
  const sets = new Sets().with([recordKey(NOW_MS, sha256(textBytes('held')))])
  const salt = new Uint8Array(16)
  const session = new SyncSession({
    role,
    network: 'test',
    shardBits: 8,
    sets,
    nowMs: NOW_MS,
    salt,
  })
  session.begin()
  session.receive(HELLO)
  session.receive(frame)
}

const values = new IdentityValues(context)
const QUESTIONS = [
  questionFrame({ did: DID, want: 'all' }),
  questionFrame({ did: DID, want: 'identity' }),
]
const PAGES = [
  pageFrame({ records: RECORDS.slice(0, 2), identity: ALICE_STATE.bytes, ending: 'more' }),
  pageFrame({ records: [], ending: 'end' }),
  { s: 2 },
]
const PACK = encodePack({
  did: alice.did,
  network: NETWORK,
  madeAtMs: NOW_MS,
  files: new Map([['records.bundle', textBytes('none')]]),
})
const PEER_ID = peerIdOfKey(alice.signer.publicKey)
const ADDRESS = `/ip4/192.0.2.7/tcp/7471/p2p/${PEER_ID}`

export const DECODERS: readonly Target[] = [
  { name: 'record', seeds: RECORDS, attempt: judged },
  {
    name: 'record outline',
    seeds: RECORDS,
    attempt: (bytes) => void readOutline(sha256(bytes), bytes),
  },
  {
    name: 'key log',
    seeds: LOGS.map(({ bytes }) => bytes),
    attempt: (bytes) => ({ meaning: hashed(KeyLog.parse(bytes, nativeVerifier).bytes) }),
  },
  {
    name: 'identity value',
    seeds: [...STATES, IdentityState.of(ALICE_LOG, documentOf(ALICE_LOG, alice.signer)).bytes],
    attempt: (bytes) => {
      const { bytes: kept } = IdentityState.parse(bytes, context)
      if (!equalBytes(kept, bytes)) throw new Error('an identity value has two spellings')
      return { meaning: hashed(kept) }
    },
  },
  {
    name: 'DHT value',
    seeds: STATES,
    attempt: (bytes) => ({ meaning: hashed(values.parse(DID, bytes).bytes) }),
  },
  {
    name: 'DHT key',
    seeds: [dhtKey(DID), dhtKey(alice.did)],
    attempt: (bytes) => {
      const did = didOfDhtKey(bytes)
      return did === undefined ? undefined : { spelled: dhtKey(did) }
    },
  },
  {
    name: 'DHT row',
    isText: true,
    seeds: texts(rowOfDhtKey(dhtKey(DID))),
    attempt: (bytes) => {
      const did = didOfRow(asText(bytes))
      return did === undefined ? undefined : { spelled: textBytes(rowOfDhtKey(dhtKey(did))) }
    },
  },
  {
    name: 'gossip identity',
    seeds: STATES,
    attempt: (bytes) => void didOfIdentityValue(bytes),
  },
  { name: 'bundle', seeds: BUNDLES, attempt: soundInBundle },
  {
    name: 'credential',
    isText: true,
    seeds: texts(...CREDENTIALS),
    attempt: async (bytes) => credentialOf(asText(bytes)),
  },
  {
    name: 'text signature',
    isText: true,
    seeds: texts(JSON.stringify(SIGNED_TEXT)),
    attempt: (bytes) => textSignature(asText(bytes)),
  },
  {
    name: 'HTTP signature',
    isText: true,
    seeds: texts(
      [
        REQUEST.method,
        REQUEST.url,
        REQUEST_HEADERS['signature-input'],
        REQUEST_HEADERS['signature'],
        REQUEST_HEADERS['content-digest'],
        BODY,
      ].join('\n'),
    ),
    attempt: httpRequest,
  },
  { name: 'agent card', seeds: CARDS, isText: true, attempt: agentCard },
  {
    name: 'sync message',
    seeds: SYNC,
    attempt: (bytes) => ({ spelled: encodeMessage(parseMessage(bytes)) }),
  },
  { name: 'sync session that dials', seeds: SYNC, attempt: (bytes) => syncStep(bytes, 'dialler') },
  {
    name: 'sync session that answers',
    seeds: SYNC,
    attempt: (bytes) => syncStep(bytes, 'responder'),
  },
  {
    name: 'query question',
    seeds: QUESTIONS.map((question) => encodeCbor(question)),
    attempt: (bytes) => ({
      spelled: encodeCbor(questionFrame(parseQuestion(decodeCbor(bytes, FRAME_LIMIT_BYTES)))),
    }),
  },
  {
    name: 'query page',
    seeds: PAGES.slice(0, 2).map((page) => encodeCbor(page)),
    attempt: (bytes) => ({
      spelled: encodeCbor(pageFrame(parsePage(decodeCbor(bytes, FRAME_LIMIT_BYTES)))),
    }),
  },
  {
    name: 'CBOR',
    seeds: [...RECORDS, ...PAGES.map((page) => encodeCbor(page))],
    attempt: (bytes) => ({ spelled: encodeCbor(decodeCbor(bytes, VALUE_LIMIT_BYTES)) }),
  },
  {
    name: 'DID URL',
    isText: true,
    seeds: texts(
      `${alice.did}#k0.0`,
      `${alice.did}/a/b?c=d#e`,
      `did:key:${multikeyText(alice.signer.publicKey)}`,
      'did:web:agent.example%3A8443:people:alice',
    ),
    attempt: (bytes) => {
      const text = asText(bytes)
      const { did, method, id } = parseDidUrl(text)
      if (!isAnyDid(did)) throw new Error('a DID URL without a DID')
      if (method === 'key') didKeyDocument(id)
      if (method === 'web' && !didWebPlace(id).url.startsWith('https://')) {
        throw new Error('a did:web that is not fetched over TLS')
      }
      if (method === 'aip') parseDid(did)
      return undefined
    },
  },
  {
    name: 'Multikey',
    isText: true,
    seeds: texts(multikeyText(alice.signer.publicKey), cidText(sha256(textBytes('x')))),
    attempt: (bytes) => void anyMultikey(asText(bytes)),
  },
  {
    name: 'invite',
    isText: true,
    seeds: texts(encodeInvite({ address: ADDRESS, did: alice.did, network: NETWORK })),
    attempt: (bytes) => ({ spelled: textBytes(encodeInvite(parseInvite(asText(bytes)))) }),
  },
  {
    name: 'address',
    isText: true,
    seeds: texts(ADDRESS, '/dns4/node.example/tcp/443/tls/ws', `${ADDRESS}/p2p-circuit`),
    attempt: (bytes) => void parseAddress(asText(bytes)),
  },
  {
    name: 'peer id',
    isText: true,
    seeds: texts(PEER_ID),
    attempt: (bytes) => {
      const key = keyOfPeerId(asText(bytes))
      return key === undefined ? undefined : { spelled: textBytes(peerIdOfKey(key)) }
    },
  },
  {
    name: 'directory manifest',
    isText: true,
    seeds: texts(encodeManifest([{ path: 'a/b.txt', hash: sha256(textBytes('b')) }])),
    attempt: (bytes) => ({ spelled: textBytes(encodeManifest(parseManifest(asText(bytes)))) }),
  },
  {
    name: 'backup pack',
    seeds: [PACK],
    attempt: (bytes) => ({ spelled: encodePack(decodePack(bytes)) }),
  },
  {
    name: 'recovery sheet',
    isText: true,
    seeds: texts(sheetText(sha256(textBytes('secret')))),
    attempt: (bytes) => void parseSheet(asText(bytes)),
  },
  {
    name: 'observation line',
    isText: true,
    seeds: texts(
      JSON.stringify({
        agent_id: 'did:a',
        task_type: 'read',
        promised: ['a'],
        delivered: ['a'],
        timestamp: '2026-01-01T00:00:00Z',
        specification_clarity: 'MULTI_VALID',
        feedback_received: true,
      }),
    ),
    attempt: (bytes) => void parseObservation(asText(bytes)),
  },
]

/** For streams: what a peer of each protocol would send first. */
export const SPOKEN: readonly Uint8Array[] = [
  ...[...SYNC.slice(0, 6), ...QUESTIONS.map((one) => encodeCbor(one))].map((frame) =>
    prefixed(frame),
  ),
  ...[...RECORDS, ...STATES].map((bytes) => rpc('/aip/local/records/0/1', bytes)),
  ...STATES.map((bytes) => kadPut(dhtKey(DID), bytes)),
]

/** Behind its length as a varint. */
function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(varint(bytes.length), bytes)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

/** A field of protobuf that holds bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(varint((number << 3) | 2), varint(bytes.length), bytes)
}

/** A gossipsub RPC with one subscription and one message. */
function rpc(topic: string, data: Uint8Array): Uint8Array {
  const subscription = concatBytes(Uint8Array.of(0x08, 0x01), field(2, textBytes(topic)))
  const message = concatBytes(field(2, data), field(4, textBytes(topic)))
  return prefixed(concatBytes(field(1, subscription), field(2, message)))
}

/** A PUT_VALUE of kad-dht. */
function kadPut(key: Uint8Array, value: Uint8Array): Uint8Array {
  const record = concatBytes(field(1, key), field(2, value))
  return prefixed(concatBytes(Uint8Array.of(0x08, 0x00), field(2, key), field(3, record)))
}
