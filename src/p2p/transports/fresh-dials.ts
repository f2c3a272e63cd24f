/**
 * Dials that never stand for a connection that is there already.
 *
 * AutoNAT answers a peer by dialling it back, and closes what it got. The connection manager gives it
 * the connection that the peer is already dialled by, where there is one to that very address: the
 * answer then means nothing, and the two have lost each other.
 */
import type { ConnectionManager } from '@libp2p/interface-internal'
import { isMultiaddr } from '@multiformats/multiaddr'

/** The same parts; a dial of one address, which is how a peer is dialled back, is always a new one. */
export function withFreshDials<
  Components extends { readonly connectionManager: ConnectionManager },
>(components: Components): Components {
  const { connectionManager } = components
  const openConnection: ConnectionManager['openConnection'] = async (peer, options) =>
    connectionManager.openConnection(
      peer,
      isMultiaddr(peer) ? { ...options, force: true } : options,
    )
  const fresh = new Proxy(connectionManager, {
    get: (target, name) => {
      if (name === 'openConnection') return openConnection
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return new Proxy(components, {
    get: (target, name) => (name === 'connectionManager' ? fresh : Reflect.get(target, name)),
  })
}
