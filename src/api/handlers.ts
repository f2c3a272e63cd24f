/**
 * What answers the contract: one function an operation, over a running node.
 *
 * Translates between the words of the interface and those of the node, and decides nothing: the use
 * cases do. Specification: docs/spec/api.md.
 */
import { fromHex, toHex } from '../base/bytes.ts'
import { DAY_MS } from '../base/units.ts'
import { didDocument } from '../identity/document.ts'
import { didKeyOf, parseDid, type Did } from '../identity/did.ts'
import { NodeError } from '../node/error.ts'
import type { AipNode } from '../node/node.ts'
import {
  observePrivately,
  observePublicly,
  promise,
  promiseToMe,
} from '../node/use/observing.ts'
import { resolve } from '../node/use/resolving.ts'
import { exportBundle, importBundle, subjectOf } from '../node/use/transferring.ts'
import { revoke, vouch } from '../node/use/vouching.ts'
import { encodeInvite } from '../p2p/peers/invite.ts'
import { keyOfPeerId, peerIdOfKey } from '../p2p/peer-id.ts'
import type { AipRecord, Outcome, RecordId, RecordType } from '../records/record.ts'
import { parseRecordId, recordIdText } from '../records/wire.ts'
import {
  idText,
  identityStateOf,
  shownEvent,
  shownExplanation,
  shownKeys,
  shownObservation,
  shownOutcome,
  shownPath,
  shownPromise,
  shownRecord,
  shownScore,
  shownVouch,
  timeText,
} from './answers.ts'
import type { Caller, Handlers, Output } from './contract.ts'
import { ApiError } from './error.ts'
import type { Outcome as OutcomeInput } from './schema.ts'
import { deliveredOf, outcomeWorks, workOf } from './work.ts'

export const DEFAULT_VOUCH_DAYS = 90
/** Events that wait for a slow listener; the oldest go first, and the cursor shows the gap. */
const EVENTS_WAITING_LIMIT = 10_000

export interface HandlerFrame {
  readonly node: AipNode
  readonly version: string
  readonly home: string
  /** Known once the server listens. */
  readonly address: () => { readonly socket: string | null; readonly url: string | null }
}

const CLARITY = { unambiguous: 0, 'multi-valid': 1, underspecified: 2 } as const

export function handlersOf({ node, version, home, address }: HandlerFrame): Handlers {
  const id = (text: string): RecordId => {
    const parsed = parseRecordId(text)
    if (parsed === undefined) throw new NodeError({ code: 'node/record-unknown', id: text })
    return parsed
  }
  const addresses = (): readonly string[] => node.mesh?.host.addresses() ?? []
  const nameOf = (did: Did): string | null => node.notes.named.get(did)?.petname ?? null

  return {
    status: async () => {
      const stats = await node.store.stats()
      const mine = countMine(node)
      const { hasView } = node.view()
      const peers = node.mesh?.neighbours
      return {
        version,
        network: node.network.name,
        did: node.did,
        peerId: peerIdOfKey(node.identity.signer.publicKey),
        pid: process.pid,
        startedAt: timeText(node.startedAtMs),
        hasView,
        mine,
        peers: { connected: peers?.count ?? 0, known: peers?.known.length ?? 0 },
        store: {
          records: node.writer.recordCount,
          identities: node.identities.size,
          bytes: stats.bytesOnDisk,
        },
        listen: [...addresses()],
        home,
        api: address(),
        warnings: warningsOf(node),
        next: nextSteps(node, hasView, mine),
      }
    },

    identity: async () => {
      const { log, signer } = node.identity
      const { generation = 0, rotation = 0 } = log.current ?? {}
      return {
        did: node.did,
        didKey: didKeyOf(log.genesisKey),
        peerId: peerIdOfKey(signer.publicKey),
        network: node.network.name,
        keyId: `${node.did}#k${generation}.${rotation}`,
        inception: log.inceptionHex,
        root: log.hasColdRoot ? 'cold' : 'hot',
        addresses: [...addresses()],
        invites: addresses().map((one) =>
          encodeInvite({ address: one, did: node.did, network: node.network.name }),
        ),
      }
    },

    resolve: async ({ did }, { signal }) => {
      const { state, source, peersAsked } = await resolve(node, parseDid(did), signal)
      return {
        '@context': 'https://w3id.org/did-resolution/v1',
        didDocument: { ...didDocument(state) },
        didDocumentMetadata: {
          deactivated: state.branches[0].deactivated,
          versionId: toHex(state.branches[0].head),
          inception: state.branches[0].inceptionHex,
          forked: state.isForked,
          canonicalId: state.did,
        },
        didResolutionMetadata: {
          contentType: 'application/did+json',
          source,
          retrieved: timeText(node.clock()),
          peersAsked,
        },
      }
    },

    createVouch: async ({ subject, scope, level, expiresAt, statement }, { signal }) => {
      const expiresAtMs =
        expiresAt === undefined
          ? node.clock() + DEFAULT_VOUCH_DAYS * DAY_MS
          : Date.parse(expiresAt)
      const order = {
        subject: parseDid(subject),
        scope,
        level: Math.round(level * 1000),
        expiresAtMs,
        ...(statement === undefined ? {} : { statement }),
      }
      const made = await vouch(node, order, signal)
      return {
        id: recordIdText(made.id),
        public: true,
        revoked: made.revoked.map(recordIdText),
        expiresAt: timeText(expiresAtMs),
      }
    },

    listVouches: async (input) => {
      const states = vouchStates(node)
      return paged(node, input, 'vouch', (record) => {
        return input.scope === undefined || record.scope === input.scope
      }, (at, record) => shownVouch(at, record, states(at, record)))
    },

    revokeVouch: async (input) => {
      const made = await revoke(node, id(input.id), input.reason)
      return { id: recordIdText(made), public: true, revoked: [idText(id(input.id))], expiresAt: null }
    },

    createPromise: async ({ delegator, task, work, deadline, specification }) => {
      const made = await promise(node, {
        delegator: parseDid(delegator),
        scope: task,
        work: workOf(work),
        deadlineMs: Date.parse(deadline),
        ...(specification === undefined ? {} : { specification: fromHex(specification) }),
      })
      return { id: recordIdText(made), public: true, revoked: [], expiresAt: deadline }
    },

    listPromises: async (input) =>
      paged(node, input, 'promise', (record) => {
        return input.delegator === undefined || record.delegator === input.delegator
      }, shownPromise),

    createObservation: async (input, caller) => {
      const subject = parseDid(input.subject)
      const outcomes = (input.outcomes ?? [input]).map((one) => outcomeOf(node, subject, one))
      if (input.share === 'private') {
        const made = await observePrivately(node, subject, outcomes)
        return { id: made, public: false, revoked: [], expiresAt: null }
      }
      assertMayPublish(caller)
      const made = await observePublicly(node, subject, outcomes)
      return { id: recordIdText(made), public: true, revoked: [], expiresAt: null }
    },

    listObservations: async (input) => {
      const page = paged(node, input, 'observation', () => true, shownObservation)
      const isFirst = input.cursor === undefined
      const isMine = input.issuer === undefined || input.issuer === node.did
      if (!isFirst || !isMine) return page
      const own = node.notes.privateOutcomes
        .filter(({ subject }) => input.subject === undefined || subject === input.subject)
        .map((note) => ({
          id: note.id,
          issuer: node.did,
          issuedAt: timeText(note.madeAtMs),
          expiresAt: null,
          subject: note.subject,
          share: 'private' as const,
          outcomes: note.outcomes.map(shownOutcome),
        }))
      return { ...page, items: [...own, ...page.items] }
    },

    score: async ({ did, scope }) => shownScore(node.view().score(parseDid(did), scope)),
    explanation: async ({ did, scope }) =>
      shownExplanation(node.view().explain(parseDid(did), scope)),
    paths: async ({ did, scope, k }) => ({
      viewer: node.did,
      subject: did,
      scope,
      items: node.view().paths(parseDid(did), scope, k).map(shownPath),
    }),

    listAgents: async ({ q, scope, minScore, cursor, limit }) => {
      const view = node.view()
      const known = new Set<Did>([...view.agents(scope), ...node.notes.named.keys()])
      for (const { did } of node.identities.states()) known.add(did)
      const rows = [...known]
        .filter((did) => matches(did, nameOf(did), q))
        .map((did) => ({ did, score: view.score(did, scope) }))
        .filter(({ score }) => minScore === undefined || (score.score ?? -1) >= minScore)
        .toSorted(
          (a, b) =>
            (b.score.score ?? -1) - (a.score.score ?? -1) || (a.did < b.did ? -1 : 1),
        )
      const from = cursor === undefined ? 0 : readOffset(cursor)
      const items = rows.slice(from, from + limit).map(({ did, score }) => ({
        did,
        name: nameOf(did),
        isMe: did === node.did,
        state: score.state,
        score: score.score,
        assured: score.assured,
        confidence: score.confidence,
        outcomes: score.evidence.outcomes,
        lastAt: score.evidence.lastAt,
        reason: score.reason,
      }))
      const end = from + items.length
      return { items, cursor: end < rows.length ? String(end) : null }
    },

    getAgent: async ({ did: text }) => {
      const did = parseDid(text)
      const state = node.identities.get(did)
      let about = 0
      let by = 0
      for (const { record } of node.evidence.all()) {
        if (subjectOf(record) === did) about++
        if (record.issuer === did) by++
      }
      return {
        did,
        name: nameOf(did),
        isMe: did === node.did,
        identity: identityStateOf(state),
        keys: shownKeys(state),
        records: { about, by },
        score: shownScore(node.view().score(did, 'general')),
      }
    },

    listPins: async () => ({ items: [...node.notes.named.values()].map(shownPin) }),
    putPin: async ({ did: text, kind, cap, name }) => {
      const did = parseDid(text)
      const before = node.notes.named.get(did)
      const petname = name ?? before?.petname
      const chosen = kind ?? before?.kind
      const limit = kind === undefined ? before?.cap : cap
      if (kind === 'cap' && cap === undefined) {
        throw new ApiError({ code: 'api/input-invalid', field: 'cap', problem: 'is missing' })
      }
      const pin = {
        did,
        ...(chosen === undefined ? {} : { kind: chosen }),
        ...(chosen === 'cap' && limit !== undefined ? { cap: limit } : {}),
        ...(petname === undefined ? {} : { petname }),
      }
      await node.notes.putPin(pin, node.clock())
      node.evidence.changed()
      return shownPin(pin)
    },
    deletePin: async ({ did }) => {
      const removed = await node.notes.deletePin(parseDid(did), node.clock())
      node.evidence.changed()
      return { removed }
    },

    listPeers: async () => ({ items: peersOf(node) }),
    addPeer: async ({ address: text }) => {
      const { mesh } = node
      if (mesh === undefined) {
        const reason = 'this node runs with the profile "offline"'
        throw new NodeError({ code: 'node/peer-address-invalid', reason })
      }
      const { peerId } = await mesh.neighbours.add(text)
      const added = peersOf(node).find(({ peer }) => peer === peerId)
      if (added !== undefined) return added
      return {
        peer: peerId,
        did: didOfPeer(node, peerId),
        connected: true,
        direction: 'outbound',
        addresses: [text],
        bootstrap: false,
      }
    },
    removePeer: async ({ peer }) => ({
      removed: (await node.mesh?.neighbours.remove(peer)) ?? false,
    }),

    getRecord: async (input) => {
      const wanted = id(input.id)
      const stored = await node.store.get(wanted)
      if (stored === undefined) throw new NodeError({ code: 'node/record-unknown', id: input.id })
      return {
        record: shownRecord(wanted, stored.record),
        hash: wanted,
        bytes: Buffer.from(stored.bytes).toString('base64'),
      }
    },
    listRecords: async (input) => paged(node, input, input.type, () => true, shownRecord),

    importRecords: async ({ body }) => {
      const { refused, ...counts } = await importBundle(node, body)
      return { ...counts, refused: [...refused].map(([code, count]) => ({ code, count })) }
    },
    exportRecords: ({ issuer, subject }) =>
      exportBundle(node, {
        ...(issuer === undefined ? {} : { issuer: parseDid(issuer) }),
        ...(subject === undefined ? {} : { subject: parseDid(subject) }),
      }),

    events: ({ kinds, cursor }, { signal }) =>
      eventsOf(node, { kinds: kinds === undefined ? undefined : new Set(kinds), cursor, signal }),
  }
}

type RecordOf<Type extends RecordType> = Extract<AipRecord, { readonly type: Type }>

/** One page of records, newest first; the cursor names the last row of the page before. */
function paged<Type extends RecordType, Row>(
  node: AipNode,
  input: {
    readonly issuer?: string | undefined
    readonly subject?: string | undefined
    readonly cursor?: string | undefined
    readonly limit: number
  },
  type: Type | undefined,
  isWanted: (record: RecordOf<Type>) => boolean,
  show: (id: RecordId, record: RecordOf<Type>) => Row,
): { items: Row[]; cursor: string | null } {
  const isOfType = (record: AipRecord): record is RecordOf<Type> =>
    type === undefined || record.type === type
  const rows: { readonly id: RecordId; readonly record: RecordOf<Type> }[] = []
  for (const { id, record } of node.evidence.all()) {
    if (input.issuer !== undefined && record.issuer !== input.issuer) continue
    if (input.subject !== undefined && subjectOf(record) !== input.subject) continue
    if (isOfType(record) && isWanted(record)) rows.push({ id, record })
  }
  rows.sort((a, b) => b.record.issuedAtMs - a.record.issuedAtMs || (a.id < b.id ? -1 : 1))
  const after = input.cursor === undefined ? undefined : readPlace(input.cursor)
  const from =
    after === undefined
      ? 0
      : rows.findIndex(
          ({ id, record }) =>
            record.issuedAtMs < after.atMs || (record.issuedAtMs === after.atMs && id > after.id),
        )
  const page = from < 0 ? [] : rows.slice(from, from + input.limit)
  const last = page.at(-1)
  const isMore = from >= 0 && from + page.length < rows.length
  return {
    items: page.map(({ id, record }) => show(id, record)),
    cursor: isMore && last !== undefined ? `${last.record.issuedAtMs}_${last.id}` : null,
  }
}

function readPlace(cursor: string): { readonly atMs: number; readonly id: string } {
  const [atMs, id] = /^(\d{1,15})_([0-9a-f]{64})$/.exec(cursor)?.slice(1) ?? []
  if (atMs === undefined || id === undefined) throw badCursor()
  return { atMs: Number(atMs), id }
}

function readOffset(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw badCursor()
  return Number(cursor)
}

function badCursor(): ApiError {
  const problem = 'is not what the page before gave'
  return new ApiError({ code: 'api/input-invalid', field: 'cursor', problem })
}

function outcomeOf(node: AipNode, subject: Did, input: OutcomeInput): Outcome {
  const promiseId = input.promise === undefined ? undefined : parseRecordId(input.promise)
  if (input.promise !== undefined && promiseId === undefined) {
    throw new NodeError({ code: 'node/record-unknown', id: input.promise })
  }
  const promised = promiseId === undefined ? undefined : promiseToMe(node, promiseId, subject)
  const delivered = input.delivered ?? 0
  const works =
    promised === undefined
      ? outcomeWorks(input.promised ?? 0, delivered)
      : { promised: promised.work, delivered: deliveredOf(delivered, promised.work) }
  return {
    ...(promiseId === undefined ? {} : { promise: promiseId }),
    scope: promised?.scope ?? input.task ?? 'general',
    ...works,
    ...(input.conditions === undefined ? {} : { conditions: input.conditions }),
    clarity: CLARITY[input.clarity ?? 'unambiguous'],
    observedAtMs: input.observedAt === undefined ? node.clock() : Date.parse(input.observedAt),
    ...(input.evidence === undefined ? {} : { evidence: fromHex(input.evidence) }),
  }
}

function assertMayPublish({ rights }: Caller): void {
  if (!rights.has('vouch')) throw new ApiError({ code: 'api/right-missing', right: 'vouch' })
}

function countMine(node: AipNode): Output<'status'>['mine'] {
  const count = { vouch: 0, revocation: 0, promise: 0, observation: 0 }
  for (const { record } of node.evidence.all()) if (record.issuer === node.did) count[record.type]++
  return {
    vouches: count.vouch,
    promises: count.promise,
    observations: count.observation,
    privateObservations: node.notes.privateOutcomes.length,
    published: count.vouch + count.observation,
  }
}

function warningsOf(node: AipNode): string[] {
  const warnings: string[] = []
  const { failed, damage } = node.store
  if (failed !== undefined) warnings.push(failed.message)
  if (damage.length > 0) warnings.push(`The store has ${damage.length} damaged rows.`)
  if (node.identity.log.entries[0]?.rotationCommitment === undefined) {
    warnings.push('This identity has no recovery sheet: it can neither rotate its key nor recover.')
  }
  return warnings
}

/** The one next thing for each of: peers, vouches, observations. */
function nextSteps(node: AipNode, hasView: boolean, mine: Output<'status'>['mine']): string[] {
  const steps: string[] = []
  if (node.mesh === undefined) steps.push('This node is offline: start it with --profile edge.')
  else if (node.mesh.neighbours.count === 0) {
    steps.push('No peers yet: ask somebody for "aip-node id --invite" and run "aip-node peers add".')
  }
  if (!hasView) {
    steps.push('No view yet: "aip-node vouch <did> --level 0.8" for somebody you know, or set trust.introducers.')
  }
  if (mine.observations + mine.privateObservations === 0) {
    steps.push('Nothing observed yet: after a task, "aip-node observe <did> --promised 10 --delivered 9 --task review".')
  }
  return steps
}

function matches(did: Did, name: string | null, query: string | undefined): boolean {
  if (query === undefined) return true
  const digits = query.startsWith('did:aip:') ? query : `did:aip:${query}`
  return name === query || did.startsWith(digits)
}

function shownPin(pin: {
  readonly did: Did
  readonly kind?: 'trust' | 'distrust' | 'cap'
  readonly cap?: number
  readonly petname?: string
}): Output<'putPin'> {
  const { did, kind = null, cap = null, petname = null } = pin
  return { did, kind, cap, name: petname }
}

function peersOf(node: AipNode): Output<'listPeers'>['items'] {
  const { mesh } = node
  if (mesh === undefined) return []
  const connected = new Map(mesh.neighbours.connected.map((one) => [one.peerId, one]))
  const known = mesh.neighbours.known.map((note) => {
    const now = connected.get(note.peerId)
    connected.delete(note.peerId)
    return {
      peer: note.peerId,
      did: note.did ?? didOfPeer(node, note.peerId),
      connected: now !== undefined,
      direction: now?.direction ?? null,
      addresses: [...note.addresses],
      bootstrap: node.network.bootstrap.some((address) => address.endsWith(note.peerId)),
    }
  })
  const unknown = [...connected.values()].map(({ peerId, address, direction }) => ({
    peer: peerId,
    did: didOfPeer(node, peerId),
    connected: true,
    direction,
    addresses: [address],
    bootstrap: false,
  }))
  return [...known, ...unknown]
}

/** Which agent a peer is, where its key is one that a log held here names now. */
function didOfPeer(node: AipNode, peerId: string): Did | null {
  const key = keyOfPeerId(peerId)
  if (key === undefined) return null
  const keyHex = toHex(key)
  for (const state of node.identities.states()) {
    if (state.branches.some((log) => log.current?.keyHex === keyHex)) return state.did
  }
  return null
}

/** What became of each vouch: the latest of a pair and scope lives until it is revoked or expires. */
function vouchStates(
  node: AipNode,
): (id: RecordId, vouch: RecordOf<'vouch'>) => Output<'listVouches'>['items'][number]['state'] {
  const revoked = new Set<string>()
  const latest = new Map<string, { readonly id: RecordId; readonly atMs: number }>()
  const pair = ({ issuer, subject, scope }: RecordOf<'vouch'>): string =>
    `${issuer} ${subject} ${scope}`
  for (const { id, record } of node.evidence.all()) {
    if (record.type === 'revocation') revoked.add(`${record.issuer} ${record.vouch}`)
    if (record.type !== 'vouch') continue
    const best = latest.get(pair(record))
    const isLater =
      best === undefined ||
      record.issuedAtMs > best.atMs ||
      (record.issuedAtMs === best.atMs && id < best.id)
    if (isLater) latest.set(pair(record), { id, atMs: record.issuedAtMs })
  }
  const nowMs = node.clock()
  return (id, vouch) => {
    if (revoked.has(`${vouch.issuer} ${id}`)) return 'revoked'
    if (vouch.expiresAtMs <= nowMs) return 'expired'
    return latest.get(pair(vouch))?.id === id ? 'live' : 'replaced'
  }
}

async function* eventsOf(
  node: AipNode,
  { kinds, cursor, signal }: {
    readonly kinds: ReadonlySet<string> | undefined
    readonly cursor: number | undefined
    readonly signal: AbortSignal
  },
): AsyncGenerator<Output<'events'>> {
  const waiting = cursor === undefined ? [] : [...node.events.since(cursor)]
  let wake: (() => void) | undefined
  const unlisten = node.events.listen((stamped) => {
    waiting.push(stamped)
    if (waiting.length > EVENTS_WAITING_LIMIT) waiting.shift()
    wake?.()
  })
  const onAbort = (): void => wake?.()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const stamped = waiting.shift()
      if (stamped === undefined) {
        await new Promise<void>((next) => {
          wake = next
        })
      } else if (kinds === undefined || kinds.has(stamped.event.kind)) {
        yield shownEvent(stamped)
      }
    }
  } finally {
    unlisten()
    signal.removeEventListener('abort', onAbort)
  }
}

