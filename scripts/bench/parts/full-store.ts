/**
 * The home of a node that has been about for a while: an identity, and a store with as many records as
 * a benchmark wants. Records are signed in bulk and go to the store's own commit; whether a node would
 * admit them is seen to by how they are made.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import { pathsOf } from '../../../src/base/paths.ts'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import { networkMessage } from '../../../src/crypto/domain.ts'
import { sha256Hex } from '../../../src/crypto/hash.ts'
import type { Did } from '../../../src/identity/did.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { createIdentity, readIdentity } from '../../../src/node/own-identity.ts'
import type { NetworkConfig } from '../../../src/node/config.ts'
import { shardSubject } from '../../../src/records/record.ts'
import type { AipRecord, Claim, RecordId, Work } from '../../../src/records/record.ts'
import { laneOf, shardOf } from '../../../src/records/replica/lanes.ts'
import { Verified } from '../../../src/records/verified.ts'
import { encodeUnsigned, withSignature } from '../../../src/records/wire.ts'
import { Store } from '../../../src/store/store.ts'
import { makeAgents } from './load.ts'
import type { Agent } from './load.ts'

/** A network whose one shard has room for all of it. */
export const ROOMY_NETWORK: NetworkConfig = {
  v: 1,
  name: 'local',
  preset: 'local',
  bootstrap: [],
  shardBits: 0,
  shardLimitBytes: 2 ** 40,
  workBits: 0,
}

export interface FullStore {
  /** What `--home` is told. */
  readonly home: string
  /** What `--network` is told. */
  readonly networkFile: string
  readonly did: Did
  /** Whom a score may be asked of: the viewer vouches for it. */
  readonly friend: Did
  /** One that is reached over others. */
  readonly stranger: Did
  readonly records: number
  /** Of the records alone. */
  readonly recordBytes: number
  readonly bytesOnDisk: number
}

const BATCH = 1_000
const LIFETIME_MS = 89 * DAY_MS
/** Agents that the viewer vouches for. */
const FRIENDS = 20

/** Makes identity and store in an empty directory; `records` 0 makes an empty store. */
export async function makeFullStore(
  home: string,
  { records, agents }: { readonly records: number; readonly agents: number },
): Promise<FullStore> {
  const paths = pathsOf({ AIP_NODE_HOME: home }, process.platform)
  const networkFile = join(home, 'network.json')
  const own =
    (await readIdentity(paths.keyFile)) ?? (await createIdentity(paths.keyFile, { workBits: 0 }))
  await writeFile(networkFile, JSON.stringify(ROOMY_NETWORK))
  await using store = await Store.open(paths.state, {
    network: ROOMY_NETWORK.name,
    log: silentLogger,
    verifier: nativeVerifier,
  })
  const viewer: Agent = { did: own.did, signer: own.signer, state: IdentityState.of(own.log) }
  const others = makeAgents(Math.max(agents, FRIENDS + 1))
  const nowMs = Date.now()
  const options = { nowMs, durable: false }
  await store.commit({ identities: [viewer.state, ...others.map(({ state }) => state)] }, options)

  let recordBytes = 0
  let waiting: { verified: Verified; shard: number; lane: ReturnType<typeof laneOf> }[] = []
  const write = async (): Promise<void> => {
    await store.commit({ put: waiting }, options)
    waiting = []
  }
  const said = claims({ count: records, viewer, others, nowMs })
  for (const { by, claim, told } of said) {
    const { id, bytes } = signed(claim, by)
    told?.(id)
    recordBytes += bytes.length
    const verified = Verified.restored(bytes, id, { network: ROOMY_NETWORK.name })
    const shard = shardOf(shardSubject(verified.record), ROOMY_NETWORK.shardBits)
    waiting.push({ verified, shard, lane: laneOf(verified.record) })
    if (waiting.length >= BATCH) await write()
  }
  await write()
  const { bytesOnDisk } = await store.stats()
  const friend = others[0]?.did ?? own.did
  const stranger = others[FRIENDS]?.did ?? own.did
  return { home, networkFile, did: own.did, friend, stranger, records, recordBytes, bytesOnDisk }
}

interface Said {
  readonly by: Agent
  readonly claim: Claim
  readonly told?: (id: RecordId) => void
}

/**
 * In rounds of one hour, the oldest first: of each agent a vouch, and what it saw of two others, some
 * of it promised before.
 */
function* claims(of: {
  readonly count: number
  readonly viewer: Agent
  readonly others: readonly Agent[]
  readonly nowMs: number
}): Generator<Said> {
  const { count, viewer, others, nowMs } = of
  let made = 0
  for (const friend of others.slice(0, Math.min(FRIENDS, count))) {
    made++
    yield { by: viewer, claim: vouch(friend, nowMs - HOUR_MS, made) }
  }
  const rounds = Math.ceil(count / (RECORDS_OF_ROUND * others.length))
  for (let round = rounds; round > 0; round--) {
    for (const [at, agent] of others.entries()) {
      const issuedAtMs = nowMs - round * HOUR_MS - at
      for (const said of turn(others, agent, { at, round, issuedAtMs })) {
        if (made >= count) return
        made++
        yield said
      }
    }
  }
}

const RECORDS_OF_ROUND = 4
const WORK: Work = { kind: 'count', count: 10 }

function* turn(
  others: readonly Agent[],
  by: Agent,
  {
    at,
    round,
    issuedAtMs,
  }: { readonly at: number; readonly round: number; readonly issuedAtMs: number },
): Generator<Said> {
  // Each step takes each agent somewhere else, so that few steps of vouches reach many.
  const other = (step: number): Agent =>
    others[(at * (30 * step + 1) + step * step * 7 + step) % others.length] ?? by
  const [first, second, third] = [other(3 * round + 1), other(3 * round + 2), other(3 * round + 3)]
  if (first !== by) yield { by, claim: vouch(first, issuedAtMs, 1) }
  if (second !== by) yield { by, claim: observation(second, issuedAtMs, 2) }
  if (third === by) return
  let promise: RecordId | undefined
  yield {
    by: third,
    claim: {
      type: 'promise',
      ...envelope(issuedAtMs - HOUR_MS, 3),
      delegator: by.did,
      scope: 'review',
      work: WORK,
      deadlineMs: issuedAtMs - 1,
    },
    told: (id) => {
      promise = id
    },
  }
  yield { by, claim: observation(third, issuedAtMs, 4, promise) }
}

function vouch({ did, state }: Agent, issuedAtMs: number, number: number): Claim {
  const [{ inception }] = state.branches
  const said = { subject: did, inception, scope: 'general', level: 800 }
  return { type: 'vouch', ...envelope(issuedAtMs, number), ...said }
}

function observation(
  { did }: Agent,
  issuedAtMs: number,
  number: number,
  promise?: RecordId,
): Claim {
  return {
    type: 'observation',
    ...envelope(issuedAtMs, number),
    subject: did,
    outcomes: [
      {
        ...(promise === undefined ? {} : { promise }),
        scope: 'review',
        promised: WORK,
        delivered: { kind: 'count', count: 9 },
        clarity: 0,
        observedAtMs: issuedAtMs,
      },
    ],
  }
}

function envelope(issuedAtMs: number, number: number) {
  return { sequence: issuedAtMs * 8 + number, issuedAtMs, expiresAtMs: issuedAtMs + LIFETIME_MS }
}

function signed(claim: Claim, { did, signer }: Agent): { id: RecordId; bytes: Uint8Array } {
  const record: AipRecord = { ...claim, issuer: did, key: signer.publicKey }
  const unsigned = encodeUnsigned(record)
  const message = networkMessage('aip:record:v1', ROOMY_NETWORK.name, unsigned)
  const bytes = withSignature(unsigned, record.type, signer.sign(message))
  return { id: sha256Hex(unsigned), bytes }
}
