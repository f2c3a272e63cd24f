/**
 * A small world in which the order of arrival could matter if anything were decided by it: vouches
 * taken back, promises settled, keys rotated and forked, one number given out twice, and one agent
 * that says more in an hour than is kept of it.
 */
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import { incept } from '../../src/identity/key-log.ts'
import { rotate } from '../../src/identity/log-change.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import type { AipNode } from '../../src/node/node.ts'
import type { OwnIdentity } from '../../src/node/own-identity.ts'
import { importBundle } from '../../src/node/use/transferring.ts'
import { encodeBundleChunks, type BundleItem } from '../../src/records/bundle.ts'
import type { Claim, Outcome, RecordId } from '../../src/records/record.ts'
import { HOUR_LIMIT_COUNT } from '../../src/records/replica/limits.ts'
import { revocationOf } from '../../src/records/revoke.ts'
import { Candidate } from '../../src/records/verified.ts'
import { persona, sealed, type Persona } from './hostile.ts'
import { keyNamed, publicKeyOf } from './identity.ts'

export interface World {
  readonly items: readonly BundleItem[]
  /** Everybody whose score is looked at. */
  readonly agents: readonly Did[]
  /** When the scores are taken. */
  readonly asOfMs: number
  /** Records that no node may keep all of. */
  readonly crowded: number
}

type Speaker = Pick<Persona, 'did' | 'signer'>
/** A claim whose number and times the world fills in. */
type Words = Claim extends infer One
  ? One extends Claim
    ? Omit<One, 'sequence' | 'issuedAtMs' | 'expiresAtMs'>
    : never
  : never

/** Between two records; all of them fit into one hour. */
const WORDS_GAP_MS = 10 * SECOND_MS
const SCOPES = ['general', 'review'] as const

/** What the viewer, and those it knows, have said in the last two months. */
export function worldOf(viewer: OwnIdentity, nowMs: number): World {
  const scribe = new Scribe(nowMs)
  const { say } = scribe
  const agents = Array.from({ length: 8 }, (_, at) => persona(`agent ${at}`))
  const [ann, ben, cat, dan, eve, fay, gus, hal] = agents
  if (!ann || !ben || !cat || !dan || !eve || !fay || !gus || !hal) throw new Error('eight agents')

  say(viewer, vouch(ann, 900))
  say(viewer, vouch(ben, 700))
  say(viewer, vouch(cat, 400, 'review'))
  say(ann, vouch(dan, 800))
  say(ann, vouch(eve, 600))
  say(ben, vouch(eve, 900))
  say(dan, vouch(hal, 900))
  say(cat, vouch(gus, 1000))
  const regretted = say(ben, vouch(fay, 900))
  say(ben, revocationOf(readVouch(regretted), { sequence: 0, nowMs }))
  say(ann, vouch(fay, 300))
  // Replaced by a later one; and one taken back by somebody who has no say in it.
  say(ann, vouch(eve, 200))
  say(eve, revocationOf(readVouch(say(ann, vouch(gus, 500))), { sequence: 0, nowMs }))

  for (const [at, worker] of [dan, eve, fay, gus].entries()) {
    const deadlineMs = scribe.nextMs + SECOND_MS
    const promise = say(worker, {
      type: 'promise',
      delegator: ann.did,
      scope: 'review',
      work: { kind: 'count', count: 10 },
      deadlineMs,
    })
    say(ann, observation(worker, [outcome(6 + at, deadlineMs, { promise: idOf(promise) })]))
    for (const [days, observer] of [ann, ben, viewer].entries()) {
      const seen = Array.from({ length: 6 }, (_, nth) =>
        outcome((nth * 3 + at + days) % 11, scribe.nextMs - (nth * 7 + days + 1) * DAY_MS),
      )
      say(observer, observation(worker, seen))
    }
  }

  // One number twice: both stay, and both are the proof.
  say(cat, vouch(dan, 500), 77)
  say(cat, vouch(hal, 500), 77)

  // More in one hour than is kept of one issuer.
  for (let at = 0; at < HOUR_LIMIT_COUNT.vouch + 9; at++)
    say(hal, vouch(persona(`guest ${at}`), 500))

  const changed = [...rotated(scribe, gus), ...forked(scribe, ben)]
  const identities = [...agents.map(({ identity }) => identity), ...changed]
  return {
    items: [
      ...identities.map((bytes) => ({ kind: 'identity' as const, bytes })),
      ...scribe.records.map((bytes) => ({ kind: 'record' as const, bytes })),
    ],
    agents: [...agents.map(({ did }) => did), persona('guest 3').did, ...scribe.newcomers],
    asOfMs: nowMs + HOUR_MS,
    crowded: 9,
  }
}

/** Signs, numbers and dates what is said. */
class Scribe {
  readonly records: Uint8Array[] = []
  readonly newcomers: Did[] = []
  readonly #nowMs: number
  #count = 0

  /** The last whole hour before now: how much is kept of one issuer is counted by the hour. */
  constructor(nowMs: number) {
    this.#nowMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS - HOUR_MS
  }

  /** When the next words are said. */
  get nextMs(): number {
    return this.#nowMs + this.#count * WORDS_GAP_MS
  }

  readonly say = (speaker: Speaker, words: Words, sequence?: number): Uint8Array => {
    const issuedAtMs = this.nextMs
    this.#count++
    const claim = {
      ...words,
      sequence: sequence ?? issuedAtMs,
      issuedAtMs,
      expiresAtMs: issuedAtMs + 90 * DAY_MS,
    } as Claim
    const bytes = sealed(claim, speaker)
    this.records.push(bytes)
    return bytes
  }
}

/** An agent that changed its key: its later words are by a key that only the later log names. */
function rotated({ say, newcomers }: Scribe, subject: Persona): Uint8Array[] {
  const { log } = incept({
    genesis: keyNamed('ida'),
    rotationKey: publicKeyOf('ida rotation'),
    verifier: nativeVerifier,
  })
  const next = keyNamed('ida next')
  const later = rotate({
    log,
    authority: keyNamed('ida rotation'),
    operationalKey: next.publicKey,
    verifier: nativeVerifier,
  }).log
  newcomers.push(log.did)
  say({ did: log.did, signer: keyNamed('ida') }, vouch(subject, 600))
  say({ did: log.did, signer: next }, vouch(subject, 200, 'review'))
  return [IdentityState.of(log).bytes, IdentityState.of(later).bytes]
}

/** An agent whose rotation key signed twice: each log alone looks sound. */
function forked({ say, newcomers }: Scribe, voucher: Persona): Uint8Array[] {
  const { log } = incept({
    genesis: keyNamed('jon'),
    rotationKey: publicKeyOf('jon rotation'),
    verifier: nativeVerifier,
  })
  const branches = ['jon left', 'jon right'].map(
    (name) =>
      rotate({
        log,
        authority: keyNamed('jon rotation'),
        operationalKey: publicKeyOf(name),
        verifier: nativeVerifier,
      }).log,
  )
  newcomers.push(log.did)
  say(voucher, vouch({ did: log.did, log }, 900))
  for (const name of ['jon left', 'jon right']) {
    say({ did: log.did, signer: keyNamed(name) }, vouch(voucher, 700, 'review'))
  }
  return branches.map((branch) => IdentityState.of(branch).bytes)
}

function vouch(
  { did, log }: Pick<Persona, 'did' | 'log'>,
  level: number,
  scope: string = 'general',
): Words {
  return { type: 'vouch', subject: did, inception: log.inception, scope, level }
}

function observation({ did }: Persona, outcomes: readonly Outcome[]): Words {
  return { type: 'observation', subject: did, outcomes }
}

function outcome(delivered: number, observedAtMs: number, change: Partial<Outcome> = {}): Outcome {
  return {
    scope: 'review',
    promised: { kind: 'count', count: 10 },
    delivered: { kind: 'count', count: delivered },
    clarity: 0,
    observedAtMs,
    ...change,
  }
}

function idOf(bytes: Uint8Array): RecordId {
  return Candidate.parse(bytes, { network: 'local' }).id
}

function readVouch(bytes: Uint8Array) {
  const { id, record } = Candidate.parse(bytes, { network: 'local' })
  if (record.type !== 'vouch') throw new Error('not a vouch')
  return { id, record }
}

/** The items in an order of their own for each seed. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed
  const random = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const result = [...items]
  for (let at = result.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [one, two] = [result[at], result[other]]
    if (one === undefined || two === undefined) continue
    result[at] = two
    result[other] = one
  }
  return result
}

/** Takes the items in, one bundle of them in that order. */
export async function feed(node: AipNode, items: readonly BundleItem[]): Promise<void> {
  await importBundle(node, encodeBundleChunks(items))
}

/** Every score of the world with its explanation, at its moment, as text: bits are digits here. */
export async function verdicts(node: AipNode, { agents, asOfMs }: World): Promise<string[]> {
  const found: string[] = []
  for (const subject of agents) {
    for (const scope of SCOPES) {
      const question = { subject, scope, asOfMs }
      const answers = [
        await node.outlook.score(question),
        await node.outlook.explain(question),
        await node.outlook.paths(question, 9),
        await node.outlook.history(question),
      ]
      found.push(JSON.stringify(answers))
    }
  }
  return found
}
