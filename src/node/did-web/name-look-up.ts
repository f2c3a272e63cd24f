/**
 * The addresses of a domain name, asked of the name servers that the system is configured with.
 *
 * Not by the system's own look-up: that reads local host files as well, runs on the threads that
 * verify signatures, and cannot be broken off.
 */
import { Resolver } from 'node:dns/promises'
import { SECOND_MS } from '../../base/units.ts'

const ATTEMPT_LIMIT_MS = 2 * SECOND_MS
const ATTEMPTS = 2

export interface ResolvedName {
  readonly address: string
  readonly family: 4 | 6
}

/**
 * IPv4 first. Empty for a name without addresses.
 *
 * @param servers  Name servers to ask instead, as addresses with or without a port.
 * @throws {Error} of Node when no name server answers, or when the signal fires.
 */
export async function addressesOf(
  host: string,
  signal: AbortSignal,
  servers?: readonly string[],
): Promise<readonly ResolvedName[]> {
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout: ATTEMPT_LIMIT_MS, tries: ATTEMPTS })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = (): void => {
    resolver.cancel()
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(host),
      resolver.resolve6(host),
    ])
    if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason
    return [
      ...(ipv4.status === 'fulfilled' ? ipv4.value : []).map(
        (address) => ({ address, family: 4 }) as const,
      ),
      ...(ipv6.status === 'fulfilled' ? ipv6.value : []).map(
        (address) => ({ address, family: 6 }) as const,
      ),
    ]
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
