/**
 * What a thief of each key can do to an identity in the DHT, and what not: through seven nodes, each
 * with all others in its routing table, a peer that takes and sends anything, and one that answers
 * with what is old and takes no correction.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concatBytes, equalBytes } from '../../../src/base/bytes.ts'
import { encodeCbor } from '../../../src/crypto/cbor.ts'
import type { Did } from '../../../src/identity/did.ts'
import { incept, type KeyLog } from '../../../src/identity/key-log.ts'
import { deactivate, recover, rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import {
  LENIENT,
  foreignNode,
  honestNode,
  hostileNode,
  meshed,
  sendBytes,
  type HonestNode,
} from '../../support/dht-nodes.ts'
import {
  committed,
  documentOf,
  keyNamed,
  publicKeyOf,
  rawLog,
  verifier,
  type Step,
} from '../../support/identity.ts'
import type { KadHost } from '../../support/plain-host.ts'

const NODE_COUNT = 7

const nodes: HonestNode[] = []
/** What the stubborn peer answers. */
const stale = new Map<Did, Uint8Array>()
let mallory: KadHost
let stubborn: KadHost

beforeAll(async () => {
  for (let at = 0; at < NODE_COUNT; at++) nodes.push(await honestNode())
  mallory = await foreignNode(LENIENT)
  stubborn = await hostileNode(async (did) => Promise.resolve(stale.get(did)))
  await meshed([...nodes.map(({ host }) => host), mallory, stubborn])
})

afterAll(async () => {
  await Promise.all(nodes.map(async (node) => node[Symbol.asyncDispose]()))
  await Promise.all([mallory, stubborn].map(async (host) => host.stop()))
})

/** Alice of one test: a hot root, one rotation behind her, and her keys by their names. */
function victim(name: string) {
  const of = (key: string): string => `${name}: ${key}`
  const { log: before } = incept({
    genesis: keyNamed(of('genesis')),
    rotationKey: publicKeyOf(of('r1')),
    recoveryKey: publicKeyOf(of('c1')),
    verifier,
  })
  const rotatedTo = (log: KeyLog, by: string, to: string, next: string): KeyLog =>
    rotate({
      log,
      authority: keyNamed(of(by)),
      operationalKey: publicKeyOf(of(to)),
      rotationKey: publicKeyOf(of(next)),
      verifier,
    }).log
  const after = rotatedTo(before, 'r1', 'k1', 'r2')
  const document = documentOf(after, keyNamed(of('k1')), { sequence: 1 })
  const inception: Step = {
    fields: { t: 0, n: committed(of('r1')), c: committed(of('c1')) },
    by: keyNamed(of('genesis')),
  }
  const rotation: Step = {
    fields: { t: 1, k: publicKeyOf(of('k1')), n: committed(of('r2')) },
    by: keyNamed(of('r1')),
  }
  const ended = deactivate({ log: after, authority: keyNamed(of('c1')), verifier }).log
  const recovered = recover({
    log: after,
    authority: keyNamed(of('c1')),
    operationalKey: publicKeyOf(of('k2')),
    recoveryKey: publicKeyOf(of('c2')),
    verifier,
  }).log
  return {
    did: before.did,
    of,
    before,
    after,
    rotatedTo,
    inception,
    rotation,
    ended: IdentityState.of(ended),
    recovered: IdentityState.of(recovered),
    state: IdentityState.of(after, document),
  }
}

function valueOf(...steps: readonly Step[]): Uint8Array {
  return encodeCbor({ l: rawLog(...steps) })
}

async function published(state: IdentityState, at = 0): Promise<void> {
  const { acknowledged = 0 } = (await nodes[at]?.directory.publishIdentity(state)) ?? {}
  expect(acknowledged).toBeGreaterThanOrEqual(NODE_COUNT - 1)
}

/** Every node holds this value, and a look-up finds it. */
async function expectHeld({ did, bytes }: IdentityState): Promise<void> {
  for (const node of nodes) expect(await node.best(did)).toEqual(bytes)
  const found = await nodes.at(-1)?.directory.resolveIdentity(did)
  expect(found?.state.bytes).toEqual(bytes)
}

async function sent({ did, bytes }: Pick<IdentityState, 'did' | 'bytes'>): Promise<number> {
  return sendBytes(mallory, nodes, { did, bytes })
}

/** Mallory sends it to all; nobody takes it, and what they hold is as before. */
async function expectRefused(bytes: Uint8Array, held: IdentityState): Promise<void> {
  expect(await sent({ did: held.did, bytes })).toBe(0)
  for (const node of nodes) expect(await node.best(held.did)).toEqual(held.bytes)
}

describe('the control', () => {
  test('what is valid and better is taken by all, whoever brings it', async () => {
    const { before, state } = victim('control')
    expect(await sent(IdentityState.of(before))).toBe(NODE_COUNT)
    expect(await sent(state)).toBe(NODE_COUNT)
    await expectHeld(state)
  })
})

describe('a thief of the operational key', () => {
  test('cannot rotate, recover or deactivate', async () => {
    const { of, inception, rotation, state } = victim('operational')
    await published(state)
    const by = keyNamed(of('k1'))
    const k = publicKeyOf(of('mallory'))
    for (const fields of [{ t: 1, k }, { t: 2, k }, { t: 3 }]) {
      await expectRefused(valueOf(inception, rotation, { fields, by }), state)
    }
    await expectHeld(state)
  })

  test('cannot sign anew the entry that installed it', async () => {
    const { of, inception, rotation, state } = victim('entry')
    await published(state)
    const fields = { ...rotation.fields, n: committed(of('mallory')) }
    const mine: Step = { fields, by: keyNamed(of('k1')) }
    await expectRefused(valueOf(inception, mine), state)
    // Nor with the name of the true authority over its own signature.
    const [first, second] = rawLog(inception, mine)
    const forged = [first, { ...second, r: publicKeyOf(of('r1')) }]
    await expectRefused(encodeCbor({ l: forged }), state)
  })

  test('cannot incept for the name', async () => {
    const { of, state } = victim('name')
    await published(state)
    const fields = { t: 0, c: committed(of('mallory')) }
    await expectRefused(valueOf({ fields, by: keyNamed(of('k1')) }), state)
  })

  test('that is the genesis key too can incept again, but not unseen', async () => {
    const { of, state } = victim('unseen')
    await published(state)
    const fields = { t: 0, c: committed(of('mallory')) }
    const bytes = valueOf({ fields, by: keyNamed(of('genesis')) })
    expect(await sent({ did: state.did, bytes })).toBe(NODE_COUNT)
    const found = await nodes[1]?.directory.resolveIdentity(state.did)
    expect(found?.state.conflict).toEqual({ stretch: 'inceptions', depth: 0 })
    if (found !== undefined) await expectHeld(found.state)
  })
})

describe('a retired key', () => {
  test('does not beat the newer log with the old log and a huge document sequence', async () => {
    const { of, before, state } = victim('sequence')
    await published(state)
    const last = Number.MAX_SAFE_INTEGER
    const document = documentOf(before, keyNamed(of('genesis')), {
      sequence: last,
      expiresAtMs: last,
    })
    await expectRefused(IdentityState.of(before, document).bytes, state)
    await expectHeld(state)
  })

  test('cannot sign a document for the new head', async () => {
    const { of, before, after, state } = victim('head')
    await published(state)
    const document = documentOf(before, keyNamed(of('genesis')), { sequence: 9 })
    // The same fields, naming the new head, signed as the old key signs.
    const bytes = concatBytes(
      Uint8Array.of(0xa2, 0x61, 0x64),
      document.bytes,
      Uint8Array.of(0x61, 0x6c),
      after.bytes,
    )
    await expectRefused(bytes, state)
    const renamed = replaced(bytes, before.head, after.head)
    expect(equalBytes(renamed, bytes)).toBe(false)
    await expectRefused(renamed, state)
  })
})

describe('a thief of the rotation key', () => {
  test('makes a fork that all see, and loses it to the recovery key for good', async () => {
    const { before, after, rotatedTo, recovered, state } = victim('rotation')
    await published(state)
    const mallorys = rotatedTo(before, 'r1', 'mallory', 'mallory r')
    await sent(IdentityState.of(mallorys))
    const fork = IdentityState.ofLogs([after, mallorys])
    expect(fork.conflict).toEqual({ stretch: 'rotations', depth: 0 })
    await expectHeld(fork)
    // A longer branch does not hide it.
    const longer = rotatedTo(mallorys, 'mallory r', 'mallory 2', 'mallory r2')
    await sent(IdentityState.of(longer))
    const grown = fork.join(IdentityState.of(longer))
    expect(grown.isForked).toBe(true)
    await expectHeld(grown)

    await published(recovered, 1)
    await expectHeld(recovered)
    for (const value of [fork, grown, IdentityState.of(longer), state]) {
      await expectRefused(value.bytes, recovered)
    }
  })
})

describe('a value that no rule allows', () => {
  test('is refused: a proof that proves nothing', async () => {
    const { before, after, rotatedTo, state } = victim('proof')
    await published(state)
    const other = victim('proof, another name')
    const mallorys = rotatedTo(before, 'r1', 'mallory', 'mallory r')
    const [first, second] = IdentityState.ofLogs([after, mallorys]).branches
    if (second === undefined) throw new Error('a fork')
    const proofs = [
      [after, after],
      [before, after],
      [second, first],
      [after, other.after],
      [after],
      [first, second, after],
    ]
    for (const logs of proofs) await expectRefused(proofOf(logs), state)
    await expectHeld(state)
    // The control: in the right order it is a proof.
    await sent({ did: state.did, bytes: proofOf([first, second]) })
    expect(await nodes[2]?.best(state.did)).toEqual(proofOf([first, second]))
  })

  test('is refused: bytes that are spelled in another way', async () => {
    const { after, state } = victim('spelling')
    const { document } = state
    if (document === undefined) throw new Error('a document')
    const [d, l] = [Uint8Array.of(0x61, 0x64), Uint8Array.of(0x61, 0x6c)]
    await published(state)
    const spelled = [
      // The fields in another order; a length in more bytes than it needs; one byte more.
      concatBytes(Uint8Array.of(0xa2), l, after.bytes, d, document.bytes),
      concatBytes(Uint8Array.of(0xb8, 0x02), d, document.bytes, l, after.bytes),
      concatBytes(state.bytes, Uint8Array.of(0)),
      state.bytes.subarray(0, -1),
    ]
    for (const bytes of spelled) await expectRefused(bytes, state)
    await expectHeld(state)
  })

  test('is refused: entries after a deactivation, and the log before it', async () => {
    const { of, inception, rotation, ended, state, recovered } = victim('ended')
    await published(state)
    await published(ended, 2)
    const deactivation: Step = { fields: { t: 3 }, by: keyNamed(of('c1')) }
    const k = publicKeyOf(of('k3'))
    const more: readonly Step[] = [
      { fields: { t: 1, k }, by: keyNamed(of('r2')) },
      { fields: { t: 2, k }, by: keyNamed(of('c1')) },
      { fields: { t: 3 }, by: keyNamed(of('c1')) },
    ]
    for (const step of more) {
      await expectRefused(valueOf(inception, rotation, deactivation, step), ended)
    }
    await expectRefused(state.bytes, ended)
    await expectHeld(ended)
    // The recovery key could have recovered instead: both is a fork, and nobody misses it.
    await sent(recovered)
    await expectHeld(ended.join(recovered))
    expect(ended.join(recovered).isForked).toBe(true)
  })
})

describe('an old value', () => {
  test('does not roll back any replica', async () => {
    const { of, before, after, state } = victim('old')
    const newer = IdentityState.of(after, documentOf(after, keyNamed(of('k1')), { sequence: 2 }))
    await published(newer)
    for (const old of [IdentityState.of(before), IdentityState.of(after), state]) {
      await expectRefused(old.bytes, newer)
    }
    await expectHeld(newer)
  })

  test('of one stubborn peer does not deny a look-up', async () => {
    const { did, before, state } = victim('stubborn')
    stale.set(did, IdentityState.of(before).bytes)
    await published(state)
    for (const { directory } of nodes) {
      const found = await directory.resolveIdentity(did)
      expect(found?.state.bytes).toEqual(state.bytes)
      // It was asked, and it lied.
      expect(found?.agreed).toBe((found?.withValue ?? 0) - 1)
    }
    // The control: the library's own get, on this very mesh, does not answer.
    const signal = AbortSignal.timeout(10_000)
    const key = new TextEncoder().encode(`/aip/${did.slice('did:aip:'.length)}`)
    await expect(nodes[3]?.host.contentRouting.get(key, { signal })).rejects.toThrow()
  })
})

/** `{f: […]}` around logs as they are. */
function proofOf(logs: readonly KeyLog[]): Uint8Array {
  const header = Uint8Array.of(0xa1, 0x61, 0x66, 0x80 + logs.length)
  return concatBytes(header, ...logs.map(({ bytes }) => bytes))
}

/** The first place where `from` stands, with `to` in it; both have one length. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes)
  const at = bytes.findIndex((_, start) =>
    equalBytes(bytes.subarray(start, start + from.length), from),
  )
  if (at >= 0) out.set(to, at)
  return out
}
