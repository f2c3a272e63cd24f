/**
 * Against a library that others wrote: it verifies what is signed here, and what it signs in this profile
 * is taken here.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { httpbis, type Request as LibraryRequest } from 'http-message-signatures'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { portableSigner, portableVerifier } from '../../src/crypto/ed25519.ts'
import { contentDigest } from '../../src/signing/content-digest.ts'
import { readRequest, signRequest } from '../../src/signing/profile.ts'
import {
  botKeyOf,
  directoryOf,
  joined,
  signAsBot,
  type BotSigning,
} from '../../src/signing/web-bot-auth.ts'

const NOW_MS = Date.now()
const SEED = new Uint8Array(32).fill(7)
const signer = portableSigner(SEED)
const KEY_ID = `did:aip:${'7f'.repeat(16)}#k0.0`
const body = textBytes('{"task":"review"}')
const REQUEST = {
  method: 'POST',
  url: 'https://peer.example/a2a?task=1&task=2',
  headers: [['content-type', 'application/json']],
} as const

const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey(privateKey)

function sent(headers: Readonly<Record<string, string>>): LibraryRequest {
  const { method, url } = REQUEST
  return { method, url, headers: { 'content-type': 'application/json', ...headers } }
}

async function isVerified(request: LibraryRequest, tag: string): Promise<boolean> {
  const found = await httpbis.verifyMessage(
    {
      keyLookup: async ({ tag: told }) => {
        if (told !== tag) return null
        return {
          id: 'its key',
          algs: ['ed25519'],
          verify: async (data, signature) => verify(null, data, publicKey, signature),
        }
      },
      requiredParams: ['created', 'expires', 'keyid', 'nonce'],
    },
    request,
  )
  return found === true
}

function asked(host: string): LibraryRequest {
  const url = `https://${host}/.well-known/http-message-signatures-directory`
  return { method: 'GET', url, headers: { host } }
}

const OPTIONS = { signer, keyId: KEY_ID, nowMs: NOW_MS, nonce: 'n'.repeat(20) }
const BOT: BotSigning = { signer, nowMs: NOW_MS, lifeS: 60, nonce: 'bm9uY2U=' }

describe('http-message-signatures', () => {
  test.each([
    ['with a body', body],
    ['without one', undefined],
  ])('verifies a request that was signed here, %s', async (_what, given) => {
    const headers = signRequest(REQUEST, given, OPTIONS)
    expect(await isVerified(sent(headers), 'aip-node')).toBe(true)
    const elsewhere = { ...sent(headers), url: REQUEST.url.replace('peer', 'other') }
    expect(await isVerified(elsewhere, 'aip-node')).toBe(false)
  })

  test('signs a request in this profile that is taken here', async () => {
    const created = Math.floor(NOW_MS / 1_000)
    const signed = await httpbis.signMessage(
      {
        key: {
          id: KEY_ID,
          alg: 'ed25519',
          sign: async (data) => sign(null, data, privateKey),
        },
        name: 'aip',
        fields: ['@method', '@authority', '@path', '@query', 'content-digest'],
        params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
        paramValues: {
          created: new Date(created * 1_000),
          expires: new Date((created + 60) * 1_000),
          nonce: 'n'.repeat(24),
          tag: 'aip-node',
        },
      },
      sent({ 'content-digest': contentDigest(body) }),
    )
    const headers = Object.entries(signed.headers).map(
      ([name, value]) => [name, String(value)] as const,
    )
    const found = readRequest({ ...REQUEST, headers }, body, NOW_MS)
    if (typeof found === 'string') throw new Error(found)
    expect(found.keyId).toBe(KEY_ID)
    const check = { ...found.check, publicKey: signer.publicKey }
    expect(portableVerifier.verifyNow(check)).toBe(true)
  })
})

describe('a second signature for Web Bot Auth', () => {
  const agent = 'https://agent.example'
  const both = joined(signRequest(REQUEST, body, OPTIONS), signAsBot(REQUEST, agent, BOT))

  test('stands beside ours, and each is verified alone', async () => {
    expect(both['signature-input']).toMatch(
      /^aip=\(.*\);.*, wba=\("@authority" "signature-agent";key="wba"\);/,
    )
    expect(both['signature-agent']).toBe('wba="https://agent.example"')
    const headers = Object.entries(both)
    expect(readRequest({ ...REQUEST, headers }, body, NOW_MS)).toMatchObject({ keyId: KEY_ID })
    const bot = signAsBot(REQUEST, agent, BOT)
    expect(await isVerified(sent(bot), 'web-bot-auth')).toBe(true)
    const another = { ...bot, 'signature-agent': 'wba="https://evil.example"' }
    expect(await isVerified(sent(another), 'web-bot-auth')).toBe(false)
  })

  test('is no signature of the mesh', () => {
    const headers = Object.entries(signAsBot(REQUEST, agent, BOT))
    expect(readRequest({ ...REQUEST, headers }, undefined, NOW_MS)).toBe('missing')
  })

  test('names its key by the thumbprint of RFC 8037, appendix A.3', () => {
    const key = Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url')
    expect(botKeyOf(key)).toMatchObject({
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    })
    expect(both['signature-input']).toContain(`keyid="${botKeyOf(signer.publicKey).kid}"`)
  })

  test('has a directory that is signed for the host that asks', async () => {
    const { body: listed, headers } = directoryOf('agent.example', BOT)
    expect(listed.keys).toEqual([botKeyOf(signer.publicKey)])
    expect(headers['content-type']).toBe('application/http-message-signatures-directory+json')
    const config = {
      keyLookup: async () => ({
        id: 'its key',
        algs: ['ed25519'],
        verify: async (data: Buffer, signature: Buffer) => verify(null, data, publicKey, signature),
      }),
    }
    const response = { status: 200, headers: { ...headers } }
    expect(await httpbis.verifyMessage(config, response, asked('agent.example'))).toBe(true)
    expect(await httpbis.verifyMessage(config, response, asked('evil.example'))).toBe(false)
  })
})
