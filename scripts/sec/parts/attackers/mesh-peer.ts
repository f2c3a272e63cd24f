/**
 * A peer in the mesh of gossip that passes nothing on; one that spams says, beside that, what no node
 * may take. What it is comes first on the command line, then whom it dials.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { gossipsub, TopicValidatorResult, type GossipSub } from '@chainsafe/libp2p-gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { ping, type Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { concatBytes } from '../../../../src/base/bytes.ts'
import { MINUTE_MS, SECOND_MS } from '../../../../src/base/units.ts'
import { sha256 } from '../../../../src/crypto/hash.ts'
import { keyNamed } from '../../../../test/support/identity.ts'
import { persona, sealed, vouchFor } from '../../../../test/support/hostile.ts'

const LIFE_LIMIT_MS = 5 * MINUTE_MS
const SPAM_MS = SECOND_MS / 10
const TOPICS = ['records', 'identities'].map((kind) => `/aip/local/${kind}/0/1`)

const [mode = '', ...addresses] = process.argv.slice(2)
const host: Libp2p<{ identify: Identify; ping: Ping; pubsub: GossipSub }> = await createLibp2p({
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: {
    identify: identify(),
    ping: ping(),
    pubsub: gossipsub({
      globalSignaturePolicy: 'StrictNoSign',
      msgIdFn: ({ topic, data }) => sha256(concatBytes(Buffer.from(topic), data)),
      floodPublish: true,
      allowPublishToZeroTopicPeers: true,
    }),
  },
})
const { pubsub } = host.services
for (const topic of TOPICS) {
  pubsub.topicValidators.set(topic, () => TopicValidatorResult.Ignore)
  pubsub.subscribe(topic)
}
for (const address of addresses) await host.dial(multiaddr(address))
if (mode === 'spam') {
  const [author, subject] = [persona('author'), persona('subject')]
  setInterval(() => {
    const bytes = sealed(vouchFor(subject), author, { by: keyNamed('stranger') })
    // Whoever has stopped listening is not told.
    pubsub.publish(TOPICS[0] ?? '', bytes).catch(() => undefined)
  }, SPAM_MS)
}
setTimeout(() => process.exit(1), LIFE_LIMIT_MS)
process.stdout.write('begun\n')
process.stdin.resume()
process.stdin.once('end', () => process.exit(0))
