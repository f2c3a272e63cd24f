/**
 * The virtual network: messages of gossip may be lost, doubled, late and out of order; streams keep their
 * order, and break when the link between their ends is cut or one end is gone.
 */
import type { Stream } from '@libp2p/interface'
import type { Dialer } from '../../../src/p2p/query/outbound.ts'
import type { ReconciliationOptions } from '../../../src/p2p/sync/reconciliation.ts'
import type { Dice } from '../dice.ts'
import type { Life, VirtualTime } from './time.ts'

export interface Weather {
  /** Of gossip, in [0, 1]. */
  loss: number
  doubling: number
  /** At least and at most, in ms. */
  delayMs: readonly [number, number]
}

export type Parcel = 'record' | 'identity'

/** What one life of a node has of the network. */
export interface Endpoint {
  readonly peer: string
  readonly life: Life
  readonly receive: (kind: Parcel, bytes: Uint8Array, from: string) => void
  /** The key log of an agent, when a peer asks for it. */
  readonly identity: (did: string, from: string) => Promise<Uint8Array | undefined>
  readonly linkChanged: (peer: string, isUp: boolean) => void
  /** What a liar does to a message of a stream; `undefined`: it does not send it. */
  readonly mangle?: (bytes: Uint8Array) => Uint8Array | undefined
}

type Handler = Parameters<ReconciliationOptions['libp2p']['handle']>[1]
type Libp2p = ReconciliationOptions['libp2p']

const STREAM_DELAY_MS = [2, 60] as const
/** After which both ends notice that a link is cut. */
const NOTICE_LIMIT_MS = 8_000
const UNREACHABLE_MS = 3_000

export class Wire {
  readonly #time: VirtualTime
  readonly #dice: Dice
  readonly #onBytes: (bytes: Uint8Array) => void
  readonly weather: Weather = { loss: 0, doubling: 0, delayMs: [5, 200] }
  readonly #present = new Map<string, Endpoint>()
  readonly #handlers = new Map<Endpoint, Map<string, Handler>>()
  readonly #cut = new Set<string>()
  readonly #streams = new Set<WireStream>()
  /** Messages of gossip that were lost. */
  lost = 0
  /** Streams that are open, at both ends together. */
  get streams(): number {
    return this.#streams.size
  }

  constructor(time: VirtualTime, dice: Dice, onBytes: (bytes: Uint8Array) => void) {
    this.#time = time
    this.#dice = dice
    this.#onBytes = onBytes
  }

  /** A node is there. */
  join(endpoint: Endpoint): void {
    this.#present.set(endpoint.peer, endpoint)
    this.#handlers.set(endpoint, new Map())
    this.#linksTurned(endpoint.peer)
  }

  /** It is gone, without a word. */
  leave(endpoint: Endpoint): void {
    this.#present.delete(endpoint.peer)
    this.#handlers.delete(endpoint)
    for (const stream of this.#streams) {
      if (stream.here === endpoint) {
        this.#streams.delete(stream)
        stream.other?.breakLater(this.#dice.below(NOTICE_LIMIT_MS))
      }
    }
    for (const other of this.#present.values()) this.#tellLink(other, endpoint.peer, false)
  }

  areLinked(a: string, b: string): boolean {
    return this.#present.has(a) && this.#present.has(b) && !this.#cut.has(linkOf(a, b))
  }

  cut(a: string, b: string): void {
    const wasLinked = this.areLinked(a, b)
    this.#cut.add(linkOf(a, b))
    if (!wasLinked) return
    for (const stream of this.#streams) {
      const other = stream.other?.here.peer
      if ((stream.here.peer === a && other === b) || (stream.here.peer === b && other === a)) {
        stream.breakLater(this.#dice.below(NOTICE_LIMIT_MS))
      }
    }
    this.#tellBoth(a, b, false)
  }

  mend(a: string, b: string): void {
    if (this.#cut.delete(linkOf(a, b)) && this.areLinked(a, b)) this.#tellBoth(a, b, true)
  }

  isCut(a: string, b: string): boolean {
    return this.#cut.has(linkOf(a, b))
  }

  /** One message of gossip. */
  post(kind: Parcel, bytes: Uint8Array, from: string, to: string): void {
    const { loss, doubling, delayMs } = this.weather
    const copies = this.#dice.chance(loss) ? 0 : this.#dice.chance(doubling) ? 2 : 1
    if (copies === 0) this.lost++
    for (let copy = 0; copy < copies; copy++) {
      const target = this.#present.get(to)
      if (target === undefined || !this.areLinked(from, to)) return
      this.#time.after(
        this.#dice.between(...delayMs),
        () => {
          this.#onBytes(bytes)
          target.receive(kind, bytes, from)
        },
        target.life,
      )
    }
  }

  /** Asks a peer for a key log. */
  async ask(from: Endpoint, to: string, did: string): Promise<Uint8Array | undefined> {
    const target = this.#present.get(to)
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>()
    if (target === undefined || !this.areLinked(from.peer, to)) {
      this.#time.after(UNREACHABLE_MS, () => resolve(undefined))
      return promise
    }
    const answer = (bytes: Uint8Array | undefined): void => {
      this.#time.after(this.#dice.between(...STREAM_DELAY_MS), () => resolve(bytes), from.life)
    }
    this.#time.after(
      this.#dice.between(...STREAM_DELAY_MS),
      () => void target.identity(did, from.peer).then(answer),
      target.life,
    )
    return promise
  }

  /** As much of libp2p as the protocols ask for. */
  libp2pOf(endpoint: Endpoint): Libp2p {
    const dial: Dialer['dialProtocol'] = async (peerId, protocol, options) => {
      const peer = String(peerId)
      const name = String(protocol)
      const { promise, resolve, reject } = Promise.withResolvers<Stream>()
      const delayMs = this.#dice.between(...STREAM_DELAY_MS)
      const onAbort = (): void => reject(new Error('the dialling was broken off'))
      options?.signal?.addEventListener('abort', onAbort, { once: true })
      this.#time.after(delayMs, () => {
        const target = this.#present.get(peer)
        const handler = target === undefined ? undefined : this.#handlers.get(target)?.get(name)
        if (target === undefined || handler === undefined || !this.areLinked(endpoint.peer, peer)) {
          this.#time.after(UNREACHABLE_MS, () => reject(new Error('the peer cannot be reached')))
          return
        }
        const [near, far] = this.#pair(endpoint, target)
        // Nothing that is said arrives before whoever is to hear it.
        near.holdUntil(this.#time.elapsedMs + delayMs)
        this.#time.after(
          delayMs,
          () => void handler(far.face, connectionFrom(endpoint.peer)),
          target.life,
        )
        resolve(near.face)
      })
      return promise
    }
    const handle = async (protocol: string, handler: Handler): Promise<void> => {
      this.#handlers.get(endpoint)?.set(protocol, handler)
      return Promise.resolve()
    }
    const unhandle = async (protocol: string): Promise<void> => {
      this.#handlers.get(endpoint)?.delete(protocol)
      return Promise.resolve()
    }
    return { dialProtocol: dial, handle, unhandle }
  }

  #pair(here: Endpoint, there: Endpoint): readonly [WireStream, WireStream] {
    const deps = {
      time: this.#time,
      delayMs: () => this.#dice.between(...STREAM_DELAY_MS),
      mayPass: () => this.areLinked(here.peer, there.peer),
      onBytes: this.#onBytes,
      onGone: (stream: WireStream) => void this.#streams.delete(stream),
    }
    const near = new WireStream(here, deps)
    const far = new WireStream(there, deps)
    near.other = far
    far.other = near
    this.#streams.add(near).add(far)
    return [near, far]
  }

  #linksTurned(peer: string): void {
    for (const other of this.#present.keys()) {
      if (other !== peer && this.areLinked(peer, other)) this.#tellBoth(peer, other, true)
    }
  }

  #tellBoth(a: string, b: string, isUp: boolean): void {
    const [one, two] = [this.#present.get(a), this.#present.get(b)]
    if (one !== undefined) this.#tellLink(one, b, isUp)
    if (two !== undefined) this.#tellLink(two, a, isUp)
  }

  #tellLink(endpoint: Endpoint, peer: string, isUp: boolean): void {
    const delayMs = this.#dice.below(isUp ? 500 : NOTICE_LIMIT_MS)
    this.#time.after(delayMs, () => endpoint.linkChanged(peer, isUp), endpoint.life)
  }
}

interface StreamDeps {
  readonly time: VirtualTime
  readonly delayMs: () => number
  readonly mayPass: () => boolean
  readonly onBytes: (bytes: Uint8Array) => void
  readonly onGone: (stream: WireStream) => void
}

type Listener = (event: { readonly data?: Uint8Array; readonly error?: Error }) => void

/** One end of a stream. */
class WireStream {
  readonly here: Endpoint
  other: WireStream | undefined
  readonly #deps: StreamDeps
  readonly #listeners = new Map<string, Listener[]>()
  readonly #held: Uint8Array[] = []
  #lastMs = 0
  #isPaused = false
  #isOver = false
  #saidAll = false
  #heardAll = false
  readonly face: Stream

  constructor(here: Endpoint, deps: StreamDeps) {
    this.here = here
    this.#deps = deps
    const isPaused = (): boolean => this.#isPaused
    const face = {
      addEventListener: (name: string, listener: Listener) => {
        this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
      },
      send: (data: Uint8Array) => this.#send(data),
      onDrain: async () => Promise.resolve(),
      close: async () => this.#close(),
      abort: (reason: Error) => this.#abort(reason),
      pause: () => {
        this.#isPaused = true
      },
      resume: () => {
        this.#isPaused = false
        for (const data of this.#held.splice(0)) this.#tell('message', { data })
      },
      get readStatus() {
        return isPaused() ? 'paused' : 'readable'
      },
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that a channel calls
    this.face = face as unknown as Stream
  }

  /** What is sent from here arrives at that time at the earliest. */
  holdUntil(atMs: number): void {
    this.#lastMs = atMs
  }

  /** The link is gone, which this end finds out after a while. */
  breakLater(delayMs: number): void {
    this.#deps.time.after(delayMs, () => this.#end(new Error('the link is gone')), this.here.life)
  }

  #send(data: Uint8Array): boolean {
    if (this.#isOver || this.#saidAll) throw new Error('the stream is closed')
    const sent = this.here.mangle === undefined ? Uint8Array.from(data) : this.here.mangle(data)
    if (sent === undefined) return true
    this.#pass((other) => {
      this.#deps.onBytes(sent)
      other.#receive(sent)
    })
    return true
  }

  #receive(data: Uint8Array): void {
    if (this.#isOver) return
    if (this.#isPaused) this.#held.push(data)
    else this.#tell('message', { data })
  }

  async #close(): Promise<void> {
    if (this.#saidAll) return Promise.resolve()
    this.#saidAll = true
    this.#pass((other) => {
      other.#heardAll = true
      other.#tell('remoteCloseWrite', {})
      other.#endIfDone()
    })
    this.#endIfDone()
    return Promise.resolve()
  }

  #endIfDone(): void {
    if (this.#saidAll && this.#heardAll) this.#end(undefined)
  }

  #abort(reason: Error): void {
    if (this.#isOver) return
    this.#pass((other) => other.#end(reason))
    this.#end(reason)
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deps.onGone(this)
    this.#tell('close', error === undefined ? {} : { error })
  }

  /** In order, as long as the link is there. */
  #pass(arrive: (other: WireStream) => void): void {
    const { other } = this
    const { time, delayMs, mayPass } = this.#deps
    if (other === undefined) return
    this.#lastMs = Math.max(this.#lastMs, time.elapsedMs + delayMs())
    time.after(
      this.#lastMs - time.elapsedMs,
      () => {
        if (mayPass()) arrive(other)
      },
      other.here.life,
    )
  }

  #tell(name: string, event: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event)
  }
}

function linkOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

function connectionFrom(peer: string): Parameters<Handler>[1] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that reconciliation reads
  return { remotePeer: { toString: () => peer } } as unknown as Parameters<Handler>[1]
}
