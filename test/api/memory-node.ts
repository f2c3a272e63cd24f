/** A node without network, store or keys: answers from memory as the contract says, for tests. */
import { operations, RIGHTS } from '../../src/api/contract.ts'
import type { Caller, Client, Handlers, OperationName, Output } from '../../src/api/contract.ts'
import { ApiError } from '../../src/api/error.ts'
import { problemOf } from '../../src/api/problem.ts'
import { parseInput } from '../../src/api/request.ts'
import { AipError } from '../../src/base/error.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { incept } from '../../src/identity/key-log.ts'
import {
  signatureFields,
  signContent,
  textContent,
  type ContentHash,
} from '../../src/identity/text-signature.ts'
import { NodeError } from '../../src/node/error.ts'
import { ClientError } from '../../src/sdk/error.ts'

export const NOW_MS = Date.parse('2026-11-23T18:00:00Z')
export const NOW = new Date(NOW_MS).toISOString()
export const LATER = '2027-02-21T18:00:00.000Z'

export const ME = 'did:aip:c196ab2f3d0e4b5a69788796a5b4c370'
export const ALICE = 'did:aip:a11ce000000000000000000000000001'
export const BOB = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'
export const BORIS = 'did:aip:7f3a0cffffffffffffffffffffffffff'
export const STRANGER = 'did:aip:00000000000000000000000000000000'

/** Whose signatures of content this node makes. */
const SIGNER = portableSigner(new Uint8Array(32).fill(9))
const SIGNER_LOG = incept({ genesis: SIGNER, verifier: portableVerifier }).log

export function recordId(number: number): string {
  const letters = Array.from({ length: 52 }, (_, at) => 'abcdefgh'[(number + at) % 8])
  return `bafyrei${letters.join('')}`
}

export interface Memory {
  published: number
  hasView: boolean
  view: Output<'status'>['view']
  /** Where scores are read. */
  from: Output<'score'>['from']
  names: Map<string, string>
  readonly forgotten: Set<string>
  readonly denied: Set<string>
  readonly checks: Output<'doctor'>['checks']
  readonly calls: { readonly name: OperationName; readonly input: unknown }[]
  invites: string[]
  uploaded: number
  standing: Output<'verifyContent'>['standing']
}

export function freshMemory(changes: Partial<Memory> = {}): Memory {
  return {
    published: 1,
    hasView: true,
    view: { ready: true, records: 1, of: 1, checkpoint: null },
    from: 'view',
    names: new Map([[BOB, 'bob']]),
    forgotten: new Set(),
    denied: new Set(),
    checks: [{ name: 'store', verdict: 'ok', found: '3 records', hint: null }],
    calls: [],
    invites: [
      `aip-node:/ip4/192.0.2.7/tcp/7471/p2p/12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj?did=${ME}&network=main`,
    ],
    uploaded: 0,
    standing: 'current',
    ...changes,
  }
}

export function scoreOf(subject: string, changes: Partial<Output<'score'>> = {}): Output<'score'> {
  return {
    viewer: ME,
    subject,
    scope: 'general',
    state: 'known',
    score: 0.419,
    assured: 0.216,
    upper: 0.519,
    social: 0.528,
    standing: 0.1025,
    reliability: 0.794,
    components: { calibration: 0.86, adaptation: 0.71, robustness: 0.74 },
    confidence: 0.427,
    evidence: { weight: 3.2, outcomes: 41, observers: 5, lastAt: '2026-11-21T17:00:00.000Z' },
    pin: null,
    method: 'mesh/1',
    profile: 'strict',
    params: '5f2c11aa00',
    asOf: NOW,
    from: 'view',
    view: 'aa',
    reason: 'Known by 41 outcomes by 5 observers that you reach.',
    completeness: {
      complete: true,
      followed: true,
      peersAsked: 0,
      peersAnswered: 0,
      peersAgreed: 0,
      askedAt: null,
    },
    ...changes,
  }
}

export const UNKNOWN = {
  state: 'unknown',
  score: null,
  assured: null,
  upper: null,
  social: 0,
  standing: 0,
  reliability: null,
  components: null,
  confidence: null,
  evidence: { weight: 0, outcomes: 0, observers: 0, lastAt: null },
  reason: 'A stranger: nobody you trust vouches for it or has seen it work.',
} as const

const HISTORY = [
  {
    day: '2026-11-20',
    outcomes: 3,
    weight: 2.5,
    mean: 1,
    windowed: 1,
    cumulative: 1,
    components: null,
  },
  {
    day: '2026-11-22',
    outcomes: 1,
    weight: 0.5,
    mean: 0.2,
    windowed: 0.8,
    cumulative: 0.867,
    components: { calibration: 0.86, adaptation: 0.5, robustness: 0.86 },
  },
]

const DRIFTED = { severity: 'warning', direction: 'down', from: 0.867, to: 0.6 } as const

const PATHS: Output<'paths'>['items'] = [
  {
    share: 0.0625,
    hops: [
      { did: ALICE, via: 'vouch', level: 1, vouch: recordId(1) },
      { did: BOB, via: 'vouch', level: 0.8, vouch: recordId(2) },
    ],
  },
]

const TOKEN: Output<'listTokens'>['items'][number] = {
  id: '0123456789ab',
  name: 'planner',
  rights: ['read', 'observe', 'sign'],
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: null,
}

export function memoryHandlers(memory: Memory): Handlers {
  const seen = (name: OperationName, input: unknown): void => {
    memory.calls.push({ name, input })
  }
  const known = [ME, ALICE, BOB, BORIS]
  const created = { id: recordId(3), public: true, revoked: [], expiresAt: LATER }
  const row = (did: string): Output<'listAgents'>['items'][number] => ({
    did,
    name: memory.names.get(did) ?? null,
    isMe: did === ME,
    state: 'known',
    score: 0.4,
    assured: 0.2,
    social: 0.528,
    reliability: 0.794,
    confidence: 0.5,
    outcomes: 3,
    lastAt: NOW,
    reason: 'Known.',
  })
  const scored = (did: string): Output<'score'> => scoreOf(did, did === BOB ? {} : { ...UNKNOWN })
  const vouch = (number: number): Output<'listVouches'>['items'][number] => ({
    id: recordId(number),
    issuer: ME,
    subject: BOB,
    scope: 'general',
    level: 0.8,
    statement: null,
    issuedAt: NOW,
    expiresAt: LATER,
    state: number === 4 ? 'live' : 'revoked',
  })

  const changed: Output<'rotateIdentity'> = {
    did: ME,
    keyId: `${ME}#k0.1`,
    peerId: '12D3KooWNext',
    state: 'active',
    previousKey: 'cd'.repeat(32),
    acknowledged: 2,
    reissued: { vouches: 3, promises: 1, refused: 0 },
  }

  return {
    status: async () => ({
      version: '0.1.0',
      network: 'local',
      did: ME,
      keyId: `${ME}#k0.0`,
      root: 'hot',
      identity: 'active',
      peerId: '12D3KooWMe',
      pid: 1,
      startedAt: NOW,
      hasView: memory.hasView,
      mine: {
        vouches: 0,
        promises: 0,
        observations: 0,
        privateObservations: 0,
        published: memory.published,
      },
      peers: { connected: 0, known: 0 },
      clock: { aheadMs: 0, peers: 3 },
      store: {
        records: 1,
        identities: 2,
        bytes: null,
        index: { state: 'ready', read: 1 },
      },
      view: memory.view,
      sync: {
        state: 'complete',
        agreed: 3,
        needed: 3,
        lastComplete: { at: NOW, peers: 3 },
        toReceive: 0,
        toSend: 0,
        perSecond: 0,
        secondsLeft: 0,
        received: 7,
        fresh: 7,
        sent: 2,
        receivedBytes: 2_048,
        sentBytes: 1_024,
        sessions: 4,
        underWay: [],
      },
      listen: [],
      home: '/home/me',
      api: { socket: '/run/aip-node.sock', url: null, lab: false },
      warnings: [],
      next: ['connect to a peer: aip-node peers add <invite>'],
    }),
    graph: async ({ scope }) => ({
      viewer: ME,
      scope,
      asOf: NOW,
      nodes: [ME, BOB].map((did, hop) => ({
        did,
        name: memory.names.get(did) ?? null,
        isMe: did === ME,
        hop,
        state: 'known' as const,
        score: 0.4,
        assured: 0.2,
      })),
      edges: [
        {
          from: ME,
          to: BOB,
          level: 0.8,
          scope: 'general',
          state: 'live',
          via: 'vouch',
          vouch: recordId(4),
          issuedAt: NOW,
          expiresAt: LATER,
        },
      ],
      left: { nodes: 0, edges: 0 },
    }),
    listTokens: async () => ({ items: [TOKEN] }),
    createToken: async ({ name, rights }) => {
      seen('createToken', { name, rights })
      return { ...TOKEN, name, rights, token: 'ab'.repeat(32) }
    },
    revokeToken: async ({ id }) => ({ removed: id === TOKEN.id }),
    createSessionCode: async () => ({ code: 'A'.repeat(43), expiresAt: LATER }),
    openSession: async () => ({ token: 'cd'.repeat(32), rights: [...RIGHTS], expiresAt: LATER }),
    botDirectory: async ({ authority }) => {
      seen('botDirectory', { authority })
      return { body: { keys: [] }, headers: { 'content-type': 'application/json' } }
    },
    signRequest: async (input) => {
      seen('signRequest', input)
      return { headers: { signature: 'aip=:AA==:' }, keyId: `${ME}#k0.0`, expiresAt: LATER }
    },
    verifyRequest: async (input) => {
      seen('verifyRequest', input)
      return {
        signed: true,
        problem: null,
        did: BOB,
        keyId: `${BOB}#k0.0`,
        state: 'known',
        score: scoreOf(BOB),
        decision: 'allow',
        reason: 'Its agent is assured 0.216.',
      }
    },
    signAgentCard: async (input) => {
      seen('signAgentCard', input)
      const signatures = [{ protected: 'e30', signature: 'AA' }]
      return { card: { ...input.card, signatures }, keyId: `${ME}#k0.0` }
    },
    verifyAgentCard: async (input) => {
      seen('verifyAgentCard', input)
      return {
        did: BOB,
        keyId: `${BOB}#k0.0`,
        requestSigning: 'aip-node-rfc9421/1',
        records: ['/dns4/bob.example/tcp/7471'],
        uncovered: ['securityRequirements.0'],
        source: 'store',
        score: scoreOf(BOB),
      }
    },
    logs: async () => ({
      items: [{ at: NOW, level: 'info', component: 'store', message: 'opened', fields: {} }],
    }),
    identity: async () => ({
      did: ME,
      didKey: 'did:key:z6MkExample',
      peerId: '12D3KooWMe',
      network: 'main',
      keyId: `${ME}#k0.0`,
      headKeyId: `${ME}#k0.0`,
      inception: 'ab'.repeat(32),
      root: 'hot',
      state: 'active',
      recoverable: true,
      addresses: [
        '/ip4/192.0.2.7/tcp/7471/p2p/12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj',
      ],
      invites: memory.invites,
    }),
    rotateIdentity: async (input) => {
      seen('rotateIdentity', input)
      return changed
    },
    recoverIdentity: async (input) => {
      seen('recoverIdentity', input)
      return changed
    },
    deactivateIdentity: async (input) => {
      seen('deactivateIdentity', input)
      return { ...changed, state: 'deactivated' }
    },
    resolve: async ({ did }) => {
      mustExist(did)
      return {
        '@context': 'https://w3id.org/did-resolution/v1',
        didDocument: { id: did },
        didDocumentMetadata: {},
        didResolutionMetadata: {
          contentType: 'application/did+json',
          source: 'store',
          retrieved: NOW,
          confirmed: null,
          unconfirmed: true,
          stale: true,
          verified: { by: 'key log', logEntries: '1', document: 'none' },
        },
      }
    },
    provePeer: async ({ did }) => {
      mustExist(did)
      return {
        did,
        keyId: `${did}#k0.0`,
        proved: true,
        how: 'libp2p-noise',
        peerId: '12D3KooWPeer',
        address: '/ip4/192.0.2.7/tcp/7471',
        handshakeAt: NOW,
        answeredAt: NOW,
        latencyMs: 3,
        source: 'store',
      }
    },
    openChallenge: async ({ answerer, origin, purpose }) => ({
      network: 'main',
      asker: ME,
      answerer,
      askerNonce: '11'.repeat(32),
      purpose,
      origin,
      expiresAt: NOW,
    }),
    answerChallenge: async ({ question }) => ({
      ...question,
      answererNonce: '22'.repeat(32),
      role: 'answerer',
      keyId: `${ME}#k0.0`,
      signature: '33'.repeat(64),
    }),
    confirmChallenge: async ({ proof }) => ({
      proved: provedOf(proof),
      proof: { ...proof, role: 'asker', keyId: `${ME}#k0.0` },
    }),
    verifyChallenge: async ({ proof }) => provedOf(proof),
    signContent: async (input) => {
      seen('signContent', input)
      return signatureFields(
        signContent(contentOf(input), {
          log: SIGNER_LOG,
          signer: SIGNER,
          signedAtMs: NOW_MS,
        }),
      )
    },
    verifyContent: async ({ signature, text, sha256 }) => {
      seen('verifyContent', { signature, text, sha256 })
      return {
        did: signature.did,
        keyId: signature.keyId,
        kind: signature.kind,
        sha256: signature.sha256,
        signedAt: signature.signedAt,
        standing: memory.standing,
        content: 'not-compared',
        source: 'store',
      }
    },
    createVouch: async (input) => {
      seen('createVouch', input)
      mustExist(input.subject)
      memory.published++
      return created
    },
    listVouches: async () => ({ items: [vouch(4), vouch(5)], cursor: null }),
    revokeVouch: async (input) => {
      seen('revokeVouch', input)
      return { ...created, id: recordId(6) }
    },
    createPromise: async (input) => {
      seen('createPromise', input)
      return created
    },
    listPromises: async () => ({ items: [], cursor: null }),
    createObservation: async (input) => {
      seen('createObservation', input)
      const isPublic = input.share === 'public'
      return { ...created, public: isPublic, expiresAt: isPublic ? LATER : null }
    },
    listObservations: async () => ({ items: [], cursor: null }),
    score: async ({ did }) => ({ ...scored(did), from: memory.from }),
    explanation: async ({ did }) => explanationOf(scored(did)),
    history: async ({ did, scope }) => ({
      viewer: ME,
      subject: did,
      scope,
      points: did === BOB ? HISTORY : [],
      events: did === BOB ? [{ day: '2026-11-22', ...DRIFTED }] : [],
    }),
    playLab: async () => {
      throw new ApiError({ code: 'api/lab-off' })
    },
    pathsBetween: async ({ from = ME, to, scope, without }) => ({
      from,
      to,
      scope,
      items: to === BOB && without.length === 0 ? PATHS : [],
      standing: 0.1,
      standingWithout: without.length === 0 ? 0.1 : 0,
      truncated: false,
    }),
    publishObservation: async () => {
      memory.published++
      return { id: recordId(memory.published), public: true, revoked: [], expiresAt: null }
    },
    paths: async ({ did, scope }) => ({
      viewer: ME,
      subject: did,
      scope,
      items: did === BOB ? PATHS : [],
    }),
    listAgents: async ({ q }) => {
      const digits = q?.replace('did:aip:', '')
      const items = known.filter(
        (did) =>
          (q === undefined ||
            memory.names.get(did) === q ||
            did.startsWith(`did:aip:${digits ?? ''}`)) &&
          !memory.forgotten.has(did),
      )
      return { items: items.map(row), cursor: null, from: memory.from, asOf: NOW }
    },
    getAgent: async ({ did }) => ({
      did,
      name: null,
      isMe: false,
      identity: 'known',
      keys: [],
      records: { about: 0, by: 0 },
      score: scored(did),
    }),
    listPins: async () => ({
      items: [...memory.names].map(([did, name]) => ({
        did,
        name,
        kind: null,
        cap: null,
        inception: null,
      })),
    }),
    putPin: async ({ did, name, kind }) => {
      if (name !== undefined) memory.names.set(did, name)
      return { did, name: name ?? null, kind: kind ?? null, cap: null, inception: null }
    },
    deletePin: async ({ did }) => ({ removed: memory.names.delete(did) }),
    listForgotten: async () => ({
      items: [...memory.forgotten].map((did) => ({
        did,
        name: memory.names.get(did) ?? null,
        since: NOW,
      })),
    }),
    forgetAgent: async ({ did }) => {
      memory.forgotten.add(did)
      return { did, name: memory.names.get(did) ?? null, since: NOW }
    },
    recallAgent: async ({ did }) => ({ recalled: memory.forgotten.delete(did) }),
    listPeers: async () => ({ items: [] }),
    addPeer: async ({ address }) => {
      if (!address.startsWith('/') && !address.startsWith('aip-node:')) {
        throw new NodeError({ code: 'node/peer-address-invalid', reason: 'it is no multiaddr' })
      }
      return {
        peer: '12D3KooWPeer',
        did: null,
        connected: true,
        direction: 'outbound',
        addresses: [address],
        bootstrap: false,
        connectedSince: NOW,
        latencyMs: 12,
        receivedBytes: null,
        sentBytes: null,
      }
    },
    listDenied: async () => ({ items: [...memory.denied].map(deniedView) }),
    denyPeer: async ({ subject }) => {
      memory.denied.add(subject)
      return deniedView(subject)
    },
    readmitPeer: async ({ subject }) => ({ readmitted: memory.denied.delete(subject) }),
    doctor: async () => ({ checks: [...memory.checks] }),
    removePeer: async ({ peer }) => ({ removed: peer === '12D3KooWPeer' }),
    getRecord: async ({ id }) => ({
      record: { id, type: 'vouch', issuer: ME, issuedAt: NOW, expiresAt: LATER },
      hash: 'ab'.repeat(32),
      bytes: 'oA==',
    }),
    listRecords: async ({ prefix }) => ({
      items: [4, 5]
        .map(recordId)
        .filter((id) => prefix === undefined || id.startsWith(prefix))
        .map((id) => ({ id, type: 'vouch', issuer: ME, issuedAt: NOW, expiresAt: LATER })),
      cursor: null,
    }),
    importRecords: async ({ body }) => {
      for await (const chunk of body) memory.uploaded += chunk.length
      return {
        identities: 1,
        read: 3,
        stored: 1,
        known: 1,
        refused: [{ code: 'record/expired', count: 1 }],
      }
    },
    exportHome: async function* () {
      yield new Uint8Array()
    },
    exportRecords: async function* () {
      yield Buffer.from('aip-')
      yield Buffer.from('bundle')
    },
    exportCredential: async (input) => {
      seen('exportCredential', input)
      return {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        id: `${ME}/records/${input.id}`,
        type: ['VerifiableCredential'],
        issuer: ME,
        validFrom: NOW,
        validUntil: LATER,
        credentialSubject: { id: BOB },
        evidence: [{ record: input.id }],
        proof: { verificationMethod: `${ME}#k0.0`, proofValue: 'z1' },
      }
    },
    verifyCredential: async (input) => {
      seen('verifyCredential', input)
      return {
        valid: false,
        rule: 'V7',
        code: 'credential/proof-invalid',
        problem: 'It was changed.',
        vouch: null,
        key: null,
      }
    },
    events: async function* ({ cursor = 0 }, { signal }) {
      for (let at = cursor + 1; at <= 3; at++) {
        yield { cursor: at, at: NOW, kind: 'peer.up', data: { peer: `12D3KooW${at}` } }
      }
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => {
          resolve()
        })
      })
    },
  }
}

function deniedView(subject: string): Output<'denyPeer'> {
  return { kind: 'range', subject, since: NOW, configured: false }
}

export function explanationOf(score: Output<'score'>): Output<'explanation'> {
  const isKnown = score.state === 'known'
  const terms = { calibration: 0.86, adaptation: 0.71, robustness: 0.74 }
  return {
    score,
    sentence: 'It is so.',
    social: {
      value: isKnown ? 0.528 : 0,
      ceiling: 0.85,
      standing: isKnown ? 0.1025 : 0,
      distrust: 0,
      halfStanding: 0.0625,
      paths: isKnown ? PATHS : [],
      otherPaths: 0,
      dropped: 0,
      upper: 0.53,
    },
    behaviour: isKnown
      ? {
          value: 0.794,
          components: terms,
          proportions: { calibration: 0.5, adaptation: 0.2, robustness: 0.3 },
          priorWeight: 1 / 64,
          priorValue: 0.5,
          evidence: 4,
          mean: 0.9,
          interval: { low: 0.6, high: 0.99 },
          lower: 0.5,
          upper: 0.9,
          observers: [
            {
              observer: ALICE,
              standing: 0.5,
              weight: 3,
              outcomes: 40,
              attested: 40,
              lastAt: NOW,
              mean: 0.9,
              adaptation: 0.5,
              robustness: 0.8,
            },
          ],
          otherObservers: {
            count: 1,
            weight: 1,
            sums: { calibration: 1, adaptation: 0.5, robustness: 0.7 },
          },
          selfReports: 2,
        }
      : null,
    cap: null,
    drift: isKnown
      ? {
          severity: 'warning',
          direction: 'down',
          from: 0.93,
          to: 0.81,
          windowCount: 20,
          since: '2026-11-16T18:00:00.000Z',
        }
      : null,
    divergence: null,
    honesty: { claims: 0, compared: 0, differing: 0 },
    equivocations: [],
    isForked: false,
    used: { vouches: [recordId(1)], observations: [], observationCount: 2 },
    ignored: [{ kind: 'vouch', reason: 'not-reachable', count: 3, ids: [] }],
    counterfactuals: {
      fooledNeeded: 1,
      ifOneFriendIsWrong: {
        least: { without: ALICE, score: 0.263 },
        greatest: { without: ALICE, score: 0.263 },
        branches: [{ without: ALICE, score: 0.263 }],
      },
    },
  }
}

/** The client of such a node without HTTP: inputs, answers and errors pass the same checks. */
export function memoryClient(handlers: Handlers): Client {
  const caller: Caller = {
    rights: new Set(RIGHTS),
    via: 'socket',
    signal: new AbortController().signal,
  }
  const calls = Object.entries(operations).map(([name, operation]) => {
    const operationName = name as OperationName
    const handler = handlers[operationName] as (input: object, caller: Caller) => unknown
    const isStream = operation.transfer === 'download' || operation.transfer === 'events'
    const parse = (input: Record<string, unknown>): object => {
      const { body, ...fields } = input
      const parsed = parseInput(operationName, fields, NOW_MS)
      return operation.transfer === 'upload' ? { ...parsed, body } : parsed
    }
    const call = async (input: Record<string, unknown>): Promise<unknown> => {
      try {
        const output = await handler(parse(input), caller)
        return operation.output.parse(JSON.parse(JSON.stringify(output)))
      } catch (error) {
        if (!(error instanceof AipError)) throw error
        const { status, code, detail, help } = problemOf(error)
        const fault = { status, problem: code, sentence: detail, help }
        throw new ClientError({ code: 'client/refused', ...fault }, { cause: error })
      }
    }
    const stream = (
      input: Record<string, unknown>,
      options: { signal?: AbortSignal } = {},
    ): unknown => handler(parse(input), { ...caller, ...options })
    return [name, isStream ? stream : call]
  })
  return Object.fromEntries(calls) as Client
}

function provedOf(proof: Parameters<Handlers['verifyChallenge']>[0]['proof']) {
  const { asker, answerer, role, keyId, purpose, origin } = proof
  return {
    did: role === 'asker' ? asker : answerer,
    keyId,
    role,
    purpose,
    origin,
    source: 'store' as const,
  }
}

function contentOf(input: Parameters<Handlers['signContent']>[0]): ContentHash {
  const { kind, text, sha256 } = input
  return sha256 === undefined ? textContent(text ?? '') : { kind, hash: fromHex(sha256) }
}

function mustExist(did: string): void {
  if (did === STRANGER) throw new NodeError({ code: 'node/did-unresolved', did })
}
