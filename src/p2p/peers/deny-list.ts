/**
 * Whom the operator keeps out: peers, agents with whatever key they have, and ranges of addresses.
 *
 * What the configuration names cannot be taken off while the node runs; the rest is kept by the store.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { isDid } from '../../identity/did.ts'
import { NetworkError } from '../error.ts'
import { keyOfPeerId } from '../peer-id.ts'

export type DeniedKind = 'peer' | 'agent' | 'range'

export interface Denied {
  readonly kind: DeniedKind
  /** A peer id, a DID, or a range such as 198.51.100.0/24. */
  readonly subject: string
  readonly sinceMs: number
  /** Whether it stands in the configuration. */
  readonly isConfigured: boolean
}

/** Entries that the operator made, those of the configuration not counted. */
export const DENIED_LIMIT = 1_024
/** Peer ids of one agent: its keys, one after the other. */
const PEERS_PER_AGENT_LIMIT = 64

/**
 * A peer id, a DID, an IP address or a range, in one spelling each.
 *
 * @throws {NetworkError} `p2p/deny-invalid`.
 */
export function parseDenied(text: string): Pick<Denied, 'kind' | 'subject'> {
  if (text.length <= 64) {
    if (isDid(text)) return { kind: 'agent', subject: text }
    if (keyOfPeerId(text) !== undefined) return { kind: 'peer', subject: text }
    const range = parseRange(text)
    if (range !== undefined) return { kind: 'range', subject: `${range.net}/${range.bits}` }
  }
  throw new NetworkError({ code: 'p2p/deny-invalid' })
}

interface Range {
  readonly net: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

function parseRange(text: string): Range | undefined {
  const [net = '', bitsText, ...rest] = text.toLowerCase().split('/')
  const family = isIPv4(net) ? 'ipv4' : isIPv6(net) && !net.includes('%') ? 'ipv6' : undefined
  if (family === undefined || rest.length > 0) return undefined
  const most = family === 'ipv4' ? 32 : 128
  if (bitsText !== undefined && !/^[1-9]\d{0,2}$/.test(bitsText)) return undefined
  const bits = Number(bitsText ?? most)
  return bits > most ? undefined : { net, bits, family }
}

export class DenyList {
  readonly #entries = new Map<string, Denied>()
  /** Peer ids under which denied agents go, or went. */
  readonly #peersByAgent = new Map<string, Set<string>>()
  #ranges = new BlockList()

  /** @param configured  texts that {@link parseDenied} takes. */
  constructor(configured: readonly string[] = []) {
    for (const text of configured) {
      const denied = parseDenied(text)
      this.#entries.set(denied.subject, { ...denied, sinceMs: 0, isConfigured: true })
      this.#compileOne(denied)
    }
  }

  get entries(): readonly Denied[] {
    return [...this.#entries.values()]
  }

  deniesPeer(peerId: string): boolean {
    if (this.#entries.has(peerId)) return true
    for (const peers of this.#peersByAgent.values()) if (peers.has(peerId)) return true
    return false
  }

  deniesAgent(did: string): boolean {
    return this.#entries.has(did)
  }

  /** All spellings of an address match. */
  deniesIp(ip: string): boolean {
    if (isIPv4(ip)) return this.#ranges.check(ip, 'ipv4')
    return isIPv6(ip) && this.#ranges.check(ip, 'ipv6')
  }

  /**
   * Keeps somebody out. What is there already stays as it is.
   *
   * @throws {NetworkError} `p2p/deny-full`.
   */
  add(denied: Denied): Denied {
    const before = this.#entries.get(denied.subject)
    if (before !== undefined) return before
    const made = this.entries.filter(({ isConfigured }) => !isConfigured).length
    if (made >= DENIED_LIMIT) throw new NetworkError({ code: 'p2p/deny-full', limit: DENIED_LIMIT })
    this.#entries.set(denied.subject, denied)
    this.#compileOne(denied)
    return denied
  }

  /** @returns whether it was there and not in the configuration. */
  remove(subject: string): boolean {
    const entry = this.#entries.get(subject)
    if (entry === undefined || entry.isConfigured) return false
    this.#entries.delete(subject)
    this.#peersByAgent.delete(subject)
    this.#compile()
    return true
  }

  /** A denied agent goes under this peer id too. Returns whether that is news. */
  agentHas(did: string, peerId: string): boolean {
    if (!this.#entries.has(did)) return false
    const peers = this.#peersByAgent.get(did) ?? new Set<string>()
    if (peers.has(peerId)) return false
    this.#peersByAgent.set(did, peers.add(peerId))
    for (const oldest of peers) {
      if (peers.size <= PEERS_PER_AGENT_LIMIT) break
      peers.delete(oldest)
    }
    return true
  }

  #compile(): void {
    this.#ranges = new BlockList()
    for (const denied of this.#entries.values()) this.#compileOne(denied)
  }

  #compileOne({ kind, subject }: Pick<Denied, 'kind' | 'subject'>): void {
    const range = kind === 'range' ? parseRange(subject) : undefined
    if (range !== undefined) this.#ranges.addSubnet(range.net, range.bits, range.family)
  }
}
