/**
 * The lines of the lab's files as the records that a node would hold, and the view of one viewer.
 *
 * Names become DIDs by hashing; nothing is signed, since nobody sends it. The arithmetic is the
 * node's own, so a figure found here is the figure a node would answer. A later line of a file
 * counts as later where two lines have one time.
 */
import { textBytes } from '../../base/bytes.ts'
import { DAY_MS } from '../../base/units.ts'
import { sha256, sha256Hex } from '../../crypto/hash.ts'
import { DID_BYTES, didFromBytes, type Did } from '../../identity/did.ts'
import type { Observation, RecordId, Undertaking, Vouch } from '../../records/record.ts'
import { GENERAL_SCOPE, type EvidenceRecord, type KnownIdentity } from '../../trust/context.ts'
import type { ProfileName } from '../../trust/profile.ts'
import { View } from '../../trust/view.ts'
import type { EdgeLine, ObservationLine } from './files.ts'

/** For what says nothing of its end: it outlives the view by this. */
const OPEN_END_MS = 366 * DAY_MS
const LINE_DIGITS = 8

export interface LabFiles {
  readonly edges: readonly EdgeLine[]
  readonly observations: readonly ObservationLine[]
}

export interface LabQuestion {
  /** As the files spell it. */
  readonly viewer: string
  readonly profile: ProfileName
  readonly nowMs: number
  /** What lines of observations are about that name no scope. */
  readonly scope: string
}

export interface LabAgent {
  readonly name: string
  readonly did: Did
}

export class LabWorld {
  /** Everybody whom the files name, in order of first appearance. */
  readonly agents: ReadonlyMap<string, LabAgent>
  readonly #files: LabFiles
  readonly #known = new Map<Did, KnownIdentity>()
  readonly #keys = new Map<Did, Uint8Array>()

  constructor(files: LabFiles) {
    const agents = new Map<string, LabAgent>()
    const meet = (name: string): void => {
      if (agents.has(name)) return
      const key = sha256(textBytes(`aip-node lab agent ${name}`))
      const did = didFromBytes(key.subarray(0, DID_BYTES))
      agents.set(name, { name, did })
      this.#keys.set(did, key)
      this.#known.set(did, identityOf(key))
    }
    for (const { source, target } of files.edges) [source, target].forEach(meet)
    for (const { observer, subject } of files.observations) [observer, subject].forEach(meet)
    this.agents = agents
    this.#files = files
  }

  /** @throws {RangeError} when the files do not name the viewer. */
  view({ viewer, profile, nowMs, scope }: LabQuestion): View {
    return View.of(this.#records(nowMs, scope), {
      viewer: this.#agent(viewer).did,
      nowMs,
      profile,
      identityOf: (did) => this.#known.get(did),
      pins: new Map(),
      introducers: [],
      privateOutcomes: [],
    })
  }

  *#records(nowMs: number, scope: string): Generator<EvidenceRecord> {
    for (const line of this.#files.edges) yield this.#vouchOf(line, nowMs)
    for (const line of this.#files.observations) yield* this.#observationOf(line, nowMs, scope)
  }

  #vouchOf(line: EdgeLine, nowMs: number): EvidenceRecord {
    const subject = this.#agent(line.target).did
    const record: Vouch = {
      ...this.#envelope(line.source, line.number, line.issuedAtMs ?? nowMs, nowMs),
      type: 'vouch',
      subject,
      inception: this.#keyOf(subject),
      scope: line.scope ?? GENERAL_SCOPE,
      level: line.level,
    }
    const expiresAtMs = line.expiresAtMs ?? record.expiresAtMs
    return { id: idOf('vouch', line), record: { ...record, expiresAtMs } }
  }

  *#observationOf(line: ObservationLine, nowMs: number, asked: string): Generator<EvidenceRecord> {
    const { observer, number, atMs, isAttested } = line
    const subject = this.#agent(line.subject).did
    const scope = line.scope ?? asked
    const promised = { kind: 'count', count: line.promised } as const
    const delivered = { kind: 'count', count: line.delivered } as const
    const promise = isAttested ? idOf('promise', line) : undefined
    if (promise !== undefined) {
      const record: Undertaking = {
        ...this.#envelope(line.subject, number, atMs, nowMs),
        type: 'promise',
        delegator: this.#agent(observer).did,
        scope,
        work: promised,
        deadlineMs: atMs,
      }
      yield { id: promise, record }
    }
    const said = { scope, promised, delivered, clarity: 0, observedAtMs: atMs } as const
    const record: Observation = {
      ...this.#envelope(observer, number, atMs, nowMs),
      type: 'observation',
      subject,
      outcomes: [promise === undefined ? said : { ...said, promise }],
    }
    yield { id: idOf('observation', line), record }
  }

  #envelope(issuer: string, sequence: number, issuedAtMs: number, nowMs: number) {
    const { did } = this.#agent(issuer)
    const expiresAtMs = Math.max(issuedAtMs, nowMs) + OPEN_END_MS
    return { issuer: did, key: this.#keyOf(did), sequence, issuedAtMs, expiresAtMs }
  }

  #agent(name: string): LabAgent {
    const agent = this.agents.get(name)
    if (agent === undefined) throw new RangeError(`the files name nobody "${name}"`)
    return agent
  }

  #keyOf(did: Did): Uint8Array {
    const key = this.#keys.get(did)
    if (key === undefined) throw new RangeError(`no agent ${did}`)
    return key
  }
}

/** An identity of one branch whose inception is its key, and whose every signature counts. */
function identityOf(key: Uint8Array): KnownIdentity {
  const place = { generation: 0, rotation: 0, counts: () => 'counts' as const }
  return { branches: [{ inception: key, epochs: [] }], place: () => place }
}

/** Sorted as the lines are, and other when a line says something else. */
function idOf(kind: string, line: EdgeLine | ObservationLine): RecordId {
  const order = line.number.toString(16).padStart(LINE_DIGITS, '0')
  return order + sha256Hex(textBytes(JSON.stringify([kind, line]))).slice(LINE_DIGITS)
}
