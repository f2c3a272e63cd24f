/** What the doctor finds in a running node. */
import { durationText } from '../../base/duration.ts'
import { CLOCK_SKEW_LIMIT_MS } from '../../records/verified.ts'
import { hasSheet } from '../own-identity.ts'
import type { AipNode } from '../node.ts'
import { fail, ok, skipped, warn, type Check } from './check.ts'
import { networkChecks } from './network.ts'

/** Refused for that among the events that are kept: a few are the fault of others. */
const AHEAD_LIMIT = 10
/** Agents that must have signed in the future: one may have a wrong clock, or lie. */
const SIGNERS_LEAST_COUNT = 3

export function nodeChecks(node: AipNode): readonly Check[] {
  return [store(node), identity(node), clock(node), ...network(node), sync(node)]
}

function store({ store: { failed, damage }, writer, identities }: AipNode): Check {
  if (failed !== undefined) {
    return fail('store', failed.message, 'Free some space or mend the disk, and restart the node.')
  }
  if (damage.length > 0) {
    return warn(
      'store',
      `${damage.length} damaged rows`,
      'Nothing at once: what was public comes back from peers. Look at the disk.',
    )
  }
  return ok('store', `${writer.recordCount} records, ${identities.size} identities`)
}

function identity({ standing, identity: { log } }: AipNode): Check {
  if (standing !== 'active') {
    return fail('identity', standing, '"aip-node status" says what happened and what to do.')
  }
  return hasSheet(log)
    ? ok('identity', 'active, with a recovery sheet')
    : warn(
        'identity',
        'active, without a recovery sheet',
        'It can neither rotate its key nor recover: make another one with "aip-node init".',
      )
}

const CLOCK_HINT = 'Set the clock; run NTP.'

/** What peers say counts most; where too few say it, what others signed is no later than now. */
function clock(node: AipNode): Check {
  const { wrong, doubt, state } = node.peerClocks
  if (wrong !== undefined) return fail('clock', wrong.replace(/\.$/, ''), CLOCK_HINT)
  if (state.aheadMs !== undefined) return ok('clock', `goes with those of ${state.peerCount} peers`)
  if (doubt !== undefined) return warn('clock', doubt, CLOCK_HINT)
  return signedAhead(node) ?? refusedAhead(node) ?? ok('clock', 'not behind what others signed')
}

/** The clock was set back after these records had been taken. */
function signedAhead({ evidence, clock: now, did }: AipNode): Check | undefined {
  const nowMs = now()
  const latestMs = new Map<string, number>()
  for (const { record } of evidence.all()) {
    const { issuer, issuedAtMs } = record
    if (issuer === did || issuedAtMs - nowMs <= CLOCK_SKEW_LIMIT_MS) continue
    latestMs.set(issuer, Math.max(latestMs.get(issuer) ?? 0, issuedAtMs))
  }
  const latest = [...latestMs.values()].toSorted((a, b) => a - b)
  const middleMs = latest[Math.floor((latest.length - 1) / 2)]
  if (middleMs === undefined || latest.length < SIGNERS_LEAST_COUNT) return undefined
  const length = durationText(middleMs - nowMs)
  const found = `${latest.length} agents signed records that lie ahead of it, by ${length}`
  return fail('clock', found, CLOCK_HINT)
}

function refusedAhead({ events }: AipNode): Check | undefined {
  const { length } = events
    .since(0)
    .filter(({ event }) => event.kind === 'record.rejected' && event.code === 'record/from-future')
  if (length <= AHEAD_LIMIT) return undefined
  return warn('clock', `${length} records were refused because they lie ahead of it`, CLOCK_HINT)
}

function network({ mesh, network: { preset }, profile, company }: AipNode): readonly Check[] {
  if (mesh === undefined || profile === 'offline') {
    return [skipped('network', 'the profile is "offline", or the key is being replaced')]
  }
  const { host, neighbours } = mesh
  const { dht } = host.libp2p.services
  return networkChecks({
    host,
    preset,
    profile,
    connectedCount: neighbours.count,
    knownCount: neighbours.known.length,
    alone: company?.alone,
    dht: { mode: dht?.getMode() ?? 'client', peerCount: tableSize(dht) },
  })
}

function sync({ mesh }: AipNode): Check {
  if (mesh === undefined) return skipped('sync', 'there is no network')
  const { isReady, isComplete, agreed, needed } = mesh.sync.state
  if (!isReady) return ok('sync', 'what is held is still being read')
  if (needed === 0) return skipped('sync', 'no peers to compare with yet')
  const peers = `${agreed} of ${needed} peers hold nothing more`
  return ok('sync', isComplete ? peers : `comparing: ${peers}`)
}

/** The library keeps its table off its types. */
function tableSize(dht: object | undefined): number {
  const table: unknown = dht === undefined ? undefined : Reflect.get(dht, 'routingTable')
  const size: unknown =
    typeof table === 'object' && table !== null ? Reflect.get(table, 'size') : undefined
  return typeof size === 'number' ? size : 0
}
