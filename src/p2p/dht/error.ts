import { AipError } from '../../base/error.ts'

/** Why the DHT's part of this node refuses something. Listed in docs/errors.md. */
export type DhtFault =
  | { readonly code: 'p2p/dht-key-refused' }
  | {
      readonly code: 'p2p/dht-value-too-large'
      readonly bytes: number
      readonly limitBytes: number
    }
  | { readonly code: 'p2p/dht-value-invalid'; readonly reason: string }
  | { readonly code: 'p2p/dht-value-stale'; readonly did: string }
  | { readonly code: 'p2p/dht-full'; readonly limitRows: number }
  | { readonly code: 'p2p/dht-rate-limited' }
  | { readonly code: 'p2p/dht-busy'; readonly limit: number }

export class DhtError extends AipError<DhtFault> {
  override readonly name = 'DhtError'

  constructor(fault: DhtFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: DhtFault): string {
  switch (fault.code) {
    case 'p2p/dht-key-refused':
      return 'The DHT of this network holds identities under "/aip/" and nothing else.'
    case 'p2p/dht-value-too-large':
      return `The value is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
    case 'p2p/dht-value-invalid':
      return `The value is not an identity of that DID: ${fault.reason}`
    case 'p2p/dht-value-stale':
      return `A better value for ${fault.did} is held here.`
    case 'p2p/dht-full':
      return `This node holds ${fault.limitRows} values of the DHT already, all nearer to it.`
    case 'p2p/dht-rate-limited':
      return 'The peer asks more often than this node answers.'
    case 'p2p/dht-busy':
      return `More than ${fault.limit} look-ups wait already. Try again.`
  }
}
