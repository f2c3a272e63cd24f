import { AipError } from '../base/error.ts'

/** What can be wrong with addresses, invites and what is asked of the network. Listed in docs/errors.md. */
export type NetworkFault =
  | { readonly code: 'p2p/address-invalid'; readonly reason: string }
  | { readonly code: 'p2p/invite-invalid'; readonly reason: string }
  | { readonly code: 'p2p/other-network'; readonly network: string; readonly expected: string }
  | { readonly code: 'p2p/listen-failed'; readonly address: string }
  | { readonly code: 'p2p/dial-failed'; readonly address: string }
  | { readonly code: 'p2p/transport-off'; readonly transport: string }
  | { readonly code: 'p2p/no-common-key'; readonly address: string }
  | { readonly code: 'p2p/deny-invalid' }
  | { readonly code: 'p2p/deny-full'; readonly limit: number }
  | { readonly code: 'p2p/peer-unreachable'; readonly peer: string }
  | { readonly code: 'p2p/other-key'; readonly peer: string }
  | { readonly code: 'p2p/message-too-large'; readonly bytes: number; readonly limitBytes: number }

export class NetworkError extends AipError<NetworkFault> {
  override readonly name = 'NetworkError'

  constructor(fault: NetworkFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: NetworkFault): string {
  switch (fault.code) {
    case 'p2p/address-invalid':
      return `This is not an address that this node can dial: ${fault.reason}.`
    case 'p2p/invite-invalid':
      return `This is not an invite: ${fault.reason}.`
    case 'p2p/other-network':
      return `The invite is for the network "${fault.network}"; this node is on "${fault.expected}".`
    case 'p2p/listen-failed':
      return `The node cannot listen on ${fault.address}: the port is taken, or the address is not of this machine. Choose another with --listen.`
    case 'p2p/dial-failed':
      return `No peer answers at ${fault.address}.`
    case 'p2p/transport-off':
      return `This node does not speak the transport of that address (${fault.transport}). "aip-node doctor" says why.`
    case 'p2p/no-common-key':
      return `Somebody answers at ${fault.address}, but does not use the pre-shared key of this private mesh.`
    case 'p2p/deny-invalid':
      return 'That is neither a peer id, a DID, an IP address, nor a range such as 198.51.100.0/24.'
    case 'p2p/deny-full':
      return `The deny list is full: it holds ${fault.limit} entries. Take some off with "aip-node peers unban", or deny a range.`
    case 'p2p/peer-unreachable':
      return `The peer ${fault.peer} answers at none of the addresses that are known.`
    case 'p2p/other-key':
      return `Whoever answers at the addresses of the peer ${fault.peer} does not hold its key.`
    case 'p2p/message-too-large':
      return `The message is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
  }
}
