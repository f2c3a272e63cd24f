/**
 * A mesh to take pictures of: one node that holds what two dozen made-up agents said of each other
 * over six weeks. Who they are follows from their names, so every run has the same rings.
 */
import { textBytes } from '../../src/base/bytes.ts'
import { DAY_MS, HOUR_MS } from '../../src/base/units.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import type { Claim, Outcome, RecordId } from '../../src/records/record.ts'
import { Candidate, signRecord } from '../../src/records/verified.ts'
import { eventually } from './mesh.ts'
import { startNode, temporaryHome } from './nodes.ts'
import { identityWithSheet } from './own-sheet.ts'
import { serveNode, type ServedNode } from './seeded-mesh.ts'

const NETWORK = 'local'
const LIFETIME_MS = 89 * DAY_MS
/** Days of work behind the pictures. */
const STORY_DAYS = 42

export interface PicturedMesh {
  readonly me: ServedNode
  /** One that did well for weeks and got worse lately. */
  readonly nora: string
}

type Person = ReturnType<typeof person>

function person(name: string) {
  const signer = nativeSigner(sha256(textBytes(`pictured ${name}`)))
  const { log } = incept({ genesis: signer, verifier: nativeVerifier })
  const state = IdentityState.of(log)
  const [{ inception }] = state.branches
  return { name, did: log.did, signer, inception, bytes: state.bytes }
}

/** Collects what is signed; each record of an agent has a sequence number of its own. */
class Book {
  readonly records: Uint8Array[] = []
  #last = 0

  vouch(by: Person, about: Person, level: number, issuedAtMs: number): void {
    const { did: subject, inception } = about
    this.#sign(by, issuedAtMs, { type: 'vouch', subject, inception, scope: 'general', level })
  }

  /** Ten reviews promised to `by`, and so many of them seen done. */
  settle(by: Person, about: Person, delivered: number, atMs: number): void {
    const promise = this.#sign(about, atMs - 3 * HOUR_MS, {
      type: 'promise',
      delegator: by.did,
      scope: 'review',
      work: { kind: 'count', count: 10 },
      deadlineMs: atMs - 1,
    })
    const outcome: Outcome = {
      promise,
      scope: 'review',
      promised: { kind: 'count', count: 10 },
      delivered: { kind: 'count', count: delivered },
      clarity: 0,
      observedAtMs: atMs,
    }
    this.#sign(by, atMs, { type: 'observation', subject: about.did, outcomes: [outcome] })
  }

  #sign({ did, signer }: Person, issuedAtMs: number, body: object): RecordId {
    this.#last += 1
    const sequence = issuedAtMs * 8 + (this.#last % 8)
    const claim = { ...body, sequence, issuedAtMs, expiresAtMs: issuedAtMs + LIFETIME_MS } as Claim
    const bytes = signRecord(claim, signer, { network: NETWORK, issuer: did })
    this.records.push(bytes)
    return Candidate.parse(bytes, { network: NETWORK }).id
  }
}

const FRIENDS = ['bob', 'carol', 'dan', 'erin'] as const
const MY_LEVELS = [0.9, 0.75, 0.6, 0.45] as const
const WORKERS_PER_FRIEND = 5

/** @param stack  ends the node. */
export async function pictureMesh(stack: AsyncDisposableStack): Promise<PicturedMesh> {
  const home = await temporaryHome(stack)
  const { identity } = await identityWithSheet(home)
  const inProcess = stack.use(await startNode({ home, identity }))
  for (let peers = 0; peers < 2; peers++) {
    stack.use(await startNode({ bootstrap: [inProcess.address] }))
  }
  const me = await serveNode(stack, inProcess)
  const nowMs = Date.now()
  const day = (ago: number): number => nowMs - ago * DAY_MS
  const friends = FRIENDS.map(person)
  const nora = person('nora')
  const book = new Book()
  const workers: Person[] = []
  for (const [at, friend] of friends.entries()) {
    for (let number = 0; number < WORKERS_PER_FRIEND; number++) {
      const worker = person(`${friend.name}'s ${number}`)
      workers.push(worker)
      book.vouch(friend, worker, 500 + ((at * 3 + number * 2) % 6) * 100, day(30 + number))
      book.settle(friend, worker, 5 + ((at + number * 3) % 6), day(20 - number))
      book.settle(friend, worker, 6 + ((at * 2 + number) % 5), day(9 - number))
    }
    book.vouch(friend, nora, 600 + at * 100, day(STORY_DAYS - at))
  }
  for (let ago = STORY_DAYS - 4, turn = 0; ago > 0; ago -= 2, turn++) {
    const by = friends[turn % friends.length]
    if (by === undefined || (ago > 18 && ago < 24)) continue
    book.settle(by, nora, ago <= 8 ? 4 + (ago % 3) : 9 + (ago % 2), day(ago))
  }
  const identities = [...friends, ...workers, nora].map(({ bytes }) => bytes)
  const bundle = encodeBundle({ identities, records: book.records })
  await me.client.importRecords({ body: inOneChunk(bundle) })

  for (const [at, friend] of friends.entries()) {
    await me.client.createVouch({ subject: friend.did, level: MY_LEVELS[at] ?? 0.5 })
    await me.client.putPin({ did: friend.did, name: friend.name })
  }
  await me.client.putPin({ did: nora.did, name: nora.name })
  await eventually('level with two peers', async () => {
    const { peers, sync } = await me.client.status({})
    return peers.connected === 2 && sync?.state === 'complete'
  })
  return { me, nora: nora.did }
}

async function* inOneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
