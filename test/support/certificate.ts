/** A certificate that a TLS server of a test shows, and that only this test trusts. */
import { createSign, generateKeyPairSync } from 'node:crypto'

/** One element of DER: tag, length, content. Source: ITU-T X.690, section 8.1. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.from(head), content])
}

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex')
const text = (tag: number, value: string): Uint8Array => der(tag, Buffer.from(value, 'ascii'))
const ECDSA_WITH_SHA256 = der(0x30, bytes('06082a8648ce3d040302'))
const COMMON_NAME = bytes('0603550403')
const SUBJECT_ALT_NAME = bytes('0603551d11')

/** Self-signed, for one domain name, for as long as UTCTime knows. Source: RFC 5280, section 4.1. */
export function certificateFor(domain: string): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(0x30, der(0x31, der(0x30, COMMON_NAME, text(0x0c, domain))))
  const validity = der(0x30, text(0x17, '200101000000Z'), text(0x17, '491231235959Z'))
  const names = der(0x04, der(0x30, text(0x82, domain)))
  const extensions = der(0xa3, der(0x30, der(0x30, SUBJECT_ALT_NAME, names)))
  const body = der(
    0x30,
    der(0xa0, bytes('020102')),
    bytes('020101'),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  )
  const signature = createSign('SHA256').update(body).sign(privateKey)
  const whole = der(0x30, body, ECDSA_WITH_SHA256, der(0x03, bytes('00'), signature))
  const lines =
    Buffer.from(whole)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  }
}
