/**
 * What one version of Node says of signatures: reads `[[message, publicKey, signature], …]` in hex from
 * standard input, writes one line with a digit a case and verifier. It imports only what Node 22 can run.
 */
import { text } from 'node:stream/consumers'
import { portableVerifier, type SignatureCheck } from '../../../src/crypto/ed25519.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'

export interface Verdicts {
  readonly node: string
  readonly openssl: string
  /** For each case `1` if it was accepted: by OpenSSL at once, by OpenSSL on a thread, in JavaScript. */
  readonly native: string
  readonly threads: string
  readonly portable: string
}

async function main(): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other side is in ed25519-matrix.ts
  const cases = JSON.parse(await text(process.stdin)) as readonly (readonly string[])[]
  const checks = cases.map(([message = '', publicKey = '', signature = '']): SignatureCheck => {
    return { message: bytes(message), publicKey: bytes(publicKey), signature: bytes(signature) }
  })
  const onThreads = await Promise.all(checks.map(async (check) => nativeVerifier.verify(check)))
  const verdicts: Verdicts = {
    node: process.version,
    openssl: process.versions.openssl,
    native: digits(checks.map((check) => nativeVerifier.verifyNow(check))),
    threads: digits(onThreads),
    portable: digits(checks.map((check) => portableVerifier.verifyNow(check))),
  }
  process.stdout.write(JSON.stringify(verdicts))
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function digits(answers: readonly boolean[]): string {
  return answers.map((isAccepted) => (isAccepted ? '1' : '0')).join('')
}

if (import.meta.filename === process.argv[1]) await main()
