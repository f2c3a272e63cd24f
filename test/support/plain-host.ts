/** Bare libp2p nodes on loopback for tests of one protocol: real TCP, noise and yamux, a free port. */
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import type { KadDHT, KadDHTComponents } from '@libp2p/kad-dht'
import { ping, type Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { randomSeed } from '../../src/node/native-crypto.ts'

export type PlainHost = Libp2p<{ identify: Identify; ping: Ping }>
export type KadHost = Libp2p<{ identify: Identify; ping: Ping; dht: KadDHT }>

function base(privateKey: PrivateKey) {
  return {
    privateKey,
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1_000 },
    connectionMonitor: { enabled: false },
  }
}

export async function plainHost(): Promise<PlainHost> {
  const privateKey = await generateKeyPairFromSeed('Ed25519', randomSeed())
  return createLibp2p({ ...base(privateKey), services: { identify: identify(), ping: ping() } })
}

/** @param seed  Of its key, from which follows where it stands in the DHT. */
export async function kadHost(
  dht: (components: KadDHTComponents) => KadDHT,
  seed: Uint8Array = randomSeed(),
): Promise<KadHost> {
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed)
  return createLibp2p({
    ...base(privateKey),
    services: { identify: identify(), ping: ping(), dht },
  })
}

/** Passes on so many bytes for two others, then hangs up on them. */
export async function relayHost(carriesBytes: number): Promise<Libp2p> {
  const privateKey = await generateKeyPairFromSeed('Ed25519', randomSeed())
  const relay = circuitRelayServer({
    reservations: { applyDefaultLimit: true, defaultDataLimit: BigInt(carriesBytes) },
  })
  return createLibp2p({ ...base(privateKey), services: { identify: identify(), relay } })
}

/** Is reached through a relay and not otherwise. */
export async function relayedHost(relay: Libp2p): Promise<PlainHost> {
  const privateKey = await generateKeyPairFromSeed('Ed25519', randomSeed())
  const listen = relay.getMultiaddrs().map((address) => `${address.toString()}/p2p-circuit`)
  return createLibp2p({
    ...base(privateKey),
    addresses: { listen },
    transports: [tcp(), circuitRelayTransport()],
    services: { identify: identify(), ping: ping() },
  })
}

/** Connects `from` to `to`, both knowing what the other speaks. */
export async function connect(from: Libp2p, to: Libp2p): Promise<void> {
  await from.dial(to.getMultiaddrs())
}

/** Waits until something holds, and fails when it does not hold in time. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const untilMs = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error('it did not come about in time')
    await new Promise((next) => setTimeout(next, 20))
  }
}
