/**
 * This node's own hand: numbers, signs and stores what its agent says.
 *
 * One claim is signed at a time, so the author sequence only grows; the number is on disk in the
 * same synced batch as the record, so it is never given out twice, whatever kills the process. While
 * the key changes nothing is signed; claims that come meanwhile wait, and are signed by the new one.
 */
import type { Clock } from '../base/clock.ts'
import { toHex } from '../base/bytes.ts'
import type { Signer } from '../crypto/ed25519.ts'
import type { Did } from '../identity/did.ts'
import type { Claim } from '../records/record.ts'
import { nextSequence, signRecord, type Verified } from '../records/verified.ts'
import { NodeError } from './error.ts'
import type { Pipeline } from './ingest/pipeline.ts'

/** A claim whose number and times the author fills in. */
export type Unnumbered = Claim extends infer One
  ? One extends Claim
    ? Omit<One, 'sequence' | 'issuedAtMs'> & { readonly issuedAtMs?: number }
    : never
  : never

export interface AuthorDeps {
  readonly network: string
  readonly did: Did
  readonly signer: Signer
  readonly pipeline: Pick<Pipeline, 'offerOwn'>
  readonly clock: Clock
  /** Passes what was stored on to the mesh. */
  readonly publish: (records: readonly Verified[]) => void
  /** Throws when this key signs for the agent no more. */
  readonly assertMaySign: (keyHex: string) => void
}

export class Author {
  readonly #deps: AuthorDeps
  #signer: Signer
  #keyHex: string
  #sequence: number
  #turn: Promise<unknown> = Promise.resolve()
  #isHalted = false

  constructor(deps: AuthorDeps, lastSequence: number | undefined) {
    this.#deps = deps
    this.#signer = deps.signer
    this.#keyHex = toHex(deps.signer.publicKey)
    this.#sequence = lastSequence ?? 0
  }

  /** Whether this key has ever signed a record here, whatever became of it. */
  get hasSigned(): boolean {
    return this.#sequence > 0
  }

  /** The public key that signs now. */
  get keyHex(): string {
    return this.#keyHex
  }

  /** The last number given out; 0 before the first. */
  get sequence(): number {
    return this.#sequence
  }

  /**
   * Signs the claims in order, stores them all or none, and answers when they are on disk.
   *
   * @throws {RecordError} when a claim breaks a rule or is not admitted.
   * @throws {NodeError} `node/key-retired` or `node/deactivated`.
   */
  async issue(claims: readonly Unnumbered[]): Promise<readonly Verified[]> {
    return this.#inTurn(async () => this.#issueNow(claims))
  }

  /**
   * Hands the pen over: `change` runs while nothing is being signed, and what it returns signs from
   * then on. Numbers go on growing across keys.
   *
   * @throws what `change` throws; then the same key goes on, unless the author was halted.
   */
  async handOver(change: () => Promise<Signer>): Promise<void> {
    await this.#inTurn(async () => {
      const signer = await change()
      this.#signer = signer
      this.#keyHex = toHex(signer.publicKey)
    })
  }

  /** Nothing is signed any more until the node starts again. */
  halt(): void {
    this.#isHalted = true
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #issueNow(claims: readonly Unnumbered[]): Promise<readonly Verified[]> {
    const { network, did, pipeline, clock, publish, assertMaySign } = this.#deps
    if (this.#isHalted) throw new NodeError({ code: 'node/closing' })
    assertMaySign(this.#keyHex)
    const nowMs = clock()
    let sequence = this.#sequence
    const signed = claims.map((claim) => {
      sequence = nextSequence(sequence, nowMs)
      const whole = { issuedAtMs: nowMs, ...claim, sequence } as Claim
      return signRecord(whole, this.#signer, { network, issuer: did })
    })
    // Taken whatever becomes of the claims: a number that was signed is not signed again.
    this.#sequence = sequence
    const stored = await pipeline.offerOwn(signed, { keyHex: this.#keyHex, sequence })
    publish(stored)
    return stored
  }
}
