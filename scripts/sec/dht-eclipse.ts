/**
 * Sybils take every place near one agent's key in the DHT: ids are ground for it, and those that stand
 * there answer with an old document or not at all. Nodes that hear of the agent by gossip, reconciliation
 * or a peer are right all the same; a node that has nobody but the sybils is told an old document, which
 * is no forgery, and says that it is unconfirmed.
 *
 *     npm run sec -- dht:eclipse --sybils 20 --rounds 20
 */
import { setTimeout as delay } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { equalBytes } from '../../src/base/bytes.ts'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import type { Did } from '../../src/identity/did.ts'
import { resolveDid } from '../../src/node/use/resolving-dids.ts'
import { hostileNode } from '../../test/support/dht-nodes.ts'
import { NETWORK } from '../../test/support/dht-identity.ts'
import { eventually } from '../../test/support/mesh.ts'
import { startNode, type InProcess } from '../../test/support/nodes.ts'
import type { KadHost } from '../../test/support/plain-host.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack } from './parts/attack.ts'
import { DocumentedAgent } from './parts/documented-agent.ts'
import { groundIds, sharedBits } from './parts/ground-ids.ts'
import { quantile } from './parts/victim.ts'

const HONEST_COUNT = 6
const NEWCOMER_COUNT = 2
const RIGHT_SHARE = 0.99
/** What gossip has for a new document before all are asked. */
const SPREAD_MS = SECOND_MS

/** Until reconciliation with one honest peer has brought what the sybils held back. */
const JOINED_LIMIT_MS = MINUTE_MS
const PUBLISH_LIMIT_MS = 10 * SECOND_MS

type Mode = 'lie' | 'silence'

export const attack: Attack = {
  does: 'Sybils ground around one key of the DHT lie or are silent: right by other ways, else unconfirmed.',
  flags: {
    sybils: { fallback: '20', meaning: 'ids around the key' },
    tries: { fallback: '20000', meaning: 'ids that are made to find them' },
    rounds: { fallback: '20', meaning: 'look-ups by each of five nodes' },
  },
  gate: { sybils: '6', tries: '4000', rounds: '2' },
  limitMs: 8 * MINUTE_MS,
  run: async ({ flags, seed, progress }) => {
    const sybilCount = count(flags, 'sybils', 1, 40)
    const tries = count(flags, 'tries', sybilCount, 1_000_000)
    const rounds = count(flags, 'rounds', 1, 200)
    const agent = new DocumentedAgent(`eclipsed ${seed}`, NETWORK)
    const ids = groundIds(agent.did, { tries, kept: sybilCount, seed })
    progress(`${sybilCount} of ${tries} ids share ${ids.at(-1)?.sharedBits ?? 0} bits and more`)

    await using stack = new AsyncDisposableStack()
    let mode: Mode = 'lie'
    const old = agent.document(1)
    let questions = 0
    const answer = async (did: Did): Promise<Uint8Array | undefined> => {
      questions++
      if (mode === 'silence') return new Promise(() => {})
      return Promise.resolve(did === agent.did ? old : undefined)
    }
    const sybils: KadHost[] = []
    for (const id of ids) {
      const sybil = await hostileNode(answer, () => Promise.resolve(), id.seed)
      stack.defer(async () => sybil.stop())
      for (const other of sybils) await sybil.dial(other.getMultiaddrs())
      sybils.push(sybil)
    }
    progress('the sybils know each other')
    // They know nobody but the sybils yet, and neither do those know anybody else.
    let newcomer: InProcess | undefined
    const byDhtAlone = { told: 0, flagged: 0, forged: 0 }
    for (let at = 0; at < NEWCOMER_COUNT; at++) {
      // One at a time: a node that has it from the DHT would be a peer that confirms it.
      await newcomer?.[Symbol.asyncDispose]()
      const alike = stack.use(await startNode({ network: NETWORK }))
      newcomer = alike
      for (const sybil of sybils) await sybil.dial(multiaddr(alike.address))
      await eventually(
        'the DHT answers',
        async () => (await alike.mesh.directory.resolveIdentity(agent.did)) !== undefined,
      )
      const alone = await resolveDid(alike.node, agent.did, { noCache: false })
      if (alone.method !== 'aip') throw new Error('it is did:aip')
      byDhtAlone.told++
      if (alone.isUnconfirmed) byDhtAlone.flagged++
      if (!equalBytes(alone.state.bytes, old)) byDhtAlone.forged++
    }
    const newcomersAsked = questions
    progress('newcomers have been told by the sybils')

    const honest: InProcess[] = []
    for (let at = 0; at < HONEST_COUNT; at++) {
      const bootstrap = honest.slice(0, 3).map(({ address }) => address)
      honest.push(stack.use(await startNode({ network: NETWORK, bootstrap })))
    }
    await surrounded(honest, sybils)
    await eventually('each honest node has peers in gossip', () =>
      honest.every(({ mesh }) => mesh.gossip.peersOf(0).length >= 3),
    )
    progress('the honest nodes are surrounded')
    const farthestBits = ids.at(-1)?.sharedBits ?? 0
    const honestNearer = honest.filter(
      ({ node }) => sharedBits(agent.did, node.identity.log.genesisKey) > farthestBits,
    ).length

    const [publisher, ...askers] = honest
    if (publisher === undefined) throw new Error('there are honest nodes')
    const tally = { right: 0, older: 0, missing: 0 }
    const tookMs: number[] = []
    const look = async (asker: InProcess, newest: Uint8Array): Promise<void> => {
      const startedAt = performance.now()
      try {
        const found = await resolveDid(asker.node, agent.did, { noCache: true })
        if (found.method === 'aip' && equalBytes(found.state.bytes, newest)) tally.right++
        else tally.older++
      } catch {
        tally.missing++
      }
      tookMs.push(performance.now() - startedAt)
    }
    // One document: another of the same agent would leave its node a minute later.
    const newest = agent.document(2)
    await publisher.node.pipeline.offerIdentity(newest, { via: 'api' })
    await publisher.mesh.gossip.publishIdentity(newest, 0)
    const state = publisher.node.identities.get(agent.did)
    if (state === undefined) throw new Error('its own node holds it')
    const { acknowledged } = await publisher.mesh.directory.publishIdentity(
      state,
      AbortSignal.timeout(PUBLISH_LIMIT_MS),
    )
    await delay(SPREAD_MS)
    for (let round = 0; round < rounds; round++) {
      mode = round % 2 === 0 ? 'lie' : 'silence'
      await Promise.all(askers.map(async (asker) => look(asker, newest)))
    }
    progress(`${tally.right} of ${rounds * askers.length} right`)

    // One honest peer beside all of the sybils.
    mode = 'lie'
    if (newcomer === undefined) throw new Error('there was one')
    await newcomer.mesh.host.libp2p.dial(multiaddr(publisher.address))
    const dialledAt = performance.now()
    let joined = await resolveDid(newcomer.node, agent.did, { noCache: true })
    const isRight = (): boolean => joined.method === 'aip' && equalBytes(joined.state.bytes, newest)
    while (!isRight() && performance.now() - dialledAt < JOINED_LIMIT_MS) {
      await delay(SPREAD_MS)
      joined = await resolveDid(newcomer.node, agent.did, { noCache: true })
    }
    const rightAfterMs = performance.now() - dialledAt

    const asked = tookMs.length
    const figures = {
      sybils: sybilCount,
      sharedBitsAtLeast: farthestBits,
      honestNearer,
      questionsToSybils: questions,
      acknowledgedByDht: acknowledged,
      lookUps: asked,
      ...tally,
      p99Ms: rounded(quantile(tookMs, 0.99)),
      byDhtAlone: byDhtAlone.told,
      flaggedUnconfirmed: byDhtAlone.flagged,
      rightWithOnePeer: isRight(),
      rightWithOnePeerAfterS: rounded(rightAfterMs / SECOND_MS),
    }
    const misses: string[] = []
    if (tally.right < asked * RIGHT_SHARE) misses.push(`${tally.right} of ${asked} were right`)
    if (byDhtAlone.flagged < byDhtAlone.told) {
      misses.push(`${byDhtAlone.flagged} of ${byDhtAlone.told} were flagged`)
    }
    if (byDhtAlone.forged > 0) misses.push(`${byDhtAlone.forged} were of nobody's making`)
    if (newcomersAsked === 0) misses.push('no sybil was asked: the attack did not take place')
    if (!isRight()) misses.push('with one honest peer it was not right within a minute')
    return { figures, misses }
  },
}

/** Each sybil dials each node, and is in its routing table. */
async function surrounded(nodes: readonly InProcess[], sybils: readonly KadHost[]): Promise<void> {
  for (const { address } of nodes) {
    for (const sybil of sybils) await sybil.dial(multiaddr(address))
  }
  // The library pings each newcomer, and drops some of a crowd.
  await eventually('half of the sybils are in every routing table', () =>
    nodes.every(({ mesh }) => routesOf(mesh.host.libp2p.services.dht) >= sybils.length / 2),
  )
}

function routesOf(dht: unknown): number {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the class has it, the interface not
  return (dht as { readonly routingTable: { readonly size: number } }).routingTable.size
}
