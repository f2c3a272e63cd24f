/**
 * Invites: one line that lets another node find this one.
 *
 * `aip-node:<multiaddr>?did=<did>&network=<name>`. The multiaddr ends with the peer id; the DID says
 * whom to expect; the network's name keeps a test mesh and the real one apart.
 */
import { NETWORK_NAME } from '../../crypto/domain.ts'
import { isDid } from '../../identity/did.ts'
import type { Did } from '../../identity/did.ts'
import { parseAddress, peerIdOf } from '../addresses.ts'
import { NetworkError } from '../error.ts'
import { keyOfPeerId } from '../peer-id.ts'

export interface Invite {
  /** A multiaddr that ends with the peer's id. */
  readonly address: string
  readonly did: Did
  readonly network: string
}

export const INVITE_SCHEME = 'aip-node:'
const INVITE_LIMIT_CHARS = 512
const INVITE_TEXT = /^aip-node:(?<address>\/[^?]*)\?did=(?<did>[^&]*)&network=(?<network>[^&]*)$/

export function encodeInvite(invite: Invite): string {
  return `${INVITE_SCHEME}${invite.address}?did=${invite.did}&network=${invite.network}`
}

/** @throws {NetworkError} `p2p/invite-invalid` or `p2p/address-invalid`. */
export function parseInvite(text: string): Invite {
  if (text.length > INVITE_LIMIT_CHARS) throw invalid('it is too long')
  const { address, did, network } = INVITE_TEXT.exec(text)?.groups ?? {}
  if (address === undefined || did === undefined || network === undefined) {
    throw invalid('it looks like aip-node:<address>?did=<did>&network=<name>')
  }
  if (!isDid(did)) throw invalid('its DID is not one of this kind of network')
  if (!NETWORK_NAME.test(network)) throw invalid('its network has no valid name')
  const peerId = peerIdOf(parseAddress(address))
  if (peerId === undefined || keyOfPeerId(peerId) === undefined) {
    throw invalid('its address does not end with the id of an Ed25519 peer')
  }
  return { address, did, network }
}

function invalid(reason: string): NetworkError {
  return new NetworkError({ code: 'p2p/invite-invalid', reason })
}
