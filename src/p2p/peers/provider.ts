/**
 * Which part of the internet an address lies in: an IPv4 /16 or an IPv6 /32, about what one provider
 * hands out. The peers of one part may all be one owner's, so each part has a share only.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { ipOf, ipv6Groups } from '../addresses.ts'

/** At most this part of the book, and of the outbound connections, is of one provider. */
export const PROVIDER_SHARE = 1 / 4

/**
 * The provider's name, or `undefined` for an address that begins with a name: those come from the
 * operator alone. A relayed address lies where its relay does.
 */
export function providerOf(address: string): string | undefined {
  try {
    const ip = ipOf(multiaddr(address))
    return ip === undefined ? undefined : providerOfIp(ip)
  } catch {
    return undefined // no multiaddr
  }
}

export function providerOfIp(ip: string): string {
  if (ip.includes('.')) {
    const ip4 = ip.slice(ip.lastIndexOf(':') + 1) // an IPv4 peer may arrive in IPv6 dress
    return ip4.split('.').slice(0, 2).join('.')
  }
  const groups = ipv6Groups(ip)
  const high = Number.parseInt(groups[6] ?? '0', 16)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return `${high >> 8}.${high & 255}`
  return groups.slice(0, 2).join(':')
}

/** Connections of each provider, and how many there may be. */
export interface PerProvider {
  readonly counts: ReadonlyMap<string, number>
  readonly limit: number
}

/** Gives out what is left of each provider's share. */
export class Shares {
  readonly #counts: Map<string, number>
  readonly #limit: number

  constructor({ counts, limit }: PerProvider) {
    this.#counts = new Map(counts)
    this.#limit = limit
  }

  /** Those addresses whose provider has room. */
  within(addresses: readonly string[]): readonly string[] {
    return addresses.filter((address) => {
      const provider = providerOf(address)
      return provider === undefined || (this.#counts.get(provider) ?? 0) < this.#limit
    })
  }

  /** One more connection, to the first of these addresses most likely. */
  take([address]: readonly string[]): void {
    const provider = address === undefined ? undefined : providerOf(address)
    if (provider !== undefined) change(this.#counts, provider, 1)
  }
}

/** Counts, and forgets what counts zero. */
export function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
