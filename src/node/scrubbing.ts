/**
 * Reads the store again and again, slowly, so that what the disk changes is found while others still
 * have it, and sees to it that it comes back.
 *
 * A short look at each start, from where the last one stopped, and the whole store once a day in small
 * slices. Specification: docs/spec/store.md, "Scrub".
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../base/units.ts'
import { decodeCbor, encodeCbor } from '../crypto/cbor.ts'
import type { Did } from '../identity/did.ts'
import { isDamage } from '../store/error.ts'
import type { Finding } from '../store/scrub.ts'
import type { Store } from '../store/store.ts'
import type { IdentityBook } from './identity-book.ts'
import type { Writer } from './ingest/writer.ts'

/** Rows of one slice: some milliseconds of work. */
const SLICE_ROWS = 256
/** The look at the start ends after this. */
const START_LIMIT_MS = 2 * SECOND_MS
const PASS_INTERVAL_MS = DAY_MS
/** Between slices, this many times as long as the slice took: a twentieth of one core. */
const REST_FACTOR = 20
const REST_LEAST_MS = 250
const RETRY_INTERVAL_MS = 10 * MINUTE_MS
const NOTE = 'scrub'
const NOTE_LIMIT_BYTES = 1_024

export interface ScrubbingDeps {
  readonly store: Store
  readonly writer: Pick<Writer, 'lose'>
  readonly identities: IdentityBook
  /** The author sequence of the key that signs here. */
  readonly author: { readonly keyHex: string; readonly sequence: number }
  readonly clock: Clock
  readonly log: Logger
  /** Asks others for an agent's key log. */
  readonly want: (did: Did) => void
  readonly warn: (message: string) => void
}

interface Progress {
  /** Where the next slice begins; empty: at the beginning. */
  readonly after: Uint8Array
  /** When the last whole pass ended. */
  readonly passedAtMs: number
}

const BEGINNING: Progress = { after: new Uint8Array(), passedAtMs: 0 }

export class Scrubbing implements AsyncDisposable {
  readonly #deps: ScrubbingDeps
  readonly #ending = new AbortController()
  #progress = BEGINNING
  /** Something was mended since the last pass ended, so the counts may be wrong. */
  #isChanged = false
  #running: Promise<void> = Promise.resolve()

  constructor(deps: ScrubbingDeps) {
    this.#deps = deps
  }

  /** Begins; nothing waits for it. */
  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.#failed(error)
    })
  }

  /** One slice from where the last one stopped; whether it was the last of a pass. */
  async slice(): Promise<boolean> {
    const { store, clock } = this.#deps
    const { after } = this.#progress
    const slice = await store.scrub(after.length === 0 ? undefined : after, SLICE_ROWS)
    await this.#mend(slice.findings)
    if (slice.mended > 0) this.#deps.log.warn('damaged rows were mended', { rows: slice.mended })
    this.#isChanged ||= slice.mended + slice.findings.length > 0
    const { next } = slice
    if (next === undefined && this.#isChanged) {
      await store.recount()
      this.#isChanged = false
    }
    this.#progress =
      next === undefined
        ? { ...BEGINNING, passedAtMs: clock() }
        : { ...this.#progress, after: Uint8Array.from(next) }
    return next === undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    this.#progress = await this.#read()
    const endMs = performance.now() + START_LIMIT_MS
    while (!signal.aborted && performance.now() < endMs) if (await this.slice()) break
    await this.#write()
    while (!signal.aborted) {
      const isResting = this.#progress.after.length === 0
      const agoMs = this.#deps.clock() - this.#progress.passedAtMs
      const restMs = isResting ? Math.max(0, PASS_INTERVAL_MS - agoMs) : 0
      await delay(Math.min(restMs, PASS_INTERVAL_MS), undefined, { signal, ref: false })
      try {
        await this.#pass(signal)
      } catch (error) {
        if (signal.aborted || isDamage(error)) throw error
        // The disk was full, or the database just being opened again.
        this.#deps.log.warn('the store was not looked through to its end', {
          error: asError(error),
        })
        await delay(RETRY_INTERVAL_MS, undefined, { signal, ref: false })
      }
    }
  }

  /** To the end of the store, at leisure. */
  async #pass(signal: AbortSignal): Promise<void> {
    for (let isDone = false; !isDone && !signal.aborted;) {
      const begun = performance.now()
      isDone = await this.slice()
      const restMs = Math.max(REST_LEAST_MS, REST_FACTOR * (performance.now() - begun))
      if (!isDone) await delay(restMs, undefined, { signal, ref: false })
    }
    await this.#write()
  }

  /** A part that cannot be read at all is for the next start: the store has said so. */
  #failed(error: unknown): void {
    this.#deps.log.error('the store could not be looked through', { error: asError(error) })
  }

  async #mend(findings: readonly Finding[]): Promise<void> {
    if (findings.length === 0) return
    const { store, writer, identities, author, clock, want, warn } = this.#deps
    const ids = findings.flatMap((one) => (one.what === 'record' ? [one.id] : []))
    const dids = findings.flatMap((one) => (one.what === 'identity' ? [one.did] : []))
    const isNumber = findings.some((one) => one.what === 'number' && one.keyHex === author.keyHex)
    const lost = ids.length === 0 ? 0 : await writer.lose(ids)
    // What this node has in memory goes back as it was; the others are asked for.
    const held = dids.flatMap((did) => identities.get(did) ?? [])
    await store.commit(
      {
        identities: held,
        ...(isNumber && { ownSequence: { keyHex: author.keyHex, sequence: author.sequence } }),
      },
      { nowMs: clock(), durable: true },
    )
    for (const did of dids) {
      if (identities.get(did) !== undefined) continue
      identities.delete(did)
      want(did)
    }
    warn(
      `The disk has changed what was stored: ${lost} records and ${dids.length - held.length} identities are fetched again.`,
    )
  }

  async #read(): Promise<Progress> {
    const note = await this.#deps.store.notes.get(NOTE)
    if (note === undefined) return { ...BEGINNING, passedAtMs: this.#deps.clock() }
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed, as it was written
      const { a, p } = decodeCbor(note.bytes, NOTE_LIMIT_BYTES) as { a: Uint8Array; p: number }
      return { after: a, passedAtMs: p }
    } catch {
      return BEGINNING
    }
  }

  async #write(): Promise<void> {
    const { after, passedAtMs } = this.#progress
    const bytes = encodeCbor({ a: after, p: passedAtMs })
    const { store, clock } = this.#deps
    if (store.failed !== undefined) return
    await store.commit(
      { notes: { put: [{ name: NOTE, bytes }] } },
      { nowMs: clock(), durable: false },
    )
  }
}
