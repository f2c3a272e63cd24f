/** The nodes that this node is connected to, or keeps the address of. */
import { toHex } from '../../base/bytes.ts'
import type { Did } from '../../identity/did.ts'
import { NodeError } from '../../node/error.ts'
import type { AipNode } from '../../node/node.ts'
import { keyOfPeerId } from '../../p2p/peer-id.ts'
import type { Handlers, Output } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

export function peerHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'listPeers' | 'addPeer' | 'removePeer'> {
  return {
    listPeers: async () => ({ items: peersOf(node) }),
    addPeer: async ({ address: text }) => {
      const { mesh } = node
      if (mesh === undefined) {
        const reason = 'this node runs with the profile "offline"'
        throw new NodeError({ code: 'node/peer-address-invalid', reason })
      }
      const { peerId } = await mesh.neighbours.add(text)
      const added = peersOf(node).find(({ peer }) => peer === peerId)
      if (added !== undefined) return added
      return {
        peer: peerId,
        did: didOfPeer(node, peerId),
        connected: true,
        direction: 'outbound',
        addresses: [text],
        bootstrap: false,
      }
    },
    removePeer: async ({ peer }) => ({
      removed: (await node.mesh?.neighbours.remove(peer)) ?? false,
    }),
  }
}

function peersOf(node: AipNode): Output<'listPeers'>['items'] {
  const { mesh } = node
  if (mesh === undefined) return []
  const connected = new Map(mesh.neighbours.connected.map((one) => [one.peerId, one]))
  const known = mesh.neighbours.known.map((note) => {
    const now = connected.get(note.peerId)
    connected.delete(note.peerId)
    return {
      peer: note.peerId,
      did: note.did ?? didOfPeer(node, note.peerId),
      connected: now !== undefined,
      direction: now?.direction ?? null,
      addresses: [...note.addresses],
      bootstrap: node.network.bootstrap.some((address) => address.endsWith(note.peerId)),
    }
  })
  const unknown = [...connected.values()].map(({ peerId, address, direction }) => ({
    peer: peerId,
    did: didOfPeer(node, peerId),
    connected: true,
    direction,
    addresses: [address],
    bootstrap: false,
  }))
  return [...known, ...unknown]
}

/** Which agent a peer is, where its key is one that a log held here names now. */
function didOfPeer(node: AipNode, peerId: string): Did | null {
  const key = keyOfPeerId(peerId)
  if (key === undefined) return null
  const did = node.identities.agentOf(key)
  const branches = did === undefined ? [] : (node.identities.get(did)?.branches ?? [])
  const isPresent = branches.some(({ current }) => current?.keyHex === toHex(key))
  return isPresent ? (did ?? null) : null
}
