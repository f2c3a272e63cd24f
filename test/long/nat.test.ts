import { beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../support/mesh.ts'
import {
  HOMES,
  Internet,
  natReason,
  RELAY_IP,
  type NatNode,
  type NatState,
} from '../support/nat.ts'

const reason = natReason()
beforeEach(({ skip }) => {
  if (reason !== undefined) skip(reason)
})

const listen = '/ip4/0.0.0.0/tcp/7471'
/** After which a way that opens would have opened: three tries of five seconds, and the look for it. */
const SETTLED_MS = 20_000

interface Met extends AsyncDisposable {
  readonly a: NatNode
  readonly b: NatNode
  readonly relay: NatNode
  readonly ofA: NatState
  readonly ofB: NatState
}

/** Both at home, b with a place at the relay, and a connected to b through it. */
async function met(forwards: boolean): Promise<Met> {
  await using stack = new AsyncDisposableStack()
  const internet = stack.use(await Internet.open({ forwards }))
  const announce = [`/ip4/${RELAY_IP}/tcp/7471`]
  const relay = await internet.start('relay', {
    profile: 'server',
    listen,
    announce,
    bootstrap: [],
  })
  const { peerId } = await relay.state()
  const bootstrap = [`/ip4/${RELAY_IP}/tcp/7471/p2p/${peerId}`]
  const b = await internet.start('b', { profile: 'edge', listen, announce: [], bootstrap })
  await eventually(
    'b has a place at the relay',
    async () => (await b.state()).addresses.some((one) => one.includes('/p2p-circuit')),
    60_000,
  )
  const a = await internet.start('a', {
    profile: 'edge',
    listen,
    announce: forwards ? [`/ip4/${HOMES.a.outside}/tcp/7471`] : [],
    bootstrap,
  })
  const ofA = await a.state()
  const ofB = await b.state()
  const address = ofB.addresses.find((one) => one.includes('/p2p-circuit')) ?? ''
  await eventually(
    'a reaches b through the relay',
    async () =>
      a.order({ do: 'add', address }).then(
        () => true,
        () => false,
      ),
    30_000,
  )
  const moved = stack.move()
  return { a, b, relay, ofA, ofB, [Symbol.asyncDispose]: async () => moved.disposeAsync() }
}

const between = (state: NatState, peerId: string): NatState['connections'] =>
  state.connections.filter(({ peer }) => peer === peerId)

describe('two nodes behind routers that let nobody in', () => {
  test('reach each other over the relay, and stay so', async () => {
    await using nodes = await met(false)
    const { a, b, relay, ofA, ofB } = nodes
    expect((await relay.state()).reach.reservationCount).toBeGreaterThan(0)
    expect(await a.order({ do: 'ask', peer: ofB.peerId, did: ofB.did })).toBe('taken')
    await eventually(
      'gossip goes through the relay',
      async () => (await a.state()).gossip.includes(ofB.peerId),
      30_000,
    )
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
    const connections = between(await a.state(), ofB.peerId)
    expect(connections.length).toBeGreaterThan(0)
    for (const { address, isLimited } of connections) {
      expect(address).toContain('/p2p-circuit')
      expect(isLimited).toBe(true)
    }
    const after = await b.state()
    expect(after.reach).toMatchObject({ punchedCount: 0, relayedCount: connections.length })
    expect(between(after, ofA.peerId)).toHaveLength(connections.length)
  })
})

describe('a node whose router forwards its port', () => {
  test('is met over the relay, and then directly', async () => {
    await using nodes = await met(true)
    const { a, b, ofA, ofB } = nodes
    await eventually(
      'b dialled a directly, and the relayed connection is gone',
      async () => {
        const connections = between(await b.state(), ofA.peerId)
        return connections.length > 0 && connections.every(({ isLimited }) => !isLimited)
      },
      40_000,
    )
    expect((await b.state()).reach).toMatchObject({ relayedCount: 0, punchedCount: 1 })
    expect(between(await b.state(), ofA.peerId)[0]?.address).toContain(HOMES.a.outside)
    expect(await a.order({ do: 'ask', peer: ofB.peerId, did: ofB.did })).toBe('taken')
  })
})
