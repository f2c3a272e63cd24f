/**
 * What the node remembers for itself: its pins, whom it hides, what it observed and keeps private, the
 * peers it can dial, and its own notes. Specification: docs/spec/store.md,
 * "Local tables".
 */
import { z } from 'zod'
import { KIB_BYTES } from '../base/units.ts'
import { isDid } from '../identity/did.ts'
import type { Did } from '../identity/did.ts'
import type { TableShape } from './local-table.ts'

export const PINS_LIMIT = 65_536
export const FORGOTTEN_LIMIT = 65_536
export const PRIVATE_OBSERVATIONS_LIMIT = 65_536
export const PRIVATE_OBSERVATION_LIMIT_BYTES = 16 * KIB_BYTES
export const PEERS_LIMIT = 4_096
export const PEER_ADDRESSES_LIMIT = 16
export const NOTES_LIMIT = 4_096
export const NOTE_LIMIT_BYTES = 16 * KIB_BYTES

const PIN_LIMIT_BYTES = 1 * KIB_BYTES
const FORGOTTEN_LIMIT_BYTES = 128
const PEER_LIMIT_BYTES = 8 * KIB_BYTES
/** What CBOR adds around the bytes of a row. */
const ENVELOPE_BYTES = 256

const DidText = z.custom<Did>((value) => typeof value === 'string' && isDid(value))
const PeerIdText = z.string().min(1).max(128)
const HashHex = z.string().regex(/^[0-9a-f]{64}$/)
const TimeMs = z.int().nonnegative()
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/** My own word on an agent, above whatever the network says. One an agent. */
const Pin = z.strictObject({
  did: DidText,
  /** Absent where the entry is a name only. */
  kind: z.exactOptional(z.enum(['trust', 'distrust', 'cap'])),
  /** The most the score may be, 0..1; of the kind `cap` alone. */
  cap: z.exactOptional(z.number().min(0).max(1)),
  /** What I call the agent. */
  petname: z.exactOptional(z.string().min(1).max(64)),
  /** Inception and head of the key log that I knew then, in hex: they settle a later fork for me. */
  inception: z.exactOptional(HashHex),
  head: z.exactOptional(HashHex),
})
export type Pin = Readonly<z.infer<typeof Pin>>

/** An agent that I do not want to see in lists. */
const Forgotten = z.strictObject({ did: DidText, sinceMs: TimeMs })
export type Forgotten = Readonly<z.infer<typeof Forgotten>>

/** An observation that was not published: unsigned, in bytes that its owner understands. */
const PrivateObservation = z.strictObject({ id: z.string().min(1).max(128), bytes: Bytes })
export type PrivateObservation = Readonly<z.infer<typeof PrivateObservation>>

/** A peer that can be dialled. */
const PeerNote = z.strictObject({
  peerId: PeerIdText,
  did: z.exactOptional(DidText),
  /** Multiaddrs, the best first. */
  addresses: z.array(z.string().min(1).max(512)).readonly(),
  lastSeenMs: TimeMs,
  /** When a dial last reached it; 0 for never. */
  lastGoodMs: TimeMs,
})
export type PeerNote = Readonly<z.infer<typeof PeerNote>>

/** Anything small that a part of the node must find again after a restart. */
const Note = z.strictObject({ name: z.string().min(1).max(128), bytes: Bytes })
export type Note = Readonly<z.infer<typeof Note>>

export const PINS: TableShape<Pin> = {
  name: 'pins',
  prefix: 'p/',
  rowsLimit: PINS_LIMIT,
  rowLimitBytes: PIN_LIMIT_BYTES,
  whenFull: 'refuse',
  keyOf: ({ did }) => did,
  parse: (value) => Pin.parse(value),
}

export const FORGOTTEN: TableShape<Forgotten> = {
  name: 'forgotten agents',
  prefix: 'f/',
  rowsLimit: FORGOTTEN_LIMIT,
  rowLimitBytes: FORGOTTEN_LIMIT_BYTES,
  whenFull: 'refuse',
  keyOf: ({ did }) => did,
  parse: (value) => Forgotten.parse(value),
}

export const PRIVATE_OBSERVATIONS: TableShape<PrivateObservation> = {
  name: 'private observations',
  prefix: 'o/',
  rowsLimit: PRIVATE_OBSERVATIONS_LIMIT,
  rowLimitBytes: PRIVATE_OBSERVATION_LIMIT_BYTES + ENVELOPE_BYTES,
  whenFull: 'refuse',
  keyOf: ({ id }) => id,
  parse: (value) => PrivateObservation.parse(value),
}

export const PEERS: TableShape<PeerNote> = {
  name: 'peers',
  prefix: 'e/',
  rowsLimit: PEERS_LIMIT,
  rowLimitBytes: PEER_LIMIT_BYTES + ENVELOPE_BYTES,
  whenFull: 'forget',
  // Whom we have reached ourselves before whom others have only told us of.
  rankOf: ({ lastSeenMs, lastGoodMs }) => Math.max(lastSeenMs, lastGoodMs),
  keyOf: ({ peerId }) => peerId,
  parse: (value) => {
    const note = PeerNote.parse(value)
    return { ...note, addresses: note.addresses.slice(0, PEER_ADDRESSES_LIMIT) }
  },
}

export const NOTES: TableShape<Note> = {
  name: 'notes',
  prefix: 'g/',
  rowsLimit: NOTES_LIMIT,
  rowLimitBytes: NOTE_LIMIT_BYTES + ENVELOPE_BYTES,
  whenFull: 'refuse',
  keyOf: ({ name }) => name,
  parse: (value) => Note.parse(value),
}
