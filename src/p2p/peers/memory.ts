/** What the peer layer finds again after a restart, beside the notes of single peers. */
import { z } from 'zod'
import { asError } from '../../base/error.ts'
import type { Logger } from '../../base/log.ts'
import { decodeCbor, encodeCbor } from '../../crypto/cbor.ts'
import { ANCHORS_NOTE, decodeAnchors, encodeAnchors } from './anchors.ts'
import type { Anchor } from './anchors.ts'
import { parseDenied } from './deny-list.ts'
import type { Denied } from './deny-list.ts'

/** Small notes by name, on disk. */
export interface SmallNotes {
  list(prefix: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>
  put(name: string, bytes: Uint8Array): Promise<void>
  delete(name: string): Promise<void>
}

const DENIED_PREFIX = 'p2p/denied/'
const DENIED_LIMIT_BYTES = 64
const DeniedNote = z.strictObject({ s: z.int().nonnegative() })

export class PeerMemory {
  readonly #notes: SmallNotes
  readonly #log: Logger

  constructor(notes: SmallNotes, log: Logger) {
    this.#notes = notes
    this.#log = log
  }

  async anchors(): Promise<readonly Anchor[]> {
    const notes = await this.#notes.list(ANCHORS_NOTE)
    return notes.flatMap(({ name, bytes }) => (name === ANCHORS_NOTE ? decodeAnchors(bytes) : []))
  }

  /** Never rejects: losing the anchors costs a slower start. */
  async keepAnchors(anchors: readonly Anchor[]): Promise<void> {
    try {
      await this.#notes.put(ANCHORS_NOTE, encodeAnchors(anchors))
    } catch (thrown) {
      this.#log.warn('the anchors could not be noted', { error: asError(thrown).message })
    }
  }

  async denied(): Promise<readonly Denied[]> {
    const notes = await this.#notes.list(DENIED_PREFIX)
    return notes.flatMap(({ name, bytes }) => {
      try {
        const { s } = DeniedNote.parse(decodeCbor(bytes, DENIED_LIMIT_BYTES))
        const entry = parseDenied(name.slice(DENIED_PREFIX.length))
        return [{ ...entry, sinceMs: s, isConfigured: false }]
      } catch (thrown) {
        this.#log.warn('an entry of the deny list does not read', {
          error: asError(thrown).message,
        })
        return []
      }
    })
  }

  async keepDenied({ subject, sinceMs }: Denied): Promise<void> {
    await this.#notes.put(`${DENIED_PREFIX}${subject}`, encodeCbor({ s: sinceMs }))
  }

  async dropDenied(subject: string): Promise<void> {
    await this.#notes.delete(`${DENIED_PREFIX}${subject}`)
  }
}
