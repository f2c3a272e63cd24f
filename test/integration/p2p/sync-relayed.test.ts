import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { KIB_BYTES, MINUTE_MS } from '../../../src/base/units.ts'
import { randomBytes } from '../../../src/node/native-crypto.ts'
import { Reconciliation, type SyncEvent } from '../../../src/p2p/sync/reconciliation.ts'
import { Taking, nameOf, recordBytes } from '../../support/evidence.ts'
import { eventually, relayHost, relayedHost, type PlainHost } from '../../support/plain-host.ts'
import { SyncHolding } from '../../support/sync-holding.ts'

/** What a relay of this protocol carries when nobody says otherwise. */
const CARRIED_BYTES = 128 * KIB_BYTES

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

interface Party {
  readonly libp2p: PlainHost
  readonly id: string
  readonly taking: Taking
  readonly holding: SyncHolding
  readonly sync: Reconciliation
  readonly events: SyncEvent[]
  /** Whom it blamed or hung up on. */
  readonly against: string[]
}

/** Tells its reconciliation who comes and goes; peers that parted just now are not asked again. */
async function party(libp2p: PlainHost, holding: SyncHolding): Promise<Party> {
  const taking = new Taking()
  const [events, against]: [SyncEvent[], string[]] = [[], []]
  const sync = new Reconciliation({
    libp2p,
    network: 'test',
    shardBits: 0,
    source: holding,
    sink: {
      offer: async (bytes, source) => {
        const offered = await taking.offer(bytes, source)
        if (offered.kind === 'taken' && offered.fresh) holding.record(bytes)
        return offered
      },
      offerIdentity: (bytes, source) => taking.offerIdentity(bytes, source),
    },
    isPeerFault: () => true,
    peers: () =>
      libp2p.getConnections().map(({ remotePeer, direction }) => ({
        peerId: remotePeer.toString(),
        isChosen: direction === 'outbound',
      })),
    log: silentLogger,
    clock: Date.now,
    randomBytes,
    timing: { intervalMs: MINUTE_MS, apartMs: MINUTE_MS },
    retryMs: 20,
    onBlame: (peer) => against.push(peer),
    onDrop: (peer) => against.push(peer),
    onEvent: (event) => events.push(event),
  })
  libp2p.addEventListener('peer:connect', ({ detail }) => sync.peerUp(detail.toString()))
  libp2p.addEventListener('peer:disconnect', ({ detail }) => sync.peerDown(detail.toString()))
  await sync.listen()
  sync.start()
  stops.push(() => sync.stop())
  return { libp2p, id: libp2p.peerId.toString(), taking, holding, sync, events, against }
}

async function throughRelay(near: SyncHolding, far: SyncHolding) {
  const relay = await relayHost(CARRIED_BYTES)
  stops.push(async () => relay.stop())
  const made = async (holding: SyncHolding): Promise<Party> => {
    const libp2p = await relayedHost(relay)
    stops.push(async () => libp2p.stop())
    return party(libp2p, holding)
  }
  const [one, other] = [await made(near), await made(far)]
  const [address = ''] = relay.getMultiaddrs().map(String)
  const circuit = multiaddr(`${address}/p2p-circuit/p2p/${other.id}`)
  const isMet = (): boolean => one.libp2p.getConnections(other.libp2p.peerId).length > 0
  await eventually(() => other.libp2p.getMultiaddrs().some((own) => String(own).includes(other.id)))
  return { one, other, isMet, dial: async () => one.libp2p.dial(circuit) }
}

function records(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => recordBytes(`record ${at}`, size))
}

describe('through a relay', () => {
  test('two peers reconcile', async () => {
    const all = records(40, 200)
    const { one, other, dial } = await throughRelay(
      new SyncHolding().record(...all.slice(0, 20)),
      new SyncHolding().record(...all.slice(20)),
    )
    const connection = await dial()
    expect(connection.limits).toBeDefined()
    await eventually(() => one.taking.taken.length + other.taking.taken.length === 40)
    expect(one.holding.tree(0, 1)?.root()).toEqual(other.holding.tree(0, 1)?.root())
  })

  test('what is cut off is nobody’s fault, and goes on when the two meet again', async () => {
    const all = records(400, 1_000)
    const { one, other, dial, isMet } = await throughRelay(
      new SyncHolding(),
      new SyncHolding().record(...all),
    )
    let dials = 0
    while (one.taking.taken.length < all.length) {
      const before = one.taking.taken.length
      await dial()
      dials++
      await eventually(() => one.taking.taken.length === all.length || !isMet())
      await eventually(() => one.sync.state.sessions.length === 0)
      expect(one.taking.taken.length).toBeGreaterThan(before)
    }
    expect(dials).toBeGreaterThan(2)
    expect(dials).toBeLessThan(16)
    expect(one.taking.taken.toSorted()).toEqual(all.map(nameOf).toSorted())
    expect([...one.against, ...other.against]).toEqual([])
    expect(one.events.some(({ kind }) => kind === 'failed')).toBe(true)
  })
})
