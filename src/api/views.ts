/** What the local interface answers with. Shapes only; `handlers.ts` fills them from the node. */
import { z } from 'zod'
import {
  CLARITIES,
  Conditions,
  CONTENT_KINDS,
  Did,
  HashHex,
  Level,
  page,
  RecordId,
  Scope,
  Time,
} from './schema.ts'

export const RECORD_TYPES = ['vouch', 'revocation', 'promise', 'observation'] as const
export const PIN_KINDS = ['trust', 'distrust', 'cap'] as const
export const SCORE_SOURCES = ['view', 'checkpoint'] as const
export const TRUST_STATES = ['known', 'thin', 'unknown', 'distrusted'] as const

const Count = z.int().min(0)
/** In [0, 1]; null when unknown, which is not zero. */
const Share = z.number().nullable()
/** Text that a stranger wrote: to be shown as text and nothing else. */
const Foreign = z.string()

export const Created = z.strictObject({
  id: z.string().describe('The id of the new record; for a private observation, its local id.'),
  public: z.boolean().describe('Whether it was signed and handed to the network.'),
  revoked: z.array(RecordId).describe('Older vouches of mine that it replaced.'),
  expiresAt: Time.nullable(),
})
export type Created = z.infer<typeof Created>

/** Whether the key of this home still speaks for its agent. */
const OwnState = z.enum(['active', 'forked', 'retired', 'deactivated'])

/** A reconciliation under way, in records. */
const SyncSessionView = z.strictObject({
  peer: z.string(),
  began: z.enum(['here', 'there']),
  received: Count,
  fresh: Count.describe('Of the received ones, how many were new here.'),
  sent: Count,
  toReceive: Count.describe('Known to be missing here; a range asked for whole counts as one.'),
  toSend: Count.describe('Known to be missing there.'),
  perSecond: Count.describe('Of both directions.'),
  secondsLeft: Count.nullable().describe('Of what is known to differ; null while nothing moves.'),
})

/** How level this node is with its peers. */
const SyncView = z.strictObject({
  state: z
    .enum(['starting', 'behind', 'complete'])
    .describe('Complete: the peers that this node chose hold nothing that is missing here.'),
  agreed: Count.describe('Peers of its choice that held nothing more when they were last asked.'),
  needed: Count.describe('Three, or all of them where there are fewer.'),
  lastComplete: z
    .strictObject({ at: Time, peers: Count })
    .nullable()
    .describe('When it was last found complete, and by how many peers.'),
  toReceive: Count,
  toSend: Count,
  perSecond: Count,
  secondsLeft: Count.nullable().describe('Until the last of the sessions under way is done.'),
  received: Count.describe('Records since the start.'),
  fresh: Count,
  sent: Count,
  receivedBytes: Count,
  sentBytes: Count,
  sessions: Count.describe('Ended since the start.'),
  underWay: z.array(SyncSessionView),
})

export const Status = z.strictObject({
  version: z.string(),
  network: z.string(),
  did: Did,
  /** `did#k0.0`: the operational key that signs now. */
  keyId: z.string(),
  root: z.enum(['hot', 'cold']),
  identity: OwnState,
  peerId: z.string(),
  pid: Count,
  startedAt: Time,
  /** Whether this node has a viewpoint: vouches of mine, or introducers. */
  hasView: z.boolean(),
  mine: z.strictObject({
    vouches: Count,
    promises: Count,
    observations: Count,
    privateObservations: Count,
    /** Public vouches and observations ever signed here: 0 before the first. */
    published: Count,
  }),
  peers: z.strictObject({ connected: Count, known: Count }),
  clock: z.strictObject({
    aheadMs: z
      .int()
      .nullable()
      .describe('How far this clock is ahead of the peers’; null when too few have said the time.'),
    peers: Count.describe('Peers that it is compared with.'),
  }),
  store: z.strictObject({
    records: Count,
    identities: Count,
    bytes: Count.nullable(),
    /** How far a start has come in reading the records; what needs all of them waits. */
    index: z.strictObject({
      state: z.enum(['reading', 'ready', 'failed']),
      read: Count,
    }),
  }),
  /** Of all records, those in the view; until it is ready scores are those of the checkpoint. */
  view: z.strictObject({
    ready: z.boolean(),
    records: Count,
    of: Count,
    checkpoint: Time.nullable().describe('As of when the scores are that are given meanwhile.'),
  }),
  sync: SyncView.nullable().describe('Null where there is no network.'),
  listen: z.array(z.string()),
  home: z.string(),
  api: z.strictObject({
    socket: z.string().nullable(),
    url: z.string().nullable(),
    lab: z.boolean().describe('Whether attacks may be played here.'),
  }),
  warnings: z.array(Foreign),
  /** What the operator can do next; empty when there is nothing to say. */
  next: z.array(z.string()),
})
export type Status = z.infer<typeof Status>

export const Identity = z.strictObject({
  did: Did,
  didKey: z.string(),
  peerId: z.string(),
  network: z.string(),
  /** Fragment of the operational key: `#k0.0`. */
  keyId: z.string(),
  headKeyId: z
    .string()
    .describe('The last key of the best log known: another than ours if retired.'),
  inception: z.string().describe('SHA-256 of the inception, in hex.'),
  root: z.enum(['hot', 'cold']),
  state: OwnState,
  recoverable: z.boolean().describe('Whether the identity committed to keys of a recovery sheet.'),
  addresses: z.array(z.string()).describe('Multiaddrs, with /p2p/.'),
  invites: z.array(z.string()).describe('One a reachable address, best first.'),
})
export type Identity = z.infer<typeof Identity>

export const RESOLUTION_SOURCES = [
  'own',
  'store',
  'pinned',
  'peer',
  'dht',
  'subject',
  'computed',
  'web',
] as const

const Branch = z.strictObject({
  inception: z.string().describe('SHA-256 of the inception, in hex.'),
  head: z.string().describe('SHA-256 of the last entry, in hex.'),
  key: z.string().nullable().describe('The operational key, in hex; null when deactivated.'),
})

/** Two key logs claim one name. */
export const ForkView = z.strictObject({
  at: z.enum(['inceptions', 'recoveries', 'rotations']).describe('Where the two logs part.'),
  branch: Branch.nullable().describe('The log that this node goes by; null while unsettled.'),
  because: z.enum(['own', 'pin', 'own-vouch', 'vouches', 'unsettled']),
  by: z.array(Did).describe('Whose vouches name that log, of those that this node trusts.'),
  other: z.array(Branch).describe('The other log; both while unsettled.'),
})
export type ForkView = z.infer<typeof ForkView>

/** What became of a change of this node's own key. */
export const IdentityChange = z.strictObject({
  did: Did,
  keyId: z.string().describe('The operational key from here on; of an ended identity, its last.'),
  peerId: z.string(),
  state: OwnState,
  previousKey: z.string().describe('The key that was replaced, in hex.'),
  acknowledged: Count.describe('Peers that confirmed to hold the new key log.'),
  reissued: z
    .strictObject({ vouches: Count, promises: Count, refused: Count })
    .describe('What of a compromised key was signed again.'),
})
export type IdentityChange = z.infer<typeof IdentityChange>

/** Source: W3C DID Resolution, section 4; DIF Universal Resolver. Metadata hold no numbers. */
export const Resolution = z.strictObject({
  '@context': z.string(),
  didDocument: z.record(z.string(), z.unknown()).nullable(),
  didDocumentMetadata: z.looseObject({ fork: ForkView.optional() }),
  didResolutionMetadata: z.looseObject({
    contentType: z.string(),
    source: z.enum(RESOLUTION_SOURCES).describe('How it was obtained.'),
    retrieved: Time.describe('When this answer was made.'),
    confirmed: Time.nullable().describe(
      'When others last confirmed it; null: not since the start.',
    ),
    unconfirmed: z
      .boolean()
      .describe('At best the DHT alone has said so since the start, and places in it are free.'),
    stale: z.boolean().describe('Older than it should be, and nobody who was asked knew more.'),
    verified: z.record(z.string(), z.unknown()).describe('What was checked, and how it came out.'),
  }),
})
export type Resolution = z.infer<typeof Resolution>

const recordFields = {
  id: z.string(),
  issuer: Did,
  issuedAt: Time,
  expiresAt: Time.nullable(),
}

export const VouchView = z.strictObject({
  ...recordFields,
  subject: Did,
  scope: Scope,
  level: Level,
  statement: Foreign.nullable(),
  state: z.enum(['live', 'revoked', 'expired', 'replaced', 'ignored']),
})
export type VouchView = z.infer<typeof VouchView>

/** Work as it stands in a record. */
export const WorkView = z.looseObject({ kind: z.string() })
export type WorkView = z.infer<typeof WorkView>

export const PromiseView = z.strictObject({
  ...recordFields,
  delegator: Did,
  task: Scope,
  work: WorkView,
  deadline: Time,
})
export type PromiseView = z.infer<typeof PromiseView>

export const OutcomeView = z.strictObject({
  task: Scope,
  promise: RecordId.nullable(),
  promised: WorkView,
  delivered: WorkView,
  /** In [0, 1]; null when the outcome counts for nothing. */
  fulfilment: Share,
  conditions: Conditions.nullable().describe('As they were said; null where none were.'),
  clarity: z.enum(CLARITIES),
  observedAt: Time,
  evidence: HashHex.nullable().describe(
    'SHA-256 of the evidence, in hex; null where none was named.',
  ),
})

export const ObservationView = z.strictObject({
  ...recordFields,
  subject: Did,
  share: z.enum(['private', 'public']),
  outcomes: z.array(OutcomeView),
})
export type ObservationView = z.infer<typeof ObservationView>

export const RecordView = z.looseObject({
  ...recordFields,
  type: z.enum(RECORD_TYPES),
})
export type RecordView = z.infer<typeof RecordView>

export const RecordDetail = z.strictObject({
  record: RecordView,
  hash: z.string().describe('The id in hex.'),
  bytes: z.string().describe('The canonical signed bytes, base64.'),
})
export type RecordDetail = z.infer<typeof RecordDetail>

export const Components = z.strictObject({
  calibration: Share,
  adaptation: Share,
  robustness: Share,
})

/** How much of what the network holds about an agent an answer is made of. */
export const Completeness = z.strictObject({
  complete: z.boolean().describe('Whether there is no reason to think that anything is missing.'),
  followed: z.boolean().describe("Whether this node replicates the agent's shard."),
  peersAsked: Count,
  peersAnswered: Count,
  peersAgreed: Count.describe('Of those that answered, how many hold all that any of them holds.'),
  askedAt: Time.nullable().describe('When they were asked; null when nobody had to be.'),
})
export type Completeness = z.infer<typeof Completeness>

/** The one shape of a score: here, at the command line and in the client. */
export const Score = z.strictObject({
  viewer: Did,
  subject: Did,
  scope: Scope,
  state: z.enum(TRUST_STATES),
  score: Share,
  assured: Share.describe('The lower bound. Gates use this one, and null fails.'),
  upper: Share,
  social: Share,
  standing: Share,
  reliability: Share,
  components: Components.nullable(),
  confidence: Share,
  evidence: z.strictObject({
    weight: z.number(),
    outcomes: Count,
    observers: Count,
    lastAt: Time.nullable(),
  }),
  pin: z.strictObject({ kind: z.enum(PIN_KINDS), cap: z.number().optional() }).nullable(),
  method: z.string(),
  profile: z.string(),
  params: z.string(),
  asOf: Time,
  from: z
    .enum(SCORE_SOURCES)
    .describe('The view of now, or the checkpoint of "asOf" while the view is loading.'),
  view: z.string(),
  reason: z.string().describe('Why, in a short sentence.'),
  completeness: Completeness,
})
export type Score = z.infer<typeof Score>

export const TrustPath = z.strictObject({
  share: z.number().describe("Part of the subject's standing, in [0, 1]."),
  /** From the viewer, by hops, to the subject. */
  hops: z.array(
    z.strictObject({
      did: Did.describe('Who is vouched for.'),
      via: z.enum(['vouch', 'introducer', 'pin']),
      level: z.number(),
      vouch: z.string().nullable().describe('The record, where there is one.'),
    }),
  ),
})
export type TrustPath = z.infer<typeof TrustPath>

export const Paths = z.strictObject({
  viewer: Did,
  subject: Did,
  scope: Scope,
  items: z.array(TrustPath),
})
export type Paths = z.infer<typeof Paths>

const Terms = z.strictObject({
  calibration: z.number(),
  adaptation: z.number(),
  robustness: z.number(),
})

const WithoutFriend = z.strictObject({ without: Did, score: Share })

/** A score taken apart into terms that multiply out to it. Rules: docs/spec/scoring.md. */
export const Explanation = z.strictObject({
  score: Score,
  sentence: z.string(),
  /** value = ceiling × standing / (standing + distrust + halfStanding). */
  social: z.strictObject({
    value: z.number(),
    ceiling: z.number(),
    standing: z.number(),
    distrust: z.number(),
    halfStanding: z.number(),
    paths: z.array(TrustPath),
    otherPaths: z.number().describe('Standing along paths that are not listed.'),
    dropped: z.number().describe('Standing that pruning left out.'),
    upper: z.number(),
  }),
  /** value = Σ proportion × component. Null without evidence. */
  behaviour: z
    .strictObject({
      value: z.number(),
      components: Terms,
      proportions: Terms,
      priorWeight: z.number(),
      priorValue: z.number(),
      evidence: z.number().describe('The sum of all weights.'),
      mean: z.number(),
      interval: z.strictObject({ low: z.number(), high: z.number() }),
      lower: z.number(),
      upper: z.number(),
      observers: z.array(
        z.strictObject({
          observer: Did,
          standing: z.number(),
          weight: z.number(),
          outcomes: Count,
          attested: Count,
          lastAt: Time,
          mean: z.number(),
          adaptation: z.number(),
          robustness: z.number(),
        }),
      ),
      otherObservers: z.strictObject({ count: Count, weight: z.number(), sums: Terms }),
      selfReports: Count,
    })
    .nullable(),
  cap: Share,
  drift: z
    .strictObject({
      severity: z.enum(['none', 'warning', 'critical']),
      direction: z.enum(['up', 'down', 'level']),
      from: z.number(),
      to: z.number(),
      windowCount: Count,
      since: Time,
    })
    .nullable(),
  divergence: z.enum(['medium', 'high']).nullable(),
  honesty: z.strictObject({ claims: Count, compared: Count, differing: Count }),
  /** Keys that signed two different records with one number. */
  equivocations: z.array(
    z.strictObject({ did: Did, key: z.string(), sequence: Count, ids: z.array(z.string()) }),
  ),
  isForked: z.boolean(),
  used: z.strictObject({
    vouches: z.array(z.string()),
    observations: z.array(z.string()),
    observationCount: Count,
  }),
  ignored: z.array(
    z.strictObject({
      kind: z.enum(['vouch', 'outcome']),
      reason: z.string(),
      count: Count,
      ids: z.array(z.string()),
    }),
  ),
  counterfactuals: z.strictObject({
    /** Agents who share no way to the subject and would all have to be fooled. */
    fooledNeeded: Count,
    ifOneFriendIsWrong: z
      .strictObject({
        least: WithoutFriend,
        greatest: WithoutFriend,
        branches: z.array(WithoutFriend),
      })
      .nullable(),
  }),
})
export type Explanation = z.infer<typeof Explanation>

const DriftMark = {
  severity: z.enum(['none', 'warning', 'critical']),
  direction: z.enum(['up', 'down', 'level']),
  from: z.number(),
  to: z.number(),
}

/** How an agent did, day by day, by the weights of now. Rules: docs/spec/scoring.md, T22. */
export const History = z.strictObject({
  viewer: Did,
  subject: Did,
  scope: Scope,
  points: z.array(
    z.strictObject({
      day: z.string().describe('A day of UTC with outcomes that count: 2026-11-25.'),
      outcomes: Count,
      weight: z.number().describe('In full outcomes.'),
      mean: z.number().describe('Of promises kept that day, weighted, in [0, 1].'),
      windowed: z.number().describe('Of the latest 20 outcomes up to that day.'),
      cumulative: z.number().describe('Of all outcomes up to that day.'),
      components: Terms.nullable().describe(
        'With the outcomes up to that day alone. Of 40 days at most, fewer where there are many outcomes, evenly spread; null for others.',
      ),
    }),
  ),
  events: z.array(
    z.strictObject({ day: z.string(), ...DriftMark }).describe('Drift became another.'),
  ),
})
export type History = z.infer<typeof History>

export const AgentRow = z.strictObject({
  did: Did,
  name: Foreign.nullable().describe('My petname for it.'),
  isMe: z.boolean(),
  state: z.enum(TRUST_STATES),
  score: Share,
  assured: Share,
  social: Share.describe('How well it is vouched for from here: far away is not bad.'),
  reliability: Share.describe('How well it keeps its promises.'),
  confidence: Share,
  outcomes: Count,
  lastAt: Time.nullable(),
  reason: z.string(),
})
export type AgentRow = z.infer<typeof AgentRow>

export const AgentPage = page(AgentRow).extend({
  from: z.enum(SCORE_SOURCES).nullable().describe('As in a score; null for an empty list.'),
  asOf: Time.nullable(),
})
export type AgentPage = z.infer<typeof AgentPage>

export const Agent = z.strictObject({
  did: Did,
  name: Foreign.nullable(),
  isMe: z.boolean(),
  identity: z.enum(['known', 'forked', 'deactivated', 'unknown']),
  keys: z.array(
    z.strictObject({
      id: z.string(),
      key: z.string().describe('Ed25519, in hex.'),
      state: z.enum(['current', 'retired', 'compromised']),
    }),
  ),
  records: z.strictObject({ about: Count, by: Count }),
  score: Score,
})
export type Agent = z.infer<typeof Agent>

export const PinView = z.strictObject({
  did: Did,
  kind: z.enum(PIN_KINDS).nullable(),
  cap: z.number().nullable(),
  name: Foreign.nullable(),
  inception: z
    .string()
    .nullable()
    .describe('Of the key log known when it was pinned: it settles a later fork.'),
})
export type PinView = z.infer<typeof PinView>

export const ForgottenView = z.strictObject({
  did: Did,
  name: Foreign.nullable(),
  since: Time,
})
export type ForgottenView = z.infer<typeof ForgottenView>

export const PeerView = z.strictObject({
  peer: z.string(),
  did: Did.nullable().describe('When it is known which agent the peer is.'),
  connected: z.boolean(),
  direction: z.enum(['inbound', 'outbound']).nullable(),
  addresses: z.array(Foreign),
  bootstrap: z.boolean(),
  connectedSince: Time.nullable(),
  latencyMs: z.number().nullable().describe('There and back, of the last keep-alive.'),
  receivedBytes: Count.nullable().describe('Over the present connection, with all framing.'),
  sentBytes: Count.nullable(),
})
export type PeerView = z.infer<typeof PeerView>

export const DeniedView = z.strictObject({
  kind: z.enum(['peer', 'agent', 'range']),
  subject: Foreign.describe('A peer id, a DID, or a range of addresses.'),
  since: Time.nullable().describe('Null where the configuration says it.'),
  configured: z.boolean(),
})
export type DeniedView = z.infer<typeof DeniedView>

export const Check = z.strictObject({
  name: z.string(),
  verdict: z.enum(['ok', 'warn', 'fail', 'skipped']),
  found: Foreign,
  hint: z.string().nullable(),
})
export type Check = z.infer<typeof Check>

export const Imported = z.strictObject({
  identities: Count,
  read: Count.describe('Records in the bundle.'),
  stored: Count.describe('Of these, kept.'),
  known: Count.describe('Held already.'),
  refused: z.array(z.strictObject({ code: z.string(), count: Count })),
})
export type Imported = z.infer<typeof Imported>

/** A W3C Verifiable Credential 2.0 of a vouch, with its proof: docs/spec/credential.md. */
export const Credential = z.looseObject({
  '@context': z.array(z.string()),
  id: z.string(),
  type: z.array(z.string()),
  issuer: Did,
  validFrom: Time,
  validUntil: Time,
  credentialSubject: z.looseObject({ id: Did }),
  evidence: z.array(z.looseObject({ record: RecordId })),
  proof: z.looseObject({ verificationMethod: z.string(), proofValue: z.string() }),
})
export type Credential = z.infer<typeof Credential>

/** What became of a credential that was judged: sound, or the first rule that it breaks. */
export const CredentialVerdict = z.strictObject({
  valid: z.boolean(),
  rule: z.string().nullable().describe('The rule it breaks: V of credentials, R of records.'),
  code: z.string().nullable(),
  problem: z.string().nullable().describe('In a sentence.'),
  /** What it says; null when it is not valid. */
  vouch: z
    .strictObject({
      id: RecordId,
      issuer: Did,
      subject: Did,
      scope: Scope,
      level: Level,
      statement: Foreign.nullable(),
      issuedAt: Time,
      expiresAt: Time,
    })
    .nullable(),
  key: z
    .strictObject({ id: z.string(), state: z.enum(['current', 'retired']) })
    .nullable()
    .describe('The key of the proof.'),
})
export type CredentialVerdict = z.infer<typeof CredentialVerdict>

/** What can be listened for. An answer's kind is any text: a newer node may have more of them. */
export const EVENT_KINDS = [
  'record.accepted',
  'record.rejected',
  'record.evicted',
  'identity.changed',
  'identity.forked',
  'identity.rotated',
  'score.changed',
  'drift',
  'peer.up',
  'peer.down',
  'sync.progress',
  'sync.ended',
  'sync.failed',
  'sync.complete',
  'warning',
] as const

export const EventView = z.strictObject({
  cursor: Count,
  at: Time,
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type EventView = z.infer<typeof EventView>

/** How the key log was obtained; wherever it came from, it proves itself. */
/** Where a key log came from. */
export const LOG_SOURCES = ['own', 'store', 'peer', 'dht', 'subject'] as const

export const Possession = z.strictObject({
  did: Did,
  keyId: z.string().describe('The key that was proved: the one that speaks for the agent now.'),
  proved: z.literal(true),
  how: z.literal('libp2p-noise').describe('The handshake of a connection to the peer of this key.'),
  peerId: z.string(),
  address: z.string().describe('Where the peer answered.'),
  handshakeAt: Time.describe('When the handshake was made.'),
  answeredAt: Time.describe('When the peer answered over that connection.'),
  latencyMs: z.number().min(0),
  source: z.enum(LOG_SOURCES),
})
export type Possession = z.infer<typeof Possession>

export const Proved = z.strictObject({
  did: Did.describe('Who proved to hold its key.'),
  keyId: z.string(),
  role: z.enum(['asker', 'answerer']),
  purpose: z.string(),
  origin: z.string(),
  source: z.enum(LOG_SOURCES),
})
export type Proved = z.infer<typeof Proved>

export const KEY_STANDINGS = ['current', 'retired', 'compromised', 'disputed'] as const

export const CheckedSignature = z.strictObject({
  did: Did,
  keyId: z.string(),
  kind: z.enum(CONTENT_KINDS),
  sha256: z.string(),
  signedAt: Time.describe('What the signer says; nothing proves it.'),
  standing: z
    .enum(KEY_STANDINGS)
    .describe('How the key stands now. Of a compromised key nothing counts.'),
  content: z.enum(['same', 'not-compared']),
  source: z.enum([...LOG_SOURCES, 'bundle']).describe('bundle: the log in the signature alone.'),
})
export type CheckedSignature = z.infer<typeof CheckedSignature>
