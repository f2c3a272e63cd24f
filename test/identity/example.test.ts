/** The worked example of docs/spec/identity.md, made afresh: what it shows is what the code does. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { signDocument } from '../../src/identity/document.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'
import { verifier } from '../support/identity.ts'

const spec = readFileSync(new URL('../../docs/spec/identity.md', import.meta.url), 'utf8')
const example = spec.slice(spec.indexOf('## An example'))

/** The hexadecimal digits that stand between two texts, without what three blanks set apart. */
function shown(from: string, to: string): string {
  const start = example.indexOf(from) + from.length
  const lines = example.slice(start, example.indexOf(to, start)).split('\n')
  return lines
    .map((line) =>
      line
        .trim()
        .replace(/ {3}.*$/, '')
        .replaceAll(' ', ''),
    )
    .join('')
}

function keyOf(byte: number) {
  return nativeSigner(new Uint8Array(32).fill(byte))
}

const [genesis, rotationKey, recoveryKey] = [keyOf(1), keyOf(2).publicKey, keyOf(3).publicKey]
const { log } = incept({ genesis, rotationKey, recoveryKey, verifier })
const signed = signDocument({
  log,
  signer: genesis,
  sequence: 1,
  expiresAtMs: Date.UTC(2030, 0),
  content: {},
  network: 'test',
})

const [inception] = log.entries
if (inception === undefined) throw new RangeError('a log has an inception')

test('the example shows the DID and the inception, byte by byte', () => {
  expect(example).toContain(log.did)
  expect(shown('genesis public key', 'DID')).toBe(toHex(log.genesisKey))
  expect(shown(`inception without s, ${inception.body.length} bytes`, 'its hash')).toBe(
    toHex(inception.body),
  )
  expect(shown('its hash', 'its signature')).toBe(log.inceptionHex)
  expect(shown('its signature', 'document on')).toBe(toHex(inception.signature))
})

test('the example shows the document, byte by byte, and the size of the value', () => {
  const { bytes } = signed
  expect(shown(`document on the network "test", ${bytes.length} bytes`, 'value,')).toBe(
    toHex(bytes),
  )
  expect(example).toContain(`value, ${IdentityState.of(log, signed).bytes.length} bytes`)
})
