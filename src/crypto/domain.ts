/**
 * Domain separation: every signature names what it is for, so that one can never be read as another.
 *
 * A native signature covers `tag ‖ 0x00 ‖ payload`; a tag of the network also names the network, so
 * what is signed on a test mesh means nothing on the real one. No interface signs raw bytes.
 * Source: docs/spec/identity.md, docs/spec/records.md.
 */
import { concatBytes, textBytes } from '../base/bytes.ts'

export const NETWORK_NAME = /^[a-z0-9-]{1,32}$/

/** Tags that mean the same on every network. */
export type GlobalDomain = 'aip:key-log:v1' | 'aip:text:v1' | 'aip:key-commitment:v1'

/** Tags whose meaning ends at the border of one network. */
export type NetworkDomain = 'aip:record:v1' | 'aip:document:v1' | 'aip:challenge:v1'

const ZERO = Uint8Array.of(0)

/** `tag ‖ 0x00 ‖ payload`. */
export function globalMessage(domain: GlobalDomain, payload: Uint8Array): Uint8Array {
  return concatBytes(textBytes(domain), ZERO, payload)
}

/**
 * `tag ‖ ":" ‖ network ‖ 0x00 ‖ payload`.
 *
 * @throws {RangeError} when `network` is not a network's name: configuration is checked before.
 */
export function networkMessage(
  domain: NetworkDomain,
  network: string,
  payload: Uint8Array,
): Uint8Array {
  return concatBytes(networkPrefix(domain, network), payload)
}

/**
 * What a message of this domain begins with on this network, up to and with the zero byte. Not to be
 * written to: the same bytes are handed out again.
 *
 * @throws {RangeError} as {@link networkMessage}.
 */
export function networkPrefix(domain: NetworkDomain, network: string): Uint8Array {
  if (lastPrefix.domain === domain && lastPrefix.network === network) return lastPrefix.bytes
  if (!NETWORK_NAME.test(network)) throw new RangeError(`not a network name: ${network}`)
  const bytes = concatBytes(textBytes(`${domain}:${network}`), ZERO)
  lastPrefix = { domain, network, bytes }
  return bytes
}

/** A process checks one kind of message by the thousand, on one network: its prefix is at hand. */
let lastPrefix: { domain: string; network: string; bytes: Uint8Array } = {
  domain: '',
  network: '',
  bytes: ZERO,
}
