/**
 * Records and identity values that must not be stored, by every way a peer can bring them: unasked over
 * gossip, in a reconciliation, put into the DHT. Controls: as many sound ones, all stored.
 */
import { equalBytes, toHex } from '../../src/base/bytes.ts'
import { DAY_MS, MINUTE_MS } from '../../src/base/units.ts'
import { incept } from '../../src/identity/key-log.ts'
import { recover } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import type { AipNode } from '../../src/node/node.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import type { Offered, Source } from '../../src/p2p/ports.ts'
import { Candidate } from '../../src/records/verified.ts'
import { persona, sealed, vouchFor } from '../../test/support/hostile.ts'
import { keyNamed, publicKeyOf } from '../../test/support/identity.ts'
import { startOffline } from '../../test/support/nodes.ts'
import { AttackUsageError, count, type Attack, type Figure } from './parts/attack.ts'
import {
  ANSWER_TO,
  RECORD_KINDS,
  TAKEN,
  RecordMaker,
  type RecordKind,
} from './parts/bad-records.ts'
import { ANSWER_TO_VALUE, Rotated, VALUE_KINDS, type ValueKind } from './parts/bad-values.ts'
import { DhtDoor } from './parts/dht-door.ts'

const NETWORK = 'local'
const PATHS = ['gossip', 'sync'] as const
/** Senders that the node has never heard of. */
const PEERS_COUNT = 32
const AT_ONCE_COUNT = 256
/** Agents of the DHT part; each kind goes to all of them in turn. */
const AGENTS_COUNT = 50
const REVOKED = 'revoked-key'

type Kind = RecordKind | ValueKind | typeof REVOKED

export const attack: Attack = {
  does: 'Records and values of eleven bad kinds by gossip, sync and DHT: none stored, each refused by its code.',
  flags: {
    kind: { fallback: 'all', meaning: `one of ${[...RECORD_KINDS, REVOKED].join(', ')}` },
    n: { fallback: '10000', meaning: 'of each kind on each path' },
  },
  gate: { n: '300' },
  limitMs: 12 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const n = count(flags, 'n', 1, 1_000_000)
    const kinds = kindsOf(flags['kind'] ?? '')
    const tally = new Tally()
    await using offline = await startOffline({ network: NETWORK })
    await attackDoor(offline.node, kinds, n, tally, progress)
    if (kinds.has(REVOKED)) await attackWithRevokedKey(offline.node, Math.min(n, 1_000), tally)
    await attackDht(kinds, n, tally, progress)
    return { figures: tally.figures(), misses: tally.misses }
  },
}

function kindsOf(name: string): ReadonlySet<Kind> {
  const all: readonly Kind[] = [...RECORD_KINDS, REVOKED]
  if (name === 'all') return new Set(all)
  const kind = all.find((one) => one === name)
  if (kind === undefined) throw new AttackUsageError(`There is no kind ${name}.`)
  return new Set([kind])
}

class Tally {
  readonly misses: string[] = []
  readonly #figures: Record<string, Figure> = {}

  put(name: string, value: Figure): void {
    this.#figures[name] = value
  }

  /** Answers to one kind on one path, and how much was stored by it. */
  judge(
    what: string,
    expected: string,
    answers: ReadonlyMap<string, number>,
    stored: number,
  ): void {
    const wrong = [...answers].filter(([answer]) => answer !== expected)
    this.#figures[what] = [...answers].map(([answer, times]) => `${times} ${answer}`).join(', ')
    if (wrong.length > 0) this.misses.push(`${what}: ${wrong.join('; ')} instead of ${expected}`)
    if (stored !== 0) this.misses.push(`${what}: ${stored} were stored`)
  }

  figures(): Readonly<Record<string, Figure>> {
    return this.#figures
  }
}

/** By the pipeline's own doors for what comes by gossip and by reconciliation. */
async function attackDoor(
  node: AipNode,
  kinds: ReadonlySet<Kind>,
  n: number,
  tally: Tally,
  progress: (sentence: string) => void,
): Promise<void> {
  const { pipeline, store } = node
  const maker = new RecordMaker(Date.now())
  const sound = Array.from({ length: n }, (_, at) => maker.sound(at))
  const control = await offered(n, async (at) =>
    pipeline.offer(
      sound[at] ?? new Uint8Array(),
      sourceOf(PATHS[at % PATHS.length] ?? 'gossip', at),
    ),
  )
  tally.put('control stored', store.recordCount)
  if (store.recordCount !== n) {
    tally.misses.push(`control: ${store.recordCount} of ${n} stored: ${[...control].join('; ')}`)
  }
  if (kinds.has('replayed')) {
    await offered(n, async (at) =>
      pipeline.offer(maker.resigned(at, 'first'), sourceOf('sync', at)),
    )
  }
  const before = store.recordCount
  const firstBytes = await bytesHeld(node, sound)
  for (const kind of RECORD_KINDS) {
    if (!kinds.has(kind)) continue
    for (const path of PATHS) {
      const answers = await offered(n, async (at) =>
        pipeline.offer(
          maker.bad(kind, at, sound[at % sound.length] ?? new Uint8Array()),
          sourceOf(path, at),
        ),
      )
      tally.judge(`${kind} by ${path}`, ANSWER_TO[kind], answers, store.recordCount - before)
    }
    progress(`${kind} by ${PATHS.join(' and ')}`)
  }
  const lastBytes = await bytesHeld(node, sound)
  if (firstBytes !== lastBytes) tally.misses.push('the bytes of a sound record were replaced')
}

function sourceOf(via: 'gossip' | 'sync', at: number): Source {
  return { via, peer: `peer ${at % PEERS_COUNT}` }
}

/** All of them, some at once. @returns how often each answer came. */
async function offered(
  n: number,
  offer: (at: number) => Promise<Offered>,
): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>()
  for (let from = 0; from < n; from += AT_ONCE_COUNT) {
    const length = Math.min(AT_ONCE_COUNT, n - from)
    const batch = Array.from({ length }, async (_, at) => offer(from + at))
    for (const one of await Promise.all(batch)) {
      const answer = one.kind === 'refused' ? one.code : TAKEN
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  }
  return answers
}

/** Whether the store still has the very bytes: a hash over some of them. */
async function bytesHeld({ store }: AipNode, sound: readonly Uint8Array[]): Promise<boolean> {
  const held = await Promise.all(
    sound.slice(0, 500).map(async (bytes) => {
      const row = await store.get(Candidate.parse(bytes, { network: NETWORK }).id)
      return row !== undefined && equalBytes(row.bytes, bytes)
    }),
  )
  return held.every(Boolean)
}

/**
 * A key that its owner gave up as stolen: what it signs later is evidence, kept so that all nodes hold
 * the same set, and counts in no view.
 */
async function attackWithRevokedKey(node: AipNode, n: number, tally: Tally): Promise<void> {
  const name = 'the robbed'
  const signer = keyNamed(name)
  const { log } = incept({
    genesis: signer,
    recoveryKey: publicKeyOf('c1'),
    verifier: nativeVerifier,
  })
  const recovered = recover({
    log,
    authority: keyNamed('c1'),
    operationalKey: publicKeyOf('safe'),
    recoveryKey: publicKeyOf('c2'),
    verifier: nativeVerifier,
    compromised: true,
    reach: Date.now() - DAY_MS,
  }).log
  await node.pipeline.offerIdentity(IdentityState.of(recovered).bytes, { via: 'api' })
  const subject = persona('friend of the thief')
  await node.pipeline.offerIdentity(subject.identity, { via: 'api' })
  const answers = await offered(n, async (at) => {
    const bytes = sealed(vouchFor(subject, { scope: `stolen.${at}` }), { did: log.did, signer })
    return node.pipeline.offer(bytes, sourceOf(PATHS[at % PATHS.length] ?? 'gossip', at))
  })
  const place = node.identities.get(log.did)?.place(toHex(signer.publicKey))
  const counted = place?.counts(Date.now()) === 'counts' ? n : 0
  const { state, social } = await node.outlook.score({
    subject: subject.did,
    scope: 'general',
    asOfMs: Date.now(),
  })
  tally.put(`${REVOKED} in views`, `${counted} of ${n} count; the subject is ${state}`)
  tally.put(
    `${REVOKED} answers`,
    [...answers].map(([answer, times]) => `${times} ${answer}`).join(', '),
  )
  if (counted > 0 || state !== 'unknown' || social !== 0) {
    tally.misses.push(`${REVOKED}: what a stolen key says counts (${state}, ${social})`)
  }
}

async function attackDht(
  kinds: ReadonlySet<Kind>,
  n: number,
  tally: Tally,
  progress: (sentence: string) => void,
): Promise<void> {
  const nowMs = Date.now()
  const door = new DhtDoor(NETWORK, nowMs)
  const length = Math.min(n, AGENTS_COUNT)
  const agents = Array.from({ length }, (_, at) => new Rotated(`agent ${at}`, NETWORK))
  let kept = 0
  for (const { now } of agents) if ((await door.put(now.did, now.bytes, nowMs)) === 'kept') kept++
  tally.put('control kept by the DHT', kept)
  if (kept !== length) tally.misses.push(`DHT control: ${kept} of ${length} kept`)
  for (const kind of VALUE_KINDS) {
    if (!kinds.has(kind)) continue
    const answers = new Map<string, number>()
    for (let at = 0; at < n; at++) {
      const agent = agents[at % length]
      if (agent === undefined) throw new Error('no agents')
      const answer = await door.put(agent.now.did, agent.bad(kind, at), nowMs)
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
    let changed = 0
    for (const { now } of agents) {
      const held = await door.held(now.did)
      if (held === undefined || !equalBytes(held, now.bytes)) changed++
    }
    tally.judge(`${kind} by DHT`, ANSWER_TO_VALUE[kind], answers, changed)
    progress(`${kind} by DHT`)
  }
  tally.put('DHT rows', door.rows.size)
}
