/** An agent's peer is dialled and proves its key, or somebody else answers. */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, test } from 'vitest'
import { incept, type KeyLog } from '../../../src/identity/key-log.ts'
import { deactivate } from '../../../src/identity/log-change.ts'
import { signDocument } from '../../../src/identity/document.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import type { Signer } from '../../../src/crypto/ed25519.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import { provePossession } from '../../../src/node/use/proving.ts'
import { peerIdOfKey } from '../../../src/p2p/peer-id.ts'
import { faultOf } from '../../node/fault.ts'
import { didNumber } from '../../support/evidence.ts'
import { startNode, startOffline, type InProcess } from '../../support/nodes.ts'

const stacks: AsyncDisposableStack[] = []
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync()
})

async function nodes(count: number): Promise<readonly InProcess[]> {
  const stack = new AsyncDisposableStack()
  stacks.push(stack)
  const started = await Promise.all(Array.from({ length: count }, async () => startNode()))
  for (const one of started) stack.use(one)
  return started
}

/** What `who` says of itself is here, as it would come from the DHT. */
async function introduce(to: InProcess, who: InProcess): Promise<void> {
  const state = who.node.identities.get(who.node.did)
  if (state === undefined) throw new Error('a node knows itself')
  await to.node.writer.putIdentity(state)
}

/** An agent without a node that says it is reached somewhere. */
function absent(addresses: readonly string[]): { state: IdentityState; log: KeyLog; key: Signer } {
  const key = nativeSigner(randomSeed())
  const { log } = incept({ genesis: key, verifier: nativeVerifier })
  const services = addresses.map((address, at) => ({
    id: `node-${at}`,
    type: 'AipNode',
    endpoint: `multiaddr:${address}`,
  }))
  const document = signDocument({
    log,
    sequence: 1,
    expiresAtMs: Date.now() + 60_000,
    content: { services },
    signer: key,
    network: 'local',
  })
  return { state: IdentityState.of(log, document), log, key }
}

describe('an agent', () => {
  test('proves its key when its node is dialled where its document says, and again', async () => {
    const [alice, bob] = await nodes(2)
    if (alice === undefined || bob === undefined) throw new Error('two were started')
    await introduce(alice, bob)
    const beforeMs = Date.now()
    const proof = await provePossession(alice.node, bob.node.did)
    expect(proof).toMatchObject({
      did: bob.node.did,
      keyId: `${bob.node.did}#k0.0`,
      peerId: bob.peerId,
      source: 'store',
    })
    expect(proof.address).toContain('/ip4/127.0.0.1/tcp/')
    expect(proof.handshakeAtMs).toBeGreaterThanOrEqual(beforeMs)
    expect(proof.answeredAtMs).toBeGreaterThanOrEqual(proof.handshakeAtMs)
    // The connection that there is now serves, with the time of its handshake.
    const again = await provePossession(alice.node, bob.node.did)
    expect(again.handshakeAtMs).toBe(proof.handshakeAtMs)
    expect(again.answeredAtMs).toBeGreaterThanOrEqual(proof.answeredAtMs)
  })

  test('does not prove it when somebody else answers at its address', async () => {
    const [alice, mallory] = await nodes(2)
    if (alice === undefined || mallory === undefined) throw new Error('two were started')
    const place = mallory.address.replace(/\/p2p\/.*/, '')
    const { state, key } = absent([place])
    await alice.node.writer.putIdentity(state)
    expect(await faultOf(provePossession(alice.node, state.did))).toEqual({
      code: 'p2p/other-key',
      peer: peerIdOfKey(key.publicKey),
    })
  })

  test('does not prove it by an address of which only libp2p knows', async () => {
    const [alice, mallory] = await nodes(2)
    if (alice === undefined || mallory === undefined) throw new Error('two were started')
    const { state, key } = absent([])
    await alice.node.writer.putIdentity(state)
    const peer = peerIdFromString(peerIdOfKey(key.publicKey))
    await alice.mesh.host.libp2p.peerStore.merge(peer, {
      multiaddrs: [multiaddr(mallory.address.replace(/\/p2p\/.*/, ''))],
    })
    expect((await faultOf(provePossession(alice.node, state.did))).code).toBe('p2p/other-key')
  })

  test('is unreachable where nobody listens, and where no address is known', async () => {
    const [alice] = await nodes(1)
    if (alice === undefined) throw new Error('one was started')
    for (const addresses of [['/ip4/127.0.0.1/tcp/1'], [], ['nowhere'], [alice.address]]) {
      const { state } = absent(addresses)
      await alice.node.writer.putIdentity(state)
      expect((await faultOf(provePossession(alice.node, state.did))).code).toBe(
        'p2p/peer-unreachable',
      )
    }
  })

  test('cannot prove anything when it is unknown, deactivated or this very one', async () => {
    const [alice] = await nodes(1)
    if (alice === undefined) throw new Error('one was started')
    const unknown = await faultOf(provePossession(alice.node, didNumber(7)))
    expect(unknown.code).toBe('node/did-unresolved')
    expect(await faultOf(provePossession(alice.node, alice.node.did))).toEqual({
      code: 'node/self',
    })
    const [genesis, recovery] = [nativeSigner(randomSeed()), nativeSigner(randomSeed())]
    const verifier = nativeVerifier
    const { log } = incept({ genesis, recoveryKey: recovery.publicKey, verifier })
    const ended = deactivate({ log, authority: recovery, verifier }).log
    await alice.node.writer.putIdentity(IdentityState.of(ended))
    expect(await faultOf(provePossession(alice.node, ended.did))).toMatchObject({
      code: 'node/no-current-key',
      reason: 'its identity is deactivated',
    })
  })

  test('is not dialled by a node that is offline', async () => {
    const stack = new AsyncDisposableStack()
    stacks.push(stack)
    const { node } = stack.use(await startOffline({}))
    const { state } = absent([])
    await node.writer.putIdentity(state)
    expect(await faultOf(provePossession(node, state.did))).toEqual({ code: 'node/offline' })
  })
})
