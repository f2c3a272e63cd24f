/**
 * What `bench:start` holds the node against: a process that does nothing but run libp2p, with the
 * node's transports, listening on loopback. Says `ready` when it listens; ends on SIGTERM.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'

const host = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
})
process.once('SIGTERM', () => {
  void host.stop()
})
console.log('ready')
