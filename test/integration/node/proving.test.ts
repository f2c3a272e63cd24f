/** Agents that prove themselves to each other over HTTP, and one in between who would be another. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { incept } from '../../../src/identity/key-log.ts'
import { rotate } from '../../../src/identity/log-change.ts'
import { IdentityState } from '../../../src/identity/state.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import { answerChallenge, verifyChallenge } from '../../../src/node/use/proving.ts'
import {
  signChallenge,
  type Challenge,
  type ChallengeProof,
} from '../../../src/identity/challenge.ts'
import { faultOf } from '../../node/fault.ts'
import {
  post,
  startAgent,
  api,
  type Agent,
  type Answered,
  type Conduct,
} from '../../support/agents.ts'
import { eventually } from '../../support/mesh.ts'
import { startOffline } from '../../support/nodes.ts'

const stack = new AsyncDisposableStack()
let alice: Agent
let bob: Agent
let mallory: Agent
/** What Mallory does with what comes to her origin. */
let malice: Conduct = async () => ({ status: 404, body: {} })

beforeAll(async () => {
  alice = await startAgent(stack)
  const bootstrap = [alice.node.address]
  bob = await startAgent(stack, { bootstrap })
  mallory = await startAgent(stack, {
    bootstrap,
    conduct: async (path, body) => malice(path, body),
  })
  await eventually('Alice is connected to both', () => alice.node.mesh.neighbours.count >= 2)
})
afterAll(async () => stack.disposeAsync())

async function open(asker: Agent, answerer: Agent, origin: string): Promise<Answered['body']> {
  const { status, body } = await asker.ask('/v1/challenges', {
    answerer: answerer.did,
    origin,
    purpose: 'login',
  })
  expect(status).toBe(200)
  return body
}

function codeIn({ body }: Answered): unknown {
  return body['code']
}

/** Alice dials an origin at which she wants to find Bob, and goes on as long as all holds. */
async function meet(asker: Agent, answerer: Agent, origin: string): Promise<readonly Answered[]> {
  const question = await open(asker, answerer, origin)
  const answer = await post(`${origin}/challenge`, question)
  if (answer.status !== 200) return [answer]
  const confirmed = await asker.ask('/v1/challenges/confirm', { proof: answer.body })
  if (confirmed.status !== 200) return [answer, confirmed]
  const accepted = await post(`${origin}/confirm`, confirmed.body['proof'] as object)
  return [answer, confirmed, accepted]
}

describe('Alice and Bob', () => {
  test('prove themselves to each other', async () => {
    const [answer, confirmed, accepted] = await meet(alice, bob, bob.origin)
    expect(answer?.body).toMatchObject({ role: 'answerer', keyId: `${bob.did}#k0.0` })
    expect(confirmed?.body['proved']).toMatchObject({
      did: bob.did,
      role: 'answerer',
      purpose: 'login',
      origin: bob.origin,
    })
    expect(accepted).toMatchObject({
      status: 200,
      body: { did: alice.did, keyId: `${alice.did}#k0.0`, role: 'asker', origin: bob.origin },
    })
  })

  test('a proof is good once: at Alice, at Bob, and when it comes twice at the same time', async () => {
    const [answer, confirmed] = await meet(alice, bob, bob.origin)
    const again = await alice.ask('/v1/challenges/verify', { proof: answer?.body })
    expect(codeIn(again)).toBe('challenge/replayed')
    const sent = await post(`${bob.origin}/confirm`, confirmed?.body['proof'] as object)
    expect(codeIn(sent)).toBe('challenge/replayed')

    const question = await open(alice, bob, bob.origin)
    const { body: proof } = await post(`${bob.origin}/challenge`, question)
    const both = await Promise.all(
      [1, 2, 3].map(async () => alice.ask('/v1/challenges/verify', { proof })),
    )
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('a proof is not good for a question that was never asked', async () => {
    const question = await open(alice, bob, bob.origin)
    const { body: proof } = await post(`${bob.origin}/challenge`, {
      ...question,
      askerNonce: '77'.repeat(32),
    })
    expect(codeIn(await alice.ask('/v1/challenges/verify', { proof }))).toBe(
      'challenge/nonce-unknown',
    )
  })

  test('what came back to its maker proves nothing', async () => {
    const question = await open(alice, bob, bob.origin)
    const { body: answer } = await post(`${bob.origin}/challenge`, question)
    expect(codeIn(await post(`${bob.origin}/confirm`, answer))).toBe('challenge/other-role')
    const turned = { ...answer, role: 'asker', keyId: `${alice.did}#k0.0` }
    expect(codeIn(await post(`${bob.origin}/confirm`, turned))).toBe('challenge/signature-invalid')
    const toItself = { ...question, asker: bob.did }
    expect(codeIn(await post(`${bob.origin}/challenge`, toItself))).toBe('challenge/one-agent')
  })

  test('each changed field of an answer is refused', async () => {
    const changes: readonly (readonly [object, string])[] = [
      [{ network: 'main' }, 'challenge/other-network'],
      [{ asker: bob.did }, 'challenge/one-agent'],
      [{ asker: mallory.did }, 'challenge/other-agent'],
      [{ answerer: mallory.did }, 'challenge/other-agent'],
      [{ askerNonce: '00'.repeat(32) }, 'challenge/nonce-unknown'],
      [{ answererNonce: '00'.repeat(32) }, 'challenge/signature-invalid'],
      [{ purpose: 'payment' }, 'challenge/other-terms'],
      [{ origin: mallory.origin }, 'challenge/other-origin'],
      [{ role: 'asker' }, 'challenge/other-role'],
      [{ keyId: `${bob.did}#k0.1` }, 'challenge/key-not-current'],
      [{ keyId: `${mallory.did}#k0.0` }, 'challenge/key-not-current'],
      [{ signature: '00'.repeat(64) }, 'challenge/signature-invalid'],
      [{ expiresAt: new Date(Date.now() + 20_000).toISOString() }, 'challenge/other-terms'],
      [{ expiresAt: new Date(Date.now() - 1).toISOString() }, 'challenge/expired'],
    ]
    const { body: answer } = await post(
      `${bob.origin}/challenge`,
      await open(alice, bob, bob.origin),
    )
    for (const [change, code] of changes) {
      const refused = await alice.ask('/v1/challenges/verify', { proof: { ...answer, ...change } })
      expect([codeIn(refused), change]).toEqual([code, change])
    }
    // None of these has used the nonce up.
    expect((await alice.ask('/v1/challenges/verify', { proof: answer })).status).toBe(200)
  })
})

describe('Mallory, from an origin of her own', () => {
  test('passes Alice’s question on, and Bob does not answer for her origin', async () => {
    malice = async (path, body) => post(`${bob.origin}${path}`, body)
    const [answer, ...more] = await meet(alice, bob, mallory.origin)
    expect(answer?.status).toBe(403)
    expect(answer?.body['code']).toBe('challenge/origin-not-served')
    expect(more).toEqual([])
  })

  test('writes Bob’s origin into the question, and Alice does not take the answer', async () => {
    const before = bob.seen.get('/confirm')?.length ?? 0
    const relays: readonly (readonly [(answer: object) => object, string])[] = [
      [(answer) => answer, 'challenge/other-origin'],
      [(answer) => ({ ...answer, origin: mallory.origin }), 'challenge/signature-invalid'],
    ]
    for (const [doctored, code] of relays) {
      malice = async (path, body) => {
        const { status, body: answer } = await post(`${bob.origin}${path}`, {
          ...body,
          origin: bob.origin,
        })
        return { status, body: doctored(answer) as Answered['body'] }
      }
      const [answer, confirmed] = await meet(alice, bob, mallory.origin)
      expect(answer?.status).toBe(200)
      expect(confirmed?.status).toBe(403)
      expect(confirmed?.body['code']).toBe(code)
    }
    // Alice signed nothing that Mallory could have shown to Bob.
    expect(bob.seen.get('/confirm')?.length ?? 0).toBe(before)
  })

  test('asks Bob in her own name, and cannot show his answer to Alice', async () => {
    malice = async (path, body) =>
      post(`${bob.origin}${path}`, { ...body, asker: mallory.did, origin: bob.origin })
    const [, confirmed] = await meet(alice, bob, mallory.origin)
    expect(confirmed?.body['code']).toBe('challenge/other-agent')
  })

  test('cannot show Bob what Alice proved to her', async () => {
    // Mallory is herself to Alice, and Alice to Bob, with the nonces of both.
    let atBob: Answered | undefined
    malice = async (path, body) => {
      if (path !== '/challenge') return { status: 200, body: {} }
      atBob = await post(`${bob.origin}/challenge`, {
        ...body,
        answerer: bob.did,
        origin: bob.origin,
      })
      return mallory.ask('/v1/challenges/answer', { question: body })
    }
    const [, confirmed] = await meet(alice, mallory, mallory.origin)
    expect(confirmed?.status).toBe(200)
    const alices = confirmed?.body['proof'] as Record<string, unknown>
    expect(atBob?.status).toBe(200)
    const forBob = { ...atBob?.body, role: 'asker', keyId: alices['keyId'] }
    const tries = [alices, { ...forBob, signature: alices['signature'] }]
    const codes = await Promise.all(
      tries.map(async (proof) => codeIn(await post(`${bob.origin}/confirm`, proof))),
    )
    expect(codes).toEqual(['challenge/other-agent', 'challenge/signature-invalid'])
  })

  test('keeps Alice’s confirmation to Bob, and it is no use a second time', async () => {
    const [, confirmed] = await meet(alice, bob, bob.origin)
    malice = async () => ({ status: 404, body: {} })
    const stolen = confirmed?.body['proof'] as object
    expect(codeIn(await post(`${bob.origin}/confirm`, stolen))).toBe('challenge/replayed')
    expect(codeIn(await mallory.ask('/v1/challenges/verify', { proof: stolen }))).toBe(
      'challenge/other-agent',
    )
  })
})

describe('the rights of a token', () => {
  test('reading opens and checks, and signs nothing', async () => {
    const read = await api(stack, alice.node.node, ['read'])
    const question = { answerer: bob.did, origin: bob.origin }
    const opened = await read('/v1/challenges', question)
    expect(opened.status).toBe(200)
    const { body: proof } = await post(`${bob.origin}/challenge`, opened.body)
    const refusals = await Promise.all([
      read('/v1/challenges/answer', { question: opened.body }),
      read('/v1/challenges/confirm', { proof }),
    ])
    expect(refusals.map(codeIn)).toEqual(['api/right-missing', 'api/right-missing'])
    expect((await read('/v1/challenges/verify', { proof })).status).toBe(200)
  })
})

async function rotatedCarol() {
  await using carols = new AsyncDisposableStack()
  const [genesis, rotation, next] = [1, 2, 3].map(() => nativeSigner(randomSeed()))
  if (genesis === undefined || rotation === undefined || next === undefined) throw new Error()
  const verifier = nativeVerifier
  const { log } = incept({ genesis, rotationKey: rotation.publicKey, verifier })
  const after = rotate({ log, authority: rotation, operationalKey: next.publicKey, verifier }).log
  const dave = carols.use(await startOffline({ origins: ['https://dave.example'] }))
  return { genesis, next, log, after, dave: dave.node, stack: carols.move() }
}

describe('a key that was rotated away', () => {
  test('proves nothing once the log is here, whatever it calls itself', async () => {
    const { genesis, next, log, after, dave, stack: carols } = await rotatedCarol()
    await using _ = carols
    await dave.writer.putIdentity(IdentityState.of(log))
    const asked = () => {
      const askerNonce = randomSeed()
      return answerChallenge(dave, {
        network: 'local',
        asker: log.did,
        answerer: dave.did,
        askerNonce,
        purpose: 'login',
        origin: 'https://dave.example',
        expiresAtMs: Date.now() + 30_000,
      })
    }
    const by = (challenge: Challenge, key: typeof genesis, place: string): ChallengeProof =>
      signChallenge(challenge, 'asker', { signer: key, keyId: `${log.did}#${place}` })

    expect(await verifyChallenge(dave, by(asked(), genesis, 'k0.0'))).toMatchObject({
      did: log.did,
    })
    await dave.writer.putIdentity(IdentityState.of(after))
    expect(await faultOf(verifyChallenge(dave, by(asked(), genesis, 'k0.0')))).toMatchObject({
      code: 'challenge/key-not-current',
      reason: 'it is retired',
    })
    expect(await faultOf(verifyChallenge(dave, by(asked(), genesis, 'k0.1')))).toMatchObject({
      code: 'challenge/signature-invalid',
    })
    expect(await verifyChallenge(dave, by(asked(), next, 'k0.1'))).toMatchObject({
      keyId: `${log.did}#k0.1`,
    })
  })
})
