/** DIDs resolved by real nodes: from the own store, from a peer, fresh and stale; over HTTP; as a plug-in. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { Resolver } from 'did-resolver'
import { base58btc } from 'multiformats/bases/base58'
import { describe, expect, onTestFinished, test } from 'vitest'
import { brokenResolutionRules } from '../../../scripts/vectors/did-resolution-rules.ts'
import { handlersOf } from '../../../src/api/handlers.ts'
import { ApiServer } from '../../../src/api/server.ts'
import { openToken } from '../../../src/api/token.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { didKeyOf } from '../../../src/identity/did.ts'
import { deactivate, rotate } from '../../../src/identity/log-change.ts'
import { incept } from '../../../src/identity/key-log.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { FRESH_LIMIT_MS } from '../../../src/node/confirmations.ts'
import { DidWeb } from '../../../src/node/did-web/did-web.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import type { AipNode } from '../../../src/node/node.ts'
import { resolveDid, type ResolvedDid } from '../../../src/node/use/resolving-dids.ts'
import { getResolver } from '../../../src/sdk/did-resolver.ts'
import { faultOf } from '../../node/fault.ts'
import { NETWORK, grownAgent } from '../../support/dht-identity.ts'
import { hostileNode } from '../../support/dht-nodes.ts'
import { eventually } from '../../support/mesh.ts'
import { startNode, startOffline, temporaryHome, type NodePlan } from '../../support/nodes.ts'

const STRANGER = `did:aip:${'0'.repeat(32)}`
const PROFILE = 'profile="https://w3id.org/did-resolution"'

async function offline(plan: NodePlan = {}): Promise<AipNode> {
  const started = await startOffline(plan)
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started.node
}

/** How an answer was obtained, and whether it is stale. */
function how(found: ResolvedDid): readonly unknown[] {
  return found.method === 'aip' ? [found.source, found.isStale] : [found.method]
}

function isUnconfirmed(found: ResolvedDid): boolean | undefined {
  return found.method === 'aip' ? found.isUnconfirmed : undefined
}

/** An identity that has ended. */
function ended(): IdentityState {
  const [genesis, recovery] = [nativeSigner(randomSeed()), nativeSigner(randomSeed())]
  const made = incept({ genesis, recoveryKey: recovery.publicKey, verifier: nativeVerifier })
  const { log } = deactivate({ log: made.log, authority: recovery, verifier: nativeVerifier })
  return IdentityState.of(log)
}

/** An identity whose log two holders of its rotation key have continued. */
function forked(): IdentityState {
  const [genesis, rotation] = [nativeSigner(randomSeed()), nativeSigner(randomSeed())]
  const verifier = nativeVerifier
  const { log } = incept({ genesis, rotationKey: rotation.publicKey, verifier })
  const [one, other] = [1, 2].map(() => {
    const operationalKey = nativeSigner(randomSeed()).publicKey
    return IdentityState.of(rotate({ log, authority: rotation, operationalKey, verifier }).log)
  })
  if (one === undefined || other === undefined) throw new Error('two were made')
  return one.join(other)
}

describe('between two nodes', () => {
  test('a value is confirmed, fresh for ten minutes, and then given as stale by itself', async () => {
    const time = { aheadMs: 0 }
    const bob = await startNode()
    onTestFinished(async () => bob[Symbol.asyncDispose]())
    const plan = { bootstrap: [bob.address], clock: () => Date.now() + time.aheadMs }
    const alice = await startNode(plan)
    onTestFinished(async () => alice[Symbol.asyncDispose]())
    const { node } = alice
    const { did } = bob.node
    await eventually('alice knows bob', () => alice.mesh.neighbours.count > 0)
    const ask = async (noCache = false) => resolveDid(node, did, { noCache })

    expect(how(await resolveDid(node, node.did, { noCache: false }))).toEqual(['own', false])
    expect(how(await ask())).toEqual(['peer', false])
    const first = await ask()
    expect(how(first)).toEqual(['store', false])
    expect(isUnconfirmed(first)).toBe(false)
    expect(how(await ask(true))).toEqual(['peer', false])

    time.aheadMs = FRESH_LIMIT_MS
    const later = await ask()
    expect(how(later)).toEqual(['peer', false])

    await bob[Symbol.asyncDispose]()
    await eventually('bob is gone', () => alice.mesh.neighbours.count === 0)
    expect(how(await ask())).toEqual(['store', false])
    time.aheadMs = 2 * FRESH_LIMIT_MS
    const alone = await ask()
    expect(how(alone)).toEqual(['store', true])
    if (alone.method !== 'aip' || later.method !== 'aip') throw new Error('it is did:aip')
    // Still the moment at which somebody confirmed it.
    expect(alone.confirmedAtMs).toBe(later.confirmedAtMs)
    expect(alone.state.bytes).toEqual(later.state.bytes)

    await node.notes.putPin({ did, kind: 'trust' }, node.clock())
    expect(how(await ask())).toEqual(['pinned', false])
    expect(how(await ask(true))).toEqual(['pinned', true])
    expect(await faultOf(resolveDid(node, STRANGER, { noCache: false }))).toMatchObject({
      code: 'node/did-unresolved',
    })
  })
})

test('what the DHT alone has said is unconfirmed, held or not, until a peer says it', async () => {
  const agent = grownAgent()
  const holder = await hostileNode(async () => Promise.resolve(agent.older.bytes))
  onTestFinished(async () => holder.stop())
  const asker = await startNode({ network: NETWORK })
  onTestFinished(async () => asker[Symbol.asyncDispose]())
  const ask = async (noCache = false) => resolveDid(asker.node, agent.did, { noCache })
  await holder.dial(multiaddr(asker.address))
  await eventually('the holder is in the routing table', async () => {
    const found = await asker.mesh.directory.resolveIdentity(agent.did)
    return found !== undefined
  })
  const first = await ask()
  expect([how(first), isUnconfirmed(first)]).toEqual([['dht', false], true])
  const held = await ask()
  expect([how(held), isUnconfirmed(held)]).toEqual([['store', false], true])

  const knows = await startNode({ network: NETWORK, bootstrap: [asker.address] })
  onTestFinished(async () => knows[Symbol.asyncDispose]())
  await knows.node.writer.putIdentity(agent.newer)
  await eventually('a peer has said it', async () => isUnconfirmed(await ask(true)) === false)
  const newest = await ask()
  expect(newest.method === 'aip' && newest.state.bytes).toEqual(agent.newer.bytes)
})

describe('a node that speaks with nobody', () => {
  test('gives what it holds as stale, and knows nobody else', async () => {
    const [node, other] = await Promise.all([offline(), offline()])
    await node.writer.putIdentity(IdentityState.of(other.identity.log))
    expect(how(await resolveDid(node, other.did, { noCache: false }))).toEqual(['store', true])
    expect(await faultOf(resolveDid(node, STRANGER, { noCache: false }))).toMatchObject({
      code: 'node/did-unresolved',
    })
  })

  test.each([
    ['did:aip:abc', 'identity/did-invalid'],
    ['did:aip:c196ab2f:slug', 'identity/did-invalid'],
    [`did:aip:${'A'.repeat(32)}`, 'identity/did-invalid'],
    [`${STRANGER}#k0.0`, 'did/invalid'],
    ['did:key:z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW', 'did/key-type-unsupported'],
    ['did:web:example.com', 'did/web-off'],
    ['did:example:123', 'did/method-unsupported'],
    ['nonsense', 'did/invalid'],
  ])('refuses %s with %s', async (text, code) => {
    const node = await offline()
    expect(await faultOf(resolveDid(node, text, { noCache: false }))).toMatchObject({ code })
  })
})

interface Served {
  readonly node: AipNode
  readonly get: (
    target: string,
    accept?: string,
  ) => Promise<{ status: number; type: string; body: Body }>
  readonly resolver: Resolver
}
interface Body {
  readonly [name: string]: unknown
}

async function served(plan: NodePlan = {}): Promise<Served> {
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => stack.disposeAsync())
  const node = await offline(plan)
  const home = await temporaryHome(stack)
  const tokenFile = join(home, 'token')
  const token = await openToken(tokenFile)
  const text = (await readFile(tokenFile, 'utf8')).trim()
  const handlers = handlersOf({
    node,
    version: '0.0.0',
    home,
    address: () => ({ socket: null, url: null }),
  })
  const deps = {
    handlers,
    clock: Date.now,
    logger: silentLogger,
    health: () => ({ ready: true, parts: {} }),
  }
  const options = { tcp: { port: 0, token }, checksAnswers: true }
  const { url = '' } = stack.use(await ApiServer.start(deps, options))
  return {
    node,
    get: async (target, accept) => {
      const answer = await fetch(`${url}/1.0/identifiers/${target}`, {
        headers: {
          authorization: `Bearer ${text}`,
          ...(accept === undefined ? {} : { accept }),
        },
      })
      const type = answer.headers.get('content-type') ?? ''
      return { status: answer.status, type, body: (await answer.json()) as Body }
    },
    resolver: new Resolver(getResolver({ env: { AIP_NODE_URL: url, AIP_NODE_TOKEN: text } })),
  }
}

describe('GET /1.0/identifiers/{did}', () => {
  test('answers in the form that is asked for', async () => {
    const { node, get } = await served()
    const { did } = node
    const whole = await get(did)
    expect([whole.status, whole.type]).toEqual([200, 'application/json'])
    expect(whole.body).toMatchObject({
      didDocument: { id: did, alsoKnownAs: [didKeyOf(node.identity.log.genesisKey)] },
      didDocumentMetadata: { deactivated: false, canonicalId: did, forked: false },
      didResolutionMetadata: {
        contentType: 'application/did+json',
        source: 'own',
        stale: false,
        verified: { by: 'key log', logEntries: '1', document: 'none' },
      },
    })
    for (const accept of ['application/did+json', 'application/did+ld+json', 'application/did']) {
      const bare = await get(did, accept)
      expect([bare.status, bare.type]).toEqual([200, accept])
      expect(bare.body).toEqual(whole.body['didDocument'])
    }
    for (const accept of ['application/did-resolution', `application/ld+json;${PROFILE}`]) {
      const result = await get(did, accept)
      expect([result.status, result.type]).toEqual([200, accept])
      expect(result.body['didDocument']).toEqual(whole.body['didDocument'])
    }
    const { didResolutionMetadata, didDocumentMetadata } = whole.body
    const broken = brokenResolutionRules(
      {
        function: 'resolveRepresentation',
        input: { did, resolutionOptions: { accept: 'application/did+json' } },
        output: {
          didResolutionMetadata: didResolutionMetadata as Body,
          didDocumentMetadata: didDocumentMetadata as Body,
          didDocumentStream: JSON.stringify(whole.body['didDocument']),
        },
      },
      'defaultOutcome',
    )
    expect(broken).toEqual([])
  })

  test('takes a DID URL with a fragment, raw or encoded', async () => {
    const { node, get } = await served()
    const key = { id: `${node.did}#k0.0`, type: 'Multikey' }
    for (const target of [`${node.did}%23k0.0`, encodeURIComponent(`${node.did}#k0.0`)]) {
      expect((await get(target, 'application/did+json')).body).toMatchObject(key)
      expect((await get(target)).body).toMatchObject({ content: key })
    }
  })

  test('answers 410 with the document of an identity that has ended', async () => {
    const { node, get } = await served()
    const state = ended()
    await node.writer.putIdentity(state)
    const { status, body } = await get(state.did)
    expect(status).toBe(410)
    expect(body).toMatchObject({
      didDocument: { id: state.did },
      didDocumentMetadata: { deactivated: true },
    })
    const bare = await get(state.did, 'application/did+json')
    expect([bare.status, bare.body['id']]).toEqual([410, state.did])
  })

  test('shows no key and no version of a fork that nobody settled', async () => {
    const { node, get } = await served()
    const state = forked()
    expect(state.isForked).toBe(true)
    await node.writer.putIdentity(state)
    const { status, body } = await get(state.did)
    expect(status).toBe(200)
    expect(body['didDocument']).not.toHaveProperty('verificationMethod')
    expect(body['didDocumentMetadata']).toMatchObject({ forked: true, deactivated: false })
    expect(body['didDocumentMetadata']).not.toHaveProperty('versionId')
  })

  test.each<[number, string, string, string?]>([
    [400, 'invalidDid', 'hello'],
    [400, 'invalidDid', ''],
    [400, 'invalidDid', 'did:aip:abc'],
    [400, 'invalidDid', `did:aip:${'a'.repeat(2_000)}`],
    [400, 'invalidOptions', `${STRANGER}?colour=red`],
    [400, 'invalidOptions', `${STRANGER}?noCache=perhaps`],
    [400, 'invalidOptions', `${STRANGER}?did=x`],
    [404, 'notFound', STRANGER],
    [404, 'notFound', `${STRANGER}?noCache=true`],
    [406, 'representationNotSupported', STRANGER, 'application/did+cbor'],
    [501, 'methodNotSupported', 'did:example:123'],
    [501, 'methodNotSupported', 'did:web:example.com'],
    [501, 'featureNotSupported', `${STRANGER}?versionId=1`],
    [501, 'featureNotSupported', `${STRANGER}/path`],
    [501, 'unsupportedPublicKeyType', 'did:key:z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW'],
    [400, 'invalidPublicKeyLength', `did:key:${base58btc.encode(Uint8Array.of(0xed, 1, 7))}`],
  ])('%i %s: %s', async (status, error, target, accept) => {
    const { get } = await served()
    const answer = await get(target, accept)
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json'])
    expect(answer.body).toMatchObject({
      status,
      didDocument: null,
      didResolutionMetadata: { error },
    })
  })
})

describe('new Resolver(getResolver())', () => {
  test('resolves did:aip, did:key and what follows the DID in a DID URL', async () => {
    const { node, resolver } = await served()
    const own = await resolver.resolve(node.did)
    expect(own.didDocument?.id).toBe(node.did)
    expect(own.didResolutionMetadata).toMatchObject({
      contentType: 'application/did+json',
      source: 'own',
      stale: false,
    })
    expect(own.didDocumentMetadata).toMatchObject({ deactivated: false })
    const linked = await resolver.resolve(`${node.did}#k0.0`, { accept: 'application/did+ld+json' })
    expect(linked.didDocument?.id).toBe(node.did)
    expect(linked.didResolutionMetadata.contentType).toBe('application/did+ld+json')
    const key = didKeyOf(node.identity.log.genesisKey)
    const computed = await resolver.resolve(key)
    expect(computed.didDocument?.verificationMethod?.[0]?.controller).toBe(key)
    expect(computed.didResolutionMetadata['source']).toBe('computed')
  })

  test('gives the document of an identity that has ended, and says so', async () => {
    const { node, resolver } = await served()
    const state = ended()
    await node.writer.putIdentity(state)
    const found = await resolver.resolve(state.did)
    expect(found.didDocument?.id).toBe(state.did)
    expect(found.didDocumentMetadata.deactivated).toBe(true)
    expect(found.didResolutionMetadata.error).toBeUndefined()
  })

  test('tells what went wrong in metadata, and never throws', async () => {
    const { resolver } = await served()
    const errorOf = async (did: string, accept?: string): Promise<unknown> => {
      const found = await resolver.resolve(did, accept === undefined ? {} : { accept })
      expect(found.didDocument).toBeNull()
      return found.didResolutionMetadata.error
    }
    expect(await errorOf(STRANGER)).toBe('notFound')
    expect(await errorOf('did:aip:abc')).toBe('invalidDid')
    expect(await errorOf('did:web:example.com')).toBe('methodNotSupported')
    expect(await errorOf(STRANGER, 'application/did+cbor')).toBe('representationNotSupported')
    const nowhere = new Resolver(getResolver({ home: '/there/is/no/node' }))
    const found = await nowhere.resolve(STRANGER)
    expect(found.didResolutionMetadata).toMatchObject({
      error: 'internalError',
      message: expect.stringContaining('No node is running') as unknown,
    })
  })

  test('resolves did:web where the operator wants it', async () => {
    const didWeb = new DidWeb({ resolveName: async () => [{ address: '127.0.0.1', family: 4 }] })
    const { resolver } = await served({ didWeb })
    const { didResolutionMetadata } = await resolver.resolve('did:web:example.com')
    expect(didResolutionMetadata).toMatchObject({
      error: 'notFound',
      message: expect.stringContaining('does not lie on the public internet') as unknown,
    })
  })
})
