/**
 * Peers that are no nodes of ours: a bare libp2p host that says what a test gives it, over gossip, in
 * answer to questions, and in a reconciliation; and the records that such a peer would send.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { gossipsub, type GossipSub } from '@chainsafe/libp2p-gossipsub'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { ping, type Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { concatBytes } from '../../src/base/bytes.ts'
import { asError } from '../../src/base/error.ts'
import { DAY_MS, HOUR_MS } from '../../src/base/units.ts'
import { encodeCbor } from '../../src/crypto/cbor.ts'
import { networkMessage } from '../../src/crypto/domain.ts'
import type { Signer } from '../../src/crypto/ed25519.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Did } from '../../src/identity/did.ts'
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeVerifier, randomBytes, randomSeed } from '../../src/node/native-crypto.ts'
import { FRAME_LIMIT_BYTES, Frames } from '../../src/p2p/frames.ts'
import { pageFrame, parseQuestion, queryProtocol } from '../../src/p2p/query/protocol.ts'
import { statusCode } from '../../src/p2p/query/status.ts'
import { Channel } from '../../src/p2p/sync/channel.ts'
import { Exchange } from '../../src/p2p/sync/exchange.ts'
import { SyncSession, syncProtocol } from '../../src/p2p/sync/reconciler.ts'
import type { AipRecord, Claim, Observation, Vouch } from '../../src/records/record.ts'
import { encodeUnsigned, withSignature } from '../../src/records/wire.ts'
import { keyNamed } from './identity.ts'
import { Taking } from './evidence.ts'
import { eventually } from './mesh.ts'
import { SyncHolding } from './sync-holding.ts'

const ANSWER_LIMIT_MS = 20_000

type OutsideHost = Libp2p<{ identify: Identify; ping: Ping; pubsub: GossipSub }>

/** One peer outside of our code. It judges nothing and forwards nothing. */
export class Outsider implements AsyncDisposable {
  readonly #host: OutsideHost
  readonly #network: string
  /** What it answers to a question about a DID; whoever else is asked for is not known. */
  readonly identities = new Map<Did, Uint8Array>()
  readonly records = new Map<Did, readonly Uint8Array[]>()
  /** What it says it holds when sets are compared. It takes nothing. */
  readonly holding = new SyncHolding()
  /** Whether it holds that in the one session that it begins alone: to whoever asks later, nothing. */
  holdsOnce = false
  /** Sent as a record in each reconciliation, however large it is. */
  careless: Uint8Array | undefined
  /** DIDs it was asked about. */
  readonly asked: Did[] = []

  private constructor(host: OutsideHost, network: string) {
    this.#host = host
    this.#network = network
  }

  static async start(network = 'local'): Promise<Outsider> {
    const privateKey = await generateKeyPairFromSeed('Ed25519', randomSeed())
    const host = await createLibp2p({
      privateKey,
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        ping: ping(),
        pubsub: gossipsub({
          globalSignaturePolicy: 'StrictNoSign',
          msgIdFn: ({ topic, data }) => sha256(concatBytes(Buffer.from(topic), data)),
          floodPublish: true,
          allowPublishToZeroTopicPeers: true,
        }),
      },
    })
    const outsider = new Outsider(host, network)
    await host.handle(queryProtocol(network), async (stream) => outsider.#answer(stream))
    await host.handle(syncProtocol(network), async (stream) => outsider.#sync(stream, 'responder'))
    for (const kind of ['records', 'identities'] as const) {
      host.services.pubsub.subscribe(outsider.#topic(kind))
    }
    return outsider
  }

  get peerId(): string {
    return this.#host.peerId.toString()
  }

  /** Dials a node, waits until gossip flows between the two, and begins to compare sets if it has one. */
  async join(address: string): Promise<void> {
    const connection = await this.#host.dial(multiaddr(address), {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    const { pubsub } = this.#host.services
    await eventually('the node tells the outsider what it listens to', () =>
      pubsub
        .getSubscribers(this.#topic('records'))
        .some((peer) => connection.remotePeer.equals(peer)),
    )
    if (this.holding.size === 0 && this.careless === undefined) return
    const stream = await connection.newStream(syncProtocol(this.#network))
    void this.#sync(stream, 'dialler')
  }

  /** @returns to how many peers it went: bytes that this peer has sent before go nowhere. */
  async gossip(bytes: Uint8Array, kind: 'records' | 'identities' = 'records'): Promise<number> {
    const { recipients } = await this.#host.services.pubsub.publish(this.#topic(kind), bytes)
    return recipients.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.stop()
  }

  /** Of networks with one shard. */
  #topic(kind: 'records' | 'identities'): string {
    return `/aip/${this.#network}/${kind}/0/1`
  }

  async #answer(stream: Stream): Promise<void> {
    const frames = new Frames(stream, FRAME_LIMIT_BYTES)
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
    try {
      const { did, want } = parseQuestion(await frames.read(signal))
      this.asked.push(did)
      const identity = this.identities.get(did)
      const records = want === 'all' ? (this.records.get(did) ?? []) : []
      const isKnown = identity !== undefined || records.length > 0
      const page = pageFrame({
        records,
        ending: 'end',
        ...(identity === undefined ? {} : { identity }),
      })
      await frames.write(isKnown ? page : { s: statusCode('NOT_FOUND') }, signal)
      await frames.close(signal)
    } catch (error) {
      frames.abort(error instanceof Error ? error : new Error('hung up'))
    }
  }

  async #sync(stream: Stream, role: 'dialler' | 'responder'): Promise<void> {
    const isHeld = role === 'dialler' || !this.holdsOnce
    const holding = isHeld ? this.holding : new SyncHolding()
    const session = new SyncSession({
      role,
      network: this.#network,
      shardBits: 0,
      sets: holding,
      nowMs: Date.now(),
      salt: randomBytes(16),
    })
    const channel = new Channel(stream)
    if (this.careless !== undefined) {
      await blurt(channel, session, this.careless).catch((error: unknown) => {
        channel.abort(asError(error))
      })
      return
    }
    const exchange = new Exchange({
      peer: 'the node',
      channel,
      session,
      source: holding,
      sink: new Taking(),
      isPeerFault: () => false,
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    await exchange.run().catch(() => undefined)
  }
}

/** Speaks as it should until the node has answered, then says that this is a record. */
async function blurt(channel: Channel, session: SyncSession, bytes: Uint8Array): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
  for (const frame of session.begin().send) await channel.write(frame, signal)
  const hello = await channel.read(signal)
  const { send } = session.receive(hello ?? new Uint8Array(0))
  const [recsCode, unitOfLane1] = [3, 2]
  const recs = encodeCbor([recsCode, [unitOfLane1, [bytes]]])
  for (const frame of [...send, recs]) await channel.write(frame, signal)
  await channel.read(signal)
}

/** An agent that no node runs, with a key log of its own. */
export interface Persona {
  readonly did: Did
  readonly signer: Signer
  readonly log: KeyLog
  /** Its identity value. */
  readonly identity: Uint8Array
}

/** The same name, the same agent, everywhere. */
export function persona(name: string): Persona {
  const signer = keyNamed(name)
  const { log } = incept({ genesis: signer, verifier: nativeVerifier })
  return { did: log.did, signer, log, identity: IdentityState.of(log).bytes }
}

/** Signs whatever the claim says, sound or not. */
export function sealed(
  claim: Claim,
  author: { readonly did: Did; readonly signer: Signer },
  { network = 'local', by = author.signer }: { network?: string; by?: Signer } = {},
): Uint8Array {
  const record: AipRecord = { ...claim, issuer: author.did, key: author.signer.publicKey }
  const unsigned = encodeUnsigned(record)
  const signature = by.sign(networkMessage('aip:record:v1', network, unsigned))
  return withSignature(unsigned, record.type, signature)
}

type Unsigned<T> = Omit<T, 'issuer' | 'key'>

/** A sound vouch of now for 90 days; each number once. */
export function vouchFor(subject: Persona, change: Partial<Unsigned<Vouch>> = {}): Unsigned<Vouch> {
  const issuedAtMs = change.issuedAtMs ?? Date.now()
  return {
    type: 'vouch',
    sequence: nextNumber(),
    issuedAtMs,
    expiresAtMs: issuedAtMs + 90 * DAY_MS,
    subject: subject.did,
    inception: subject.log.inception,
    scope: 'general',
    level: 800,
    ...change,
  }
}

let lastNumber = 0

function nextNumber(): number {
  lastNumber = Math.max(lastNumber + 1, Date.now())
  return lastNumber
}

/** What a hostile peer sends; everything about it is sound but the one thing that its name says. */
export interface BadRecord {
  readonly name: string
  readonly bytes: Uint8Array
  readonly code: string
  /** Whether any peer could have known better, so that sending it costs score. */
  readonly costs: boolean
}

export function badRecords(author: Persona, subject: Persona): readonly BadRecord[] {
  const nowMs = Date.now()
  const stranger = keyNamed('stranger')
  const sound = (): Uint8Array => sealed(vouchFor(subject), author)
  const lived = (issuedAtMs: number): Uint8Array =>
    sealed(vouchFor(subject, { issuedAtMs }), author)
  return [
    {
      name: 'a record that another key signed',
      bytes: sealed(vouchFor(subject), author, { by: stranger }),
      code: 'record/signature-invalid',
      costs: true,
    },
    {
      name: 'a record signed for another network',
      bytes: sealed(vouchFor(subject), author, { network: 'elsewhere' }),
      code: 'record/signature-invalid',
      costs: true,
    },
    {
      name: 'a record too large for its type',
      bytes: sealed(vouchFor(subject, { statement: '\u{1f600}'.repeat(280) }), author),
      code: 'record/too-large',
      costs: true,
    },
    {
      name: 'a record with a number spelled long',
      bytes: concatBytes(sound().subarray(0, -1), Uint8Array.of(0x18, 0x01)),
      code: 'record/malformed',
      costs: true,
    },
    {
      name: 'a record with a byte after its end',
      bytes: concatBytes(sound(), Uint8Array.of(0)),
      code: 'record/malformed',
      costs: true,
    },
    {
      name: 'a record that every lane has let go',
      bytes: lived(nowMs - 91 * DAY_MS),
      code: 'record/expired',
      costs: false,
    },
    {
      name: 'a record from the future',
      bytes: lived(nowMs + HOUR_MS),
      code: 'record/from-future',
      costs: false,
    },
  ]
}

/** A sound observation of more than 16 KiB, which no page of the query protocol holds either. */
export function largerThanAnyRecord(author: Persona, subject: Persona): Uint8Array {
  const issuedAtMs = Date.now()
  const items = Array.from({ length: 32 }, (_, at) => `${at} ${'x'.repeat(100)}`)
  const claim: Unsigned<Observation> = {
    type: 'observation',
    sequence: nextNumber(),
    issuedAtMs,
    expiresAtMs: issuedAtMs + 90 * DAY_MS,
    subject: subject.did,
    outcomes: Array.from({ length: 8 }, () => ({
      scope: 'review',
      promised: { kind: 'items' as const, items },
      delivered: { kind: 'items' as const, items },
      clarity: 0 as const,
      observedAtMs: issuedAtMs,
    })),
  }
  return sealed(claim, author)
}
