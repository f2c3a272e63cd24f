/** The nodes that this node is connected to, or keeps the address of. */
import { toHex } from '../../base/bytes.ts'
import { isDid, type Did } from '../../identity/did.ts'
import { nodeChecks } from '../../node/doctor/node.ts'
import { NodeError } from '../../node/error.ts'
import type { AipNode } from '../../node/node.ts'
import { keyOfPeerId, peerIdOfKey } from '../../p2p/peer-id.ts'
import type { Neighbour } from '../../p2p/peers/neighbours.ts'
import type { Denied } from '../../p2p/peers/deny-list.ts'
import { timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

export function peerHandlers({
  node,
}: HandlerFrame): Pick<
  Handlers,
  'listPeers' | 'addPeer' | 'removePeer' | 'listDenied' | 'denyPeer' | 'readmitPeer' | 'doctor'
> {
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
        ...lineOf(undefined),
        direction: 'outbound',
        addresses: [text],
        bootstrap: false,
      }
    },
    removePeer: async ({ peer }) => ({
      removed: (await node.mesh?.neighbours.remove(peer)) ?? false,
    }),
    listDenied: async () => ({ items: (node.mesh?.neighbours.denied ?? []).map(deniedView) }),
    denyPeer: async ({ subject }) => {
      const { mesh } = node
      if (mesh === undefined) throw new NodeError({ code: 'node/offline' })
      const isSelf = subject === node.did || subject === mesh.host.peerId
      if (isSelf) throw new NodeError({ code: 'node/self' })
      return deniedView(await mesh.neighbours.ban(subject, peersOfAgent(node, subject)))
    },
    readmitPeer: async ({ subject }) => {
      const { mesh } = node
      if (mesh === undefined) throw new NodeError({ code: 'node/offline' })
      return { readmitted: await mesh.neighbours.readmit(subject) }
    },
    doctor: async () => ({ checks: nodeChecks(node).map((check) => ({ ...check })) }),
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
      ...lineOf(now),
      addresses: [...note.addresses],
      bootstrap: node.network.bootstrap.some((address) => address.endsWith(note.peerId)),
    }
  })
  const unknown = [...connected.values()].map((one) => ({
    peer: one.peerId,
    did: didOfPeer(node, one.peerId),
    connected: true,
    ...lineOf(one),
    addresses: [one.address],
    bootstrap: false,
  }))
  return [...known, ...unknown]
}

/** Of the connection that there is; null where there is none. */
function lineOf(now: Neighbour | undefined) {
  return {
    direction: now?.direction ?? null,
    connectedSince: now === undefined ? null : timeText(now.connectedSinceMs),
    latencyMs: now?.latencyMs ?? null,
    receivedBytes: now?.carried?.receivedBytes ?? null,
    sentBytes: now?.carried?.sentBytes ?? null,
  }
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

/** Every peer id that an agent goes or went under; none for what is no agent that is known here. */
function peersOfAgent(node: AipNode, subject: string): readonly string[] {
  if (!isDid(subject)) return []
  const branches = node.identities.get(subject)?.branches ?? []
  return branches.flatMap(({ epochs }) => epochs.map(({ key }) => peerIdOfKey(key)))
}

function deniedView({ kind, subject, sinceMs, isConfigured }: Denied): Output<'denyPeer'> {
  return {
    kind,
    subject,
    since: isConfigured ? null : timeText(sinceMs),
    configured: isConfigured,
  }
}
