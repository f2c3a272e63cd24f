/** What the doctor finds in a running node. */
import { MINUTE_MS } from '../../base/units.ts'
import { hasSheet } from '../own-identity.ts'
import type { AipNode } from '../node.ts'
import { fail, ok, skipped, warn, type Check } from './check.ts'
import { networkChecks } from './network.ts'

/** What others are told apart by from a clock that is wrong. Records further ahead are refused. */
const CLOCK_TOLERANCE_MS = 2 * MINUTE_MS
/** Refused for that among the events that are kept: a few are the fault of others. */
const AHEAD_LIMIT = 10

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

/** Nobody is asked for the time; what others signed is no later than now. */
function clock({ evidence, events, clock: now, did }: AipNode): Check {
  const nowMs = now()
  const hint = 'Set the clock; run NTP.'
  let latestMs = 0
  for (const { record } of evidence.all()) {
    if (record.issuer !== did) latestMs = Math.max(latestMs, record.issuedAtMs)
  }
  const behindMs = latestMs - nowMs
  if (behindMs > CLOCK_TOLERANCE_MS) {
    const minutes = Math.round(behindMs / MINUTE_MS)
    return fail('clock', `others signed records ${minutes} minutes ahead of it`, hint)
  }
  const ahead = events
    .since(0)
    .filter(({ event }) => event.kind === 'record.rejected' && event.code === 'record/from-future')
  return ahead.length > AHEAD_LIMIT
    ? warn('clock', `${ahead.length} records were refused because they lie ahead of it`, hint)
    : ok('clock', 'not behind what others signed')
}

function network({ mesh, network: { preset }, profile }: AipNode): readonly Check[] {
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
