/**
 * Every operation of the node, declared once. The HTTP server, the typed client, the commands' checks
 * and docs/spec/api.md are derived from this table.
 *
 * It knows the shapes of the interface and nothing else: no node, no wire format. An operation's
 * input is one flat object; the server fills it from the path, then from the query (GET) or from the
 * JSON body (all other methods).
 */
import { z } from 'zod'
import type { Operation, Right } from './operation.ts'
import { accessOperations } from './operations/access.ts'
import { agentCardOperations } from './operations/agent-cards.ts'
import { graphOperations } from './operations/graph.ts'
import { httpSignatureOperations } from './operations/http-signatures.ts'
import { labOperations } from './operations/lab.ts'
import { logOperations } from './operations/logs.ts'
import { whatIfOperations } from './operations/what-if.ts'
import * as shape from './schema.ts'
import * as view from './views.ts'

export { RIGHTS } from './operation.ts'
export type { Operation, Right } from './operation.ts'

const alice = 'did:aip:c196ab2f3d0e4b5a69788796a5b4c370'
const bob = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'
const record = `bafyrei${'a'.repeat(52)}`

const key = '7d'.repeat(32)
const question = {
  network: 'main',
  asker: alice,
  answerer: bob,
  askerNonce: '11'.repeat(32),
  purpose: 'login',
  origin: 'https://bob.example',
  expiresAt: '2027-01-31T12:00:30.000Z',
}
const answer = {
  ...question,
  answererNonce: '22'.repeat(32),
  role: 'answerer',
  keyId: `${bob}#k0.0`,
  signature: '33'.repeat(64),
}
const signature = {
  v: 1,
  type: 'aip-signature',
  kind: 'text',
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  did: bob,
  keyId: `${bob}#k0.0`,
  key,
  signedAt: '2026-11-25T12:00:00.000Z',
  signature: '33'.repeat(64),
  log: '81a0',
}

const seed = '0f'.repeat(32)

const outgoing = {
  compromised: z
    .boolean()
    .default(false)
    .describe('Nothing by the key that goes counts any more; what lives of it is signed again.'),
  stolenSince: shape.Time.optional().describe(
    'With compromised: what came from then on may be the thief’s, and is not signed again.',
  ),
}

const DeniedText = z.string().min(1).max(64).describe('A peer id, a DID, an IP address or a range.')

/** What agents may be listed by. */
export const AGENT_ORDERS = ['score', 'confidence', 'outcomes', 'seen', 'name'] as const

const paged = { cursor: shape.Cursor, limit: shape.PageSize }
const about = { did: shape.Did, scope: shape.Scope.default('general') }
const asOf = {
  at: shape.Time.optional().describe(
    'As of this moment, from the records held now; now if not said.',
  ),
}

export const operations = {
  status: {
    summary: 'How the node is: version, network, peers, store, and what to do next.',
    method: 'GET',
    path: '/v1/status',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: view.Status,
    example: {},
  },
  identity: {
    summary: 'Who this node is: DID, key, addresses, invites.',
    method: 'GET',
    path: '/v1/identity',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: view.Identity,
    example: {},
  },
  rotateIdentity: {
    summary: 'Replace the operational key, by the rotation key of the sheet. The DID stays.',
    method: 'POST',
    path: '/v1/identity/rotate',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      authority: shape.SeedHex,
      rotationKey: shape.KeyHex.optional().describe('The key that may rotate next.'),
      ...outgoing,
    }),
    output: view.IdentityChange,
    example: { authority: seed, rotationKey: key, compromised: true },
  },
  recoverIdentity: {
    summary: 'Begin a new generation of keys, by the recovery key of the sheet. The DID stays.',
    method: 'POST',
    path: '/v1/identity/recover',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      authority: shape.SeedHex,
      rotationKey: shape.KeyHex.optional().describe('The key that may rotate next.'),
      recoveryKey: shape.KeyHex.optional().describe('The key that may recover next.'),
      ...outgoing,
    }),
    output: view.IdentityChange,
    example: { authority: seed, rotationKey: key, recoveryKey: key },
  },
  deactivateIdentity: {
    summary: 'End this identity for good, by the recovery key of the sheet.',
    method: 'POST',
    path: '/v1/identity/deactivate',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({ authority: shape.SeedHex, compromised: outgoing.compromised }),
    output: view.IdentityChange,
    example: { authority: seed },
  },
  resolve: {
    summary: 'The DID document of a DID, how it was obtained, how fresh and how verified it is.',
    method: 'GET',
    path: '/1.0/identifiers/{did}',
    right: 'read',
    transfer: 'resolution',
    input: z.strictObject({
      did: shape.AnyDid,
      noCache: z.boolean().default(false).describe('Ask others even if what is held is fresh.'),
    }),
    output: view.Resolution,
    example: { did: bob },
  },

  provePeer: {
    summary: "Dial the peer of an agent's current key, and have it prove that it holds the key.",
    method: 'POST',
    path: '/v1/agents/{did}/possession',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ did: shape.Did }),
    output: view.Possession,
    example: { did: bob },
  },
  openChallenge: {
    summary: 'Ask an agent behind an HTTP origin to prove its key: the question to send there.',
    method: 'POST',
    path: '/v1/challenges',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      answerer: shape.Did.describe('The agent that is to answer.'),
      origin: shape.Origin,
      purpose: shape.Purpose.default('identify'),
    }),
    output: shape.Question,
    example: { answerer: bob, origin: 'https://bob.example', purpose: 'login' },
  },
  answerChallenge: {
    summary: "Answer another agent's question, if it is for an origin that this agent serves.",
    method: 'POST',
    path: '/v1/challenges/answer',
    right: 'sign',
    transfer: 'json',
    input: z.strictObject({ question: shape.Question }),
    output: shape.ChallengeProof,
    example: { question },
  },
  confirmChallenge: {
    summary: 'Check the answer to my question and, if it holds, prove my own key in turn.',
    method: 'POST',
    path: '/v1/challenges/confirm',
    right: 'sign',
    transfer: 'json',
    input: z.strictObject({ proof: shape.ChallengeProof }),
    output: z.strictObject({ proved: view.Proved, proof: shape.ChallengeProof }),
    example: { proof: answer },
  },
  verifyChallenge: {
    summary: "Check the other side's proof: an answer to my question, or a confirmation to me.",
    method: 'POST',
    path: '/v1/challenges/verify',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ proof: shape.ChallengeProof }),
    output: view.Proved,
    example: { proof: answer },
  },
  signContent: {
    summary: 'Sign text, or the hash of a file or of the manifest of a directory.',
    method: 'POST',
    path: '/v1/sign',
    right: 'sign',
    transfer: 'json',
    input: z
      .strictObject({
        kind: shape.ContentKind,
        text: shape.SignedText.optional(),
        sha256: shape.ContentSha256.optional(),
      })
      .refine(({ text, sha256 }) => (text === undefined) !== (sha256 === undefined), {
        error: 'Give the text or its hash, not both',
        path: ['sha256'],
      })
      .refine(({ kind, text }) => text === undefined || kind === 'text', {
        error: 'Only kind "text" is signed from the text itself',
        path: ['text'],
      }),
    output: shape.ContentSignature,
    example: { kind: 'text', text: 'hello' },
  },
  verifyContent: {
    summary: 'Check a signature of text or files, and how the key that signed stands now.',
    method: 'POST',
    path: '/v1/verify',
    right: 'read',
    transfer: 'json',
    input: z
      .strictObject({
        signature: shape.ContentSignature,
        text: shape.SignedText.optional().describe('The text to compare.'),
        sha256: shape.ContentSha256.optional().describe('The hash to compare, if not the text.'),
      })
      .refine(({ text, sha256 }) => text === undefined || sha256 === undefined, {
        error: 'Give the text or its hash, not both',
        path: ['sha256'],
      }),
    output: view.CheckedSignature,
    example: { signature, text: 'hello' },
  },

  createVouch: {
    summary:
      'Vouch for an agent, for one scope, until the vouch expires. Public and irrevocable as a fact.',
    method: 'POST',
    path: '/v1/vouches',
    right: 'vouch',
    transfer: 'json',
    takesIdempotencyKey: true,
    input: z.strictObject({
      subject: shape.Did.describe('The agent to vouch for.'),
      scope: shape.Scope.default('general'),
      level: shape.Level,
      expiresAt: shape.Time.optional().describe('When it ends; 90 days from now if not said.'),
      statement: shape.Statement.optional().describe('Why, in a sentence. Public.'),
    }),
    output: view.Created,
    example: { subject: bob, scope: 'code-review', level: 0.8, statement: 'merged 40 PRs' },
    future: ['expiresAt'],
  },
  listVouches: {
    summary: 'Vouches held here, newest first.',
    method: 'GET',
    path: '/v1/vouches',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      issuer: shape.Did.optional(),
      subject: shape.Did.optional(),
      scope: shape.Scope.optional(),
      ...paged,
    }),
    output: shape.page(view.VouchView),
    example: { issuer: alice },
  },
  revokeVouch: {
    summary: 'Take a vouch of mine back. Public; the vouch stays readable and stops to count.',
    method: 'POST',
    path: '/v1/vouches/{id}/revoke',
    right: 'vouch',
    transfer: 'json',
    takesIdempotencyKey: true,
    input: z.strictObject({
      id: shape.RecordId.describe('The vouch.'),
      reason: shape.Statement.optional().describe('Why, in a sentence. Public.'),
    }),
    output: view.Created,
    example: { id: record, reason: 'the key was lent out' },
  },

  createPromise: {
    summary: 'Promise a delegator to deliver work by a deadline. Public.',
    method: 'POST',
    path: '/v1/promises',
    right: 'observe',
    transfer: 'json',
    takesIdempotencyKey: true,
    input: z.strictObject({
      delegator: shape.Did.describe('The agent that gave the task.'),
      task: shape.Scope.describe('The scope of the task.'),
      work: shape.Work.describe('What will be delivered.'),
      deadline: shape.Time.describe('By when.'),
      specification: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'A hash is 64 lower-case hex digits')
        .optional()
        .describe('SHA-256 of the specification of the task, in hex.'),
    }),
    output: view.Created,
    example: { delegator: bob, task: 'review', work: 10, deadline: '2027-01-31T12:00:00Z' },
    future: ['deadline'],
  },
  listPromises: {
    summary: 'Promises held here, newest first.',
    method: 'GET',
    path: '/v1/promises',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      issuer: shape.Did.optional(),
      delegator: shape.Did.optional(),
      ...paged,
    }),
    output: shape.page(view.PromiseView),
    example: { issuer: bob },
  },
  createObservation: {
    summary:
      'Say what an agent delivered. Private unless shared; public ones need the right "vouch".',
    method: 'POST',
    path: '/v1/observations',
    right: 'observe',
    transfer: 'json',
    takesIdempotencyKey: true,
    input: shape.ObservationInput,
    output: view.Created,
    example: { subject: bob, task: 'review', promised: 10, delivered: 9 },
  },
  publishObservation: {
    summary: 'Sign a private observation of mine and send it to the network. Irrevocable.',
    method: 'POST',
    path: '/v1/records/publish',
    right: 'vouch',
    transfer: 'json',
    takesIdempotencyKey: true,
    input: z.strictObject({
      id: shape.PrivateId.describe('The private observation; it becomes the public one.'),
    }),
    output: view.Created,
    example: { id: 'private-3f2b8f0e-7c51-4e0a-9d53-0f6f3c1f2a77' },
  },
  listObservations: {
    summary: 'Observations held here, my private ones included, newest first.',
    method: 'GET',
    path: '/v1/observations',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      issuer: shape.Did.optional(),
      subject: shape.Did.optional(),
      ...paged,
    }),
    output: shape.page(view.ObservationView),
    example: { subject: bob },
  },

  score: {
    summary: 'Should I delegate to this agent? The score from my viewpoint; gates use "assured".',
    method: 'GET',
    path: '/v1/agents/{did}/score',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ ...about, ...asOf }),
    output: view.Score,
    example: { did: bob, scope: 'code-review' },
  },
  explanation: {
    summary: 'The same number, taken apart into the records that it was made of.',
    method: 'GET',
    path: '/v1/agents/{did}/explanation',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ ...about, ...asOf }),
    output: view.Explanation,
    example: { did: bob },
  },
  history: {
    summary: 'How an agent did, day by day, and when its latest outcomes left the rest.',
    method: 'GET',
    path: '/v1/agents/{did}/pdr',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      ...about,
      ...asOf,
      days: z.int().min(1).max(400).default(90).describe('The latest so many days.'),
    }),
    output: view.History,
    example: { did: bob, scope: 'review', days: 28 },
  },
  paths: {
    summary: 'How I reach an agent: vouch paths, strongest first.',
    method: 'GET',
    path: '/v1/agents/{did}/paths',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ ...about, k: z.int().min(1).max(50).default(5).describe('At most.') }),
    output: view.Paths,
    example: { did: bob, k: 5 },
  },
  listAgents: {
    summary: 'The agents known here, with their scores, best first.',
    method: 'GET',
    path: '/v1/agents',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      q: shape.Query.optional().describe(
        'A petname, or the beginning of a DID or of its hex digits.',
      ),
      scope: shape.Scope.default('general'),
      minScore: z.number().min(0).max(1).optional(),
      seenSince: shape.Time.optional().describe('Only those with an outcome since then.'),
      sort: z
        .enum(AGENT_ORDERS)
        .default('score')
        .describe('All agents in this order, best, newest or first letter first; unknown last.'),
      ...paged,
    }),
    output: view.AgentPage,
    example: { q: '7f3a0c' },
  },
  getAgent: {
    summary: 'One agent: keys, name, what is held about it.',
    method: 'GET',
    path: '/v1/agents/{did}',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ did: shape.Did }),
    output: view.Agent,
    example: { did: bob },
  },

  listPins: {
    summary: 'My own overrides and petnames. They never leave this node.',
    method: 'GET',
    path: '/v1/pins',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(view.PinView) }),
    example: {},
  },
  putPin: {
    summary: 'Trust, distrust, cap or name an agent, for this node alone.',
    method: 'PUT',
    path: '/v1/pins/{did}',
    right: 'vouch',
    transfer: 'json',
    input: z.strictObject({
      did: shape.Did,
      kind: z.enum(view.PIN_KINDS).optional().describe('Left out: only the name is set.'),
      cap: shape.Level.optional().describe('The highest score, for kind "cap".'),
      name: shape.Name.optional().describe('A petname.'),
      branch: z
        .string()
        .regex(/^[0-9a-f]{8,64}$/)
        .optional()
        .describe('Where two key logs claim the name: inception or head of the one meant, in hex.'),
    }),
    output: view.PinView,
    example: { did: bob, kind: 'distrust', name: 'bob' },
  },
  deletePin: {
    summary: 'Remove an override and its petname.',
    method: 'DELETE',
    path: '/v1/pins/{did}',
    right: 'vouch',
    transfer: 'json',
    input: z.strictObject({ did: shape.Did }),
    output: z.strictObject({ removed: z.boolean() }),
    example: { did: bob },
  },

  listForgotten: {
    summary: 'The agents that lists and events leave out.',
    method: 'GET',
    path: '/v1/forgotten',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(view.ForgottenView) }),
    example: {},
  },
  forgetAgent: {
    summary: 'Hide an agent from lists and events of this node. Its records stay, and still count.',
    method: 'PUT',
    path: '/v1/forgotten/{did}',
    right: 'vouch',
    transfer: 'json',
    input: z.strictObject({ did: shape.Did }),
    output: view.ForgottenView,
    example: { did: bob },
  },
  recallAgent: {
    summary: 'Show an agent again that was hidden.',
    method: 'DELETE',
    path: '/v1/forgotten/{did}',
    right: 'vouch',
    transfer: 'json',
    input: z.strictObject({ did: shape.Did }),
    output: z.strictObject({ recalled: z.boolean() }),
    example: { did: bob },
  },

  listPeers: {
    summary: 'The nodes that this node is connected to or keeps the address of.',
    method: 'GET',
    path: '/v1/peers',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(view.PeerView) }),
    example: {},
  },
  addPeer: {
    summary: 'Connect to a node by invite or multiaddr, and remember it.',
    method: 'POST',
    path: '/v1/peers',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      address: z.string().min(1).max(1024).describe('aip-node:<multiaddr>?… or a multiaddr.'),
    }),
    output: view.PeerView,
    example: {
      address: '/ip4/192.0.2.7/tcp/7471/p2p/12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj',
    },
  },
  removePeer: {
    summary: 'Disconnect from a node and forget its addresses.',
    method: 'DELETE',
    path: '/v1/peers/{peer}',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({
      peer: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{1,64}$/, 'A peer id is base58 text'),
    }),
    output: z.strictObject({ removed: z.boolean() }),
    example: { peer: '12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj' },
  },

  listDenied: {
    summary: 'Whom this node keeps out: peers, agents and ranges of addresses.',
    method: 'GET',
    path: '/v1/denied',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ items: z.array(view.DeniedView) }),
    example: {},
  },
  denyPeer: {
    summary: 'Keep a peer, an agent or a range of addresses out, and hang up on it.',
    method: 'POST',
    path: '/v1/denied',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({ subject: DeniedText }),
    output: view.DeniedView,
    example: { subject: '198.51.100.0/24' },
  },
  readmitPeer: {
    summary: 'Let somebody in again who was kept out.',
    method: 'POST',
    path: '/v1/denied/readmit',
    right: 'admin',
    transfer: 'json',
    input: z.strictObject({ subject: DeniedText }),
    output: z.strictObject({ readmitted: z.boolean() }),
    example: { subject: '198.51.100.0/24' },
  },

  doctor: {
    summary: 'Checks of the running node, each with a verdict and what to do about it.',
    method: 'GET',
    path: '/v1/doctor',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({}),
    output: z.strictObject({ checks: z.array(view.Check) }),
    example: {},
  },

  getRecord: {
    summary: 'One record: what was signed, and its bytes.',
    method: 'GET',
    path: '/v1/records/{id}',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({ id: shape.RecordId }),
    output: view.RecordDetail,
    example: { id: record },
  },
  listRecords: {
    summary: 'Records held here, newest first.',
    method: 'GET',
    path: '/v1/records',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      issuer: shape.Did.optional(),
      subject: shape.Did.optional(),
      type: z.enum(view.RECORD_TYPES).optional(),
      prefix: z
        .string()
        .regex(/^[a-z0-9]{6,64}$/, 'A prefix is 6 to 64 characters of an id')
        .optional()
        .describe('How the id begins.'),
      ...paged,
    }),
    output: shape.page(view.RecordView),
    example: { type: 'vouch' },
  },
  importRecords: {
    summary: 'Take in a bundle of records and identities. Stored, not gossiped.',
    method: 'POST',
    path: '/v1/records/import',
    right: 'admin',
    transfer: 'upload',
    input: z.strictObject({}),
    output: view.Imported,
    example: {},
  },
  exportRecords: {
    summary: 'A bundle of the records held here and the identities that they need.',
    method: 'GET',
    path: '/v1/records/export',
    right: 'read',
    transfer: 'download',
    input: z.strictObject({
      issuer: shape.Did.optional(),
      subject: shape.Did.optional(),
    }),
    output: z.unknown(),
    example: { issuer: alice },
  },

  exportCredential: {
    summary:
      'A live vouch of mine as a W3C Verifiable Credential 2.0, signed anew. Irrevocable as a fact.',
    method: 'POST',
    path: '/v1/records/{id}/credential',
    right: 'vouch',
    transfer: 'json',
    input: z.strictObject({ id: shape.RecordId.describe('The vouch.') }),
    output: view.Credential,
    example: { id: record },
  },
  verifyCredential: {
    summary: 'Whether a credential of a vouch holds, by the key logs and revocations known here.',
    method: 'POST',
    path: '/v1/credentials/verify',
    right: 'read',
    transfer: 'json',
    input: z.strictObject({
      credential: z
        .string()
        .min(1)
        .max(65_536)
        .describe('The text of its JSON, as it came: a parser may have lost what was signed.'),
    }),
    output: view.CredentialVerdict,
    example: { credential: '{"@context":["https://www.w3.org/ns/credentials/v2"]}' },
  },
  exportHome: {
    summary: 'For a backup: pins, private observations, own records, author sequences. No key.',
    method: 'POST',
    path: '/v1/backup',
    right: 'admin',
    transfer: 'download',
    input: z.strictObject({}),
    output: z.unknown(),
    example: {},
  },

  events: {
    summary: 'What happens, as server-sent events; Last-Event-ID resumes.',
    method: 'GET',
    path: '/v1/events',
    right: 'read',
    transfer: 'events',
    input: z.strictObject({
      kinds: z
        .array(
          z.enum(view.EVENT_KINDS, { error: `A kind is one of ${view.EVENT_KINDS.join(', ')}` }),
        )
        .max(32)
        .optional()
        .describe('Only these kinds, separated by commas in the query.'),
      cursor: z.int().min(0).optional().describe('Only events after this one.'),
    }),
    output: view.EventView,
    example: { kinds: ['record.accepted', 'peer.up'] },
  },

  ...graphOperations,
  ...accessOperations,
  ...logOperations,
  ...httpSignatureOperations,
  ...agentCardOperations,
  ...whatIfOperations,
  ...labOperations,
} as const satisfies Readonly<Record<string, Operation>>

export type Operations = typeof operations
export type OperationName = keyof Operations

/** An input as a caller writes it. */
export type Input<Name extends OperationName> = z.input<Operations[Name]['input']>
/** The same with its defaults filled in, as a handler gets it. */
export type Parsed<Name extends OperationName> = z.output<Operations[Name]['input']>
export type Output<Name extends OperationName> = z.output<Operations[Name]['output']>

/** Who asks: which rights, over what, and for how long the answer is wanted. */
export interface Caller {
  readonly rights: ReadonlySet<Right>
  readonly via: 'socket' | 'tcp'
  /** Aborted when the caller went away or the server closes. */
  readonly signal: AbortSignal
}

interface Upload {
  readonly body: AsyncIterable<Uint8Array>
}
/** An input without fields of its own is the bytes alone. */
type Uploaded<In> = In extends Record<string, never> ? Upload : In & Upload

/** `Rest` is what follows the input: the caller at the node, options at the client. */
type Call<Name extends OperationName, In, Rest extends readonly unknown[]> = {
  readonly json: (input: In, ...rest: Rest) => Promise<Output<Name>>
  readonly resolution: (input: In, ...rest: Rest) => Promise<Output<Name>>
  readonly upload: (input: Uploaded<In>, ...rest: Rest) => Promise<Output<Name>>
  readonly download: (input: In, ...rest: Rest) => AsyncIterable<Uint8Array>
  readonly events: (input: In, ...rest: Rest) => AsyncIterable<Output<Name>>
}[Operations[Name]['transfer']]

/** What answers: one function an operation. */
export type Handlers = {
  readonly [Name in OperationName]: Call<Name, Parsed<Name>, [caller: Caller]>
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** How long to wait for the answer to begin. */
  readonly timeoutMs?: number
  /** Sent again with the same key, what it asks for is done once. Where the operation takes one. */
  readonly idempotencyKey?: string
}

/** What commands and programs talk to: over a socket or, in tests, in memory. */
export type Client = {
  readonly [Name in OperationName]: Call<Name, Input<Name>, [options?: CallOptions]>
}
