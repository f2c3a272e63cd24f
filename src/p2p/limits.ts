/**
 * The bounds of the network layer, in one place: what a peer can make this node hold or do.
 *
 * The libraries' defaults add up to terabytes, so every limit is set here and nothing is left to
 * them. What belongs to one protocol of ours (pages, frames) stays beside that protocol.
 */
import { DAY_MS, HOUR_MS, KIB_BYTES, MIB_BYTES, MINUTE_MS, SECOND_MS } from '../base/units.ts'

/** How much of the network a node takes part in. `test` is a server without background work. */
export type Profile = 'edge' | 'server' | 'test'

/** Connections of all kinds, duplicates counted. */
export const CONNECTION_LIMIT: Readonly<Record<Profile, number>> = {
  edge: 32,
  server: 100,
  test: 100,
}

/** Peers below which a node dials more of those it knows. */
export const TARGET_PEER_COUNT: Readonly<Record<Profile, number>> = {
  edge: 16,
  server: 48,
  test: 48,
}

/** Connections, open or being made, with one address: an IPv4 address or an IPv6 /64. */
export const CONNECTIONS_PER_IP_LIMIT = 4
/** … and with one neighbourhood: an IPv4 /24 or an IPv6 /48. */
export const CONNECTIONS_PER_SUBNET_LIMIT = 16
/** … and with peers behind one relay, whose own addresses nobody sees. */
export const CONNECTIONS_PER_RELAY_LIMIT = 8

/** Connections that have proved nothing yet: one that comes then takes the place of another. */
export const PENDING_INBOUND_LIMIT = 200
/** Connections that lost their place and are not quite gone: libp2p still counts them. */
export const LEAVING_INBOUND_LIMIT = 100
/** Sockets that one turn of the loop may accept before any that lost its place is closed. */
export const LISTEN_BACKLOG = 511
/** A peer that means it speaks first, and at once. */
export const INBOUND_FIRST_BYTE_TIMEOUT_MS = 2 * SECOND_MS
export const INBOUND_UPGRADE_TIMEOUT_MS = 3 * SECOND_MS
/** New connections a second from one host, on a public network. */
export const INBOUND_RATE_LIMIT = 5
/** The same on one machine, where every node shares an address. */
export const LOCAL_INBOUND_RATE_LIMIT = 500
export const PARALLEL_DIAL_LIMIT = 32
export const DIAL_QUEUE_LIMIT = 256
export const ADDRESSES_DIALLED_PER_PEER_LIMIT = 8
export const DIAL_TIMEOUT_MS = 10 * SECOND_MS
export const ADDRESS_DIAL_TIMEOUT_MS = 6 * SECOND_MS
export const PROTOCOL_NEGOTIATION_TIMEOUT_MS = 5 * SECOND_MS
/** How long a host that stops waits for its parts. */
export const STOP_TIMEOUT_MS = 8 * SECOND_MS

export const STREAMS_PER_CONNECTION_LIMIT = 64
export const STREAM_WINDOW_LIMIT_BYTES = 512 * KIB_BYTES
/** Not smaller than the window: a paused stream may still receive one window. */
export const STREAM_READ_BUFFER_LIMIT_BYTES = 512 * KIB_BYTES
export const STREAM_WRITE_BUFFER_LIMIT_BYTES = 4 * MIB_BYTES

/** Of one WebSocket message, before anything of it is decrypted: more than a stream's window. */
export const WEB_SOCKET_MESSAGE_LIMIT_BYTES = 1 * MIB_BYTES

/** What a server does for others as a relay: places, and how long each lasts. */
export const RELAY_RESERVATIONS_LIMIT = 32
export const RELAY_RESERVATION_MS = HOUR_MS
/** Of one connection through the relay: enough to meet and to catch up, not to live there. */
export const RELAYED_DURATION_LIMIT_MS = 10 * MINUTE_MS
export const RELAYED_BYTES_LIMIT = 4 * MIB_BYTES
/** Relayed connections being made or open, on one connection. */
export const RELAY_STREAMS_LIMIT = 32

export const IDENTIFY_LIMIT_BYTES = 8 * KIB_BYTES

/** One gossip frame of several messages and control messages. */
export const GOSSIP_FRAME_LIMIT_BYTES = 512 * KIB_BYTES
/** What may wait for one slow reader before its stream is cut. */
export const GOSSIP_OUTBOUND_BUFFER_LIMIT_BYTES = 8 * MIB_BYTES
export const GOSSIP_MESSAGES_PER_FRAME_LIMIT = 256
export const GOSSIP_IDS_PER_FRAME_LIMIT = 5_000
export const GOSSIP_CONTROLS_PER_FRAME_LIMIT = 512
/** What one answer to a request for missed messages holds: well inside one frame. */
export const GOSSIP_ANSWER_LIMIT_BYTES = 384 * KIB_BYTES
/** How long a message id is remembered. */
export const GOSSIP_SEEN_MS = 2 * MINUTE_MS
/** Peers that have left and whose lost score is remembered. The longest gone are forgotten first. */
export const KEPT_SCORES_LIMIT = 4_096

/** The largest message of each kind of topic: the largest record, the largest identity value. */
export const RECORD_MESSAGE_LIMIT_BYTES = 16_384
export const IDENTITY_MESSAGE_LIMIT_BYTES = 8 * KIB_BYTES

/** Offers under way at the sink, from one peer and from all. */
export const OFFERS_PER_PEER_LIMIT = 64
export const OFFERS_LIMIT = 1_024
/** Offers under way of a peer that has shown nothing yet: some more than it takes to silence it. */
export const OFFERS_PER_NEW_PEER_LIMIT = 8
/** Messages of one peer that wait for their turn before its stream is paused. */
export const WAITING_PER_PEER_LIMIT = 512
/** Refused messages of a peer that are enough for gossip/score.ts to silence it. */
export const REFUSALS_PER_BURST_LIMIT = 5
/** The longest that gossip waits for an answer about a message; then it is ignored. */
export const OFFER_TIMEOUT_MS = 30 * SECOND_MS

/** How often one node passes on a value of one DID. */
export const IDENTITY_GAP_MS = MINUTE_MS
/** DIDs whose next value waits for its minute, and DIDs whose last minute is remembered. */
export const IDENTITY_HELD_LIMIT = 4_096
export const IDENTITY_REMEMBERED_LIMIT = 65_536

/** How long the peer store keeps addresses and peers. */
export const PEER_ADDRESS_AGE_MS = 7 * DAY_MS
export const PEER_AGE_MS = 30 * DAY_MS
/** Peers in the address book and, about, in libp2p's peer store. */
export const ADDRESS_BOOK_LIMIT = 1_000
export const PEER_STORE_LIMIT = 10_000
export const ADDRESSES_PER_PEER_LIMIT = 8
