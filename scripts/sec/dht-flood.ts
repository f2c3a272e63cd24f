/**
 * A million puts and provider records for a node's DHT, sound ones and junk. Some go over real sockets,
 * from peers that have as many keys as they like: what the bounds on streams let through in the time.
 * The rest go to the library's own handlers in the node, as if no bound had held them up: past the
 * validators into the guarded datastore, on a real disk.
 *
 *     npm run sec -- dht:flood --n 1000000 --seconds 20
 */
import { createHash } from 'node:crypto'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Datastore } from 'interface-datastore'
import { textBytes } from '../../src/base/bytes.ts'
import { MIB_BYTES, MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { didOfRow } from '../../src/p2p/dht/key.ts'
import { kadProtocol } from '../../src/p2p/dht/service.ts'
import { startNode, temporaryHome, type InProcess } from '../../test/support/nodes.ts'
import { plainHost, type PlainHost } from '../../test/support/plain-host.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack } from './parts/attack.ts'
import { DocumentedAgent } from './parts/documented-agent.ts'
import {
  FOREIGN_NAMESPACES,
  encodeMessage,
  foreignKey,
  identityPut,
  providerOf,
  putOf,
  type KadMessage,
} from './parts/kad-messages.ts'

const NETWORK = 'local'
const DISK_LIMIT_MIB = 50
const PEERS = 16
/** Of each so many messages one is a sound value of an agent that nobody has put before. */
const FRESH_EVERY = 20
const BATCH = 64
const JUNK_LIMIT_BYTES = 2_048
/** Bounds on what one peer opens are of a second: who has had enough waits so long. */
const PAUSE_MS = 100

/** What came of one message. */
interface Tally {
  sent: number
  taken: number
  refused: number
  /** Of namespaces that are not ours. */
  foreignSent: number
  foreignTaken: number
  providersSent: number
}

/** What the library's class has and its interface does not. */
interface KadInsides {
  readonly rpc: {
    readonly handleMessage: (from: PeerId, message: KadMessage) => Promise<unknown>
  }
}

export const attack: Attack = {
  does: 'A million puts and providers: 50 MB on disk at most, no row outside /aip/, no foreign namespace.',
  flags: {
    n: { fallback: '1000000', meaning: 'messages, those over sockets among them' },
    seconds: { fallback: '20', meaning: 'how long they come over sockets' },
  },
  gate: { n: '20000', seconds: '2' },
  limitMs: 20 * MINUTE_MS,
  run: async ({ flags, seed, progress }) => {
    const n = count(flags, 'n', 100, 10_000_000)
    const lastsMs = count(flags, 'seconds', 1, 300) * SECOND_MS
    await using stack = new AsyncDisposableStack()
    const home = await temporaryHome(stack)
    const victim = stack.use(await startNode({ network: NETWORK, home }))
    const restMib = diskMib(home)
    const made = new Messages(seed)

    const peers: PlainHost[] = []
    for (let at = 0; at < PEERS; at++) {
      const peer = await plainHost()
      stack.defer(async () => peer.stop())
      peers.push(peer)
    }
    const bySocket = newTally()
    const endsAt = performance.now() + lastsMs
    await Promise.all(
      peers.map(async (peer) => overSockets(peer, { victim, made, tally: bySocket, endsAt })),
    )
    // What is under way is worked off before the disk is looked at.
    await delay(SECOND_MS)
    const socketRows = await rowsOf(victim)
    progress(`${bySocket.sent} messages by sockets, ${socketRows.ours} rows`)

    const byDoor = newTally()
    const [sender] = peers
    if (sender === undefined) throw new Error('there are peers')
    let peakMib = diskMib(home)
    const step = Math.max(BATCH, Math.ceil(n / 20 / BATCH) * BATCH)
    while (bySocket.sent + byDoor.sent < n) {
      await throughTheDoor(victim, { sender: sender.peerId, made, tally: byDoor, size: BATCH })
      if (byDoor.sent % step !== 0) continue
      peakMib = Math.max(peakMib, diskMib(home))
      progress(`${bySocket.sent + byDoor.sent} of ${n}, ${rounded(diskMib(home))} MiB on disk`)
    }
    peakMib = Math.max(peakMib, diskMib(home))
    const rows = await rowsOf(victim)

    const figures = {
      bySocket: bySocket.sent,
      bySocketTaken: bySocket.taken,
      bySocketRefused: bySocket.refused,
      rowsAfterSockets: socketRows.ours,
      byDoor: byDoor.sent,
      byDoorTaken: byDoor.taken,
      byDoorRefused: byDoor.refused,
      providers: bySocket.providersSent + byDoor.providersSent,
      foreignNamespaces: bySocket.foreignSent + byDoor.foreignSent,
      foreignTaken: bySocket.foreignTaken + byDoor.foreignTaken,
      rows: rows.ours,
      rowsOutside: rows.others,
      restMib: rounded(restMib),
      peakMib: rounded(peakMib),
    }
    const misses: string[] = []
    if (peakMib > DISK_LIMIT_MIB) misses.push(`${rounded(peakMib)} MiB on disk`)
    if (rows.others > 0) misses.push(`${rows.others} rows outside /aip/: ${rows.example}`)
    if (figures.foreignTaken > 0) misses.push(`${figures.foreignTaken} of foreign namespaces taken`)
    if (bySocket.taken === 0 || byDoor.taken === 0) misses.push('the control was not taken')
    return { figures, misses }
  },
}

function newTally(): Tally {
  return { sent: 0, taken: 0, refused: 0, foreignSent: 0, foreignTaken: 0, providersSent: 0 }
}

interface Made {
  readonly message: KadMessage
  readonly isForeign: boolean
}

/** One after another, drawn by the seed. */
class Messages {
  readonly #seed: number
  #made = 0
  #lately: KadMessage | undefined

  constructor(seed: number) {
    this.#seed = seed
  }

  next(sender: PeerId): Made {
    const at = this.#made++
    const random = createHash('sha256').update(`${this.#seed} ${at}`).digest()
    if (at % FRESH_EVERY === 0) {
      const agent = new DocumentedAgent(`flood ${this.#seed} ${at}`, NETWORK)
      this.#lately = identityPut(agent.did, agent.document(2))
      return { message: this.#lately, isForeign: false }
    }
    const junk = new Uint8Array(random.readUInt16LE(2) % JUNK_LIMIT_BYTES).fill(random[4] ?? 0)
    const hex = random.toString('hex').slice(0, 32)
    const kind = (random[0] ?? 0) % 4
    if (kind === 0) {
      return { message: providerOf(random, sender.toMultihash().bytes), isForeign: true }
    }
    if (kind === 1) {
      const name = FOREIGN_NAMESPACES[(random[1] ?? 0) % FOREIGN_NAMESPACES.length] ?? 'pk'
      return { message: putOf(foreignKey(name, hex), junk), isForeign: true }
    }
    if (kind === 2) {
      const key = textBytes(
        `/aip/${hex.slice((random[1] ?? 0) % 2)}${'/../x'.repeat((random[1] ?? 0) % 3)}`,
      )
      return { message: putOf(key, junk), isForeign: false }
    }
    // A sound value under the key of another, or put once more.
    const again = this.#lately
    if (again?.record === undefined || (random[1] ?? 0) % 2 === 0) {
      return { message: { ...putOf(textBytes(`/aip/${hex}`), junk) }, isForeign: false }
    }
    return { message: again, isForeign: false }
  }
}

interface SocketRun {
  readonly victim: InProcess
  readonly made: Messages
  readonly tally: Tally
  readonly endsAt: number
}

/** One peer: a stream after another, each until the node hangs up on it. */
async function overSockets(peer: PlainHost, run: SocketRun): Promise<void> {
  let connection: Connection | undefined
  while (performance.now() < run.endsAt) {
    try {
      connection ??= await peer.dial(multiaddr(run.victim.address))
      const stream = await connection.newStream(kadProtocol(NETWORK), {
        signal: AbortSignal.timeout(SECOND_MS),
      })
      await untilHungUp(stream, peer.peerId, run)
    } catch {
      if (connection?.status !== 'open') connection = undefined
      await delay(PAUSE_MS)
    }
  }
}

/** A put that was taken is answered; one that was not ends the stream. */
async function untilHungUp(stream: Stream, sender: PeerId, run: SocketRun): Promise<void> {
  const { tally } = run
  while (performance.now() < run.endsAt) {
    const made = run.made.next(sender)
    const isProvider = made.message.type === 'ADD_PROVIDER'
    if (stream.status !== 'open') return
    const answered = answerOf(stream)
    stream.send(encodeMessage(made.message))
    note(tally, made)
    // A provider is answered by nothing; the rows show whether one was taken.
    const isTaken = await answered
    if (isTaken) tally.taken++
    else tally.refused++
    if (isTaken && made.isForeign) tally.foreignTaken++
    if (isProvider || !isTaken) return
  }
  stream.abort(new Error('the time is up'))
}

async function answerOf(stream: Stream): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const taken = (): void => resolve(true)
  const ended = (): void => resolve(false)
  const late = setTimeout(() => {
    stream.abort(new Error('no answer'))
    resolve(false)
  }, SECOND_MS)
  stream.addEventListener('message', taken)
  stream.addEventListener('close', ended)
  try {
    return await promise
  } finally {
    clearTimeout(late)
    stream.removeEventListener('message', taken)
    stream.removeEventListener('close', ended)
  }
}

/** Straight to the handlers of the library, many at a time. */
async function throughTheDoor(
  victim: InProcess,
  {
    sender,
    made,
    tally,
    size,
  }: {
    readonly sender: PeerId
    readonly made: Messages
    readonly tally: Tally
    readonly size: number
  },
): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { rpc } = victim.mesh.host.libp2p.services.dht as unknown as KadInsides
  const batch = Array.from({ length: size }, () => made.next(sender))
  await Promise.all(
    batch.map(async (one) => {
      note(tally, one)
      try {
        await rpc.handleMessage(sender, one.message)
        tally.taken++
        if (one.isForeign) tally.foreignTaken++
      } catch {
        tally.refused++
      }
    }),
  )
}

function note(tally: Tally, { message, isForeign }: Made): void {
  tally.sent++
  if (message.type === 'ADD_PROVIDER') tally.providersSent++
  else if (isForeign) tally.foreignSent++
}

async function rowsOf({ mesh }: InProcess) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { components } = mesh.host.libp2p as unknown as {
    readonly components: { readonly datastore: Datastore }
  }
  const rows = { ours: 0, others: 0, example: 'none' }
  for await (const { key } of components.datastore.query({ prefix: '/dht' })) {
    if (didOfRow(key.toString()) !== undefined) rows.ours++
    else {
      rows.others++
      rows.example = key.toString()
    }
  }
  return rows
}

function diskMib(home: string): number {
  const files = globSync('**/*', { cwd: home })
  return files.reduce((sum, file) => sum + sizeOf(join(home, file)), 0) / MIB_BYTES
}

/** 0 where a file has gone meanwhile, as those of a store do. */
function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false })
  return found?.isFile() === true ? found.size : 0
}
