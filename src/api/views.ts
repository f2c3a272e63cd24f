/** What the local interface answers with. Shapes only; `handlers.ts` fills them from the node. */
import { z } from 'zod'
import { Did, Level, RecordId, Scope, Time } from './schema.ts'

export const RECORD_TYPES = ['vouch', 'revocation', 'promise', 'observation'] as const
export const PIN_KINDS = ['trust', 'distrust', 'cap'] as const
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
  store: z.strictObject({ records: Count, identities: Count, bytes: Count.nullable() }),
  listen: z.array(z.string()),
  home: z.string(),
  api: z.strictObject({ socket: z.string().nullable(), url: z.string().nullable() }),
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

/** Source: W3C DID Resolution, section 4; DIF Universal Resolver. */
export const Resolution = z.strictObject({
  '@context': z.string(),
  didDocument: z.record(z.string(), z.unknown()).nullable(),
  didDocumentMetadata: z.record(z.string(), z.unknown()),
  didResolutionMetadata: z.looseObject({
    contentType: z.string(),
    /** How it was obtained: own, store, peer or dht. */
    source: z.string(),
    retrieved: Time,
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
  observedAt: Time,
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
  view: z.string(),
  reason: z.string().describe('Why, in a short sentence.'),
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
})
export type PinView = z.infer<typeof PinView>

export const PeerView = z.strictObject({
  peer: z.string(),
  did: Did.nullable().describe('When it is known which agent the peer is.'),
  connected: z.boolean(),
  direction: z.enum(['inbound', 'outbound']).nullable(),
  addresses: z.array(Foreign),
  bootstrap: z.boolean(),
})
export type PeerView = z.infer<typeof PeerView>

export const Imported = z.strictObject({
  identities: Count,
  read: Count.describe('Records in the bundle.'),
  stored: Count.describe('Of these, kept.'),
  known: Count.describe('Held already.'),
  refused: z.array(z.strictObject({ code: z.string(), count: Count })),
})
export type Imported = z.infer<typeof Imported>

/** What can be listened for. An answer's kind is any text: a newer node may have more of them. */
export const EVENT_KINDS = [
  'record.accepted',
  'record.rejected',
  'record.evicted',
  'identity.changed',
  'identity.forked',
  'peer.up',
  'peer.down',
  'sync.progress',
  'warning',
] as const

export const EventView = z.strictObject({
  cursor: Count,
  at: Time,
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type EventView = z.infer<typeof EventView>
