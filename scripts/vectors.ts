/**
 * Holds the node against outside test vectors, which are not part of this repository.
 *
 *     npm run vectors -- DIR
 *
 * DIR has one folder for each set of the table below. Prints one line a set. Exit 0 when every
 * answer is as expected, 1 when one is not, 2 when DIR or a file in it is missing.
 */
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { fromHex, textBytes } from '../src/base/bytes.ts'
import { asError } from '../src/base/error.ts'
import { KIB_BYTES } from '../src/base/units.ts'
import { decodeCbor } from '../src/crypto/cbor.ts'
import { portableSigner, portableVerifier } from '../src/crypto/ed25519.ts'
import type { SignatureCheck, Verifier } from '../src/crypto/ed25519.ts'
import { CryptoError } from '../src/crypto/error.ts'
import { nativeSigner, nativeVerifier } from '../src/node/native-crypto.ts'
import { checkAip } from './vectors/aip.ts'
import { checkDidCore } from './vectors/did-core.ts'
import { read, UnreadableVectors } from './vectors/finding.ts'
import type { Finding } from './vectors/finding.ts'
import { checkEddsaJcs, checkJcs } from './vectors/json.ts'

interface VectorSet {
  readonly name: string
  /** What is expected, for the line that is printed. */
  readonly expects: string
  /** `dir` is the folder of this set. */
  readonly check: (dir: string) => Promise<Finding>
}

const SETS: readonly VectorSet[] = [
  { name: 'rfc8032', expects: 'all accepted, and signed alike', check: checkRfc8032 },
  { name: 'speccheck', expects: 'only case 3 accepted', check: checkSpeccheck },
  { name: 'zip215', expects: 'none accepted', check: checkZip215 },
  { name: 'dag-cbor-negative', expects: 'none accepted', check: checkDagCborNegative },
  { name: 'jcs-rfc8785', expects: 'spelled alike', check: checkJcs },
  {
    name: 'vc-di-eddsa',
    expects: 'the proof accepted and made alike, every change refused',
    check: async (dir) => checkEddsaJcs(dir, { verifiers: VERIFIERS, signers: SIGNERS }),
  },
  { name: 'did-core-suite', expects: 'all conform, and keys alike', check: checkDidCore },
  { name: 'aip', expects: 'every digit alike', check: checkAip },
]

const VERIFIERS: Readonly<Record<string, Verifier>> = {
  portable: portableVerifier,
  native: nativeVerifier,
}
const SIGNERS = { portable: portableSigner, native: nativeSigner }

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)

async function main([dir, ...more]: readonly string[]): Promise<number> {
  if (dir === undefined || more.length > 0) {
    console.error('Say where the vectors are: npm run vectors -- DIR')
    return 2
  }
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    console.error(`There is no directory ${dir} to read vectors from.`)
    return 2
  }
  const missing = SETS.find(({ name }) => !existsSync(join(dir, name)))
  if (missing !== undefined) {
    console.error(`The directory ${dir} has no folder "${missing.name}".`)
    return 2
  }
  let isSound = true
  for (const { name, expects, check } of SETS) {
    let finding: Finding
    try {
      finding = await check(join(dir, name))
    } catch (error) {
      if (!(error instanceof UnreadableVectors)) throw error
      console.error(`${error.message} ${asError(error.cause).message}`)
      return 2
    }
    const { asked, wrong } = finding
    isSound &&= asked > 0 && wrong.length === 0
    console.log(`${name}: ${asked - wrong.length} of ${asked} answers as expected (${expects})`)
    for (const answer of wrong) console.log(`  wrong: ${answer}`)
  }
  return isSound ? 0 : 1
}

async function checkRfc8032(dir: string): Promise<Finding> {
  const shape = z.object({ priv: hex, pub: hex, msg: hex, sig: hex })
  const cases = read(join(dir, 'rfc8032-ed25519.json'), z.array(shape).min(1))
  const found = await judgeAll(
    cases.map(({ pub, msg, sig }, at) => ({
      name: `case ${at}`,
      check: { message: fromHex(msg), publicKey: fromHex(pub), signature: fromHex(sig) },
      isSound: true,
    })),
  )
  const wrong = cases.flatMap(({ priv, pub, msg, sig }, at) =>
    Object.entries(SIGNERS).flatMap(([name, signerOf]) => {
      const signer = signerOf(fromHex(priv))
      const isSame =
        Buffer.from(signer.publicKey).toString('hex') === pub &&
        Buffer.from(signer.sign(fromHex(msg))).toString('hex') === sig
      return isSame ? [] : [`case ${at}: the ${name} signer signs otherwise`]
    }),
  )
  const signed = cases.length * Object.keys(SIGNERS).length
  return { asked: found.asked + signed, wrong: [...found.wrong, ...wrong] }
}

/** Case 3, counted from 0, is the only one that every strict library accepts: see its results.md. */
const SPECCHECK_SOUND = 3

async function checkSpeccheck(dir: string): Promise<Finding> {
  const shape = z.object({ message: hex, pub_key: hex, signature: hex })
  const cases = read(join(dir, 'cases.json'), z.array(shape).length(12))
  return judgeAll(
    cases.map(({ message, pub_key, signature }, at) => ({
      name: `case ${at}`,
      check: {
        message: fromHex(message),
        publicKey: fromHex(pub_key),
        signature: fromHex(signature),
      },
      isSound: at === SPECCHECK_SOUND,
    })),
  )
}

async function checkZip215(dir: string): Promise<Finding> {
  const shape = z.object({ vk_bytes: hex, sig_bytes: hex })
  const cases = read(join(dir, 'zip215.json'), z.array(shape).min(1))
  return judgeAll(
    cases.map(({ vk_bytes, sig_bytes }, at) => ({
      name: `case ${at}`,
      check: {
        message: textBytes('Zcash'), // the message of every case, as ZIP 215 says
        publicKey: fromHex(vk_bytes),
        signature: fromHex(sig_bytes),
      },
      isSound: false,
    })),
  )
}

async function checkDagCborNegative(dir: string): Promise<Finding> {
  const shape = z.object({ name: z.string(), hex })
  const files = globSync(join(dir, 'dag-cbor', 'decode', '*.json'))
  const cases = files.flatMap((file) => read(file, z.array(shape).min(1)))
  const wrong = cases.filter((one) => isDecoded(fromHex(one.hex))).map(({ name }) => name)
  return { asked: cases.length, wrong }
}

function isDecoded(bytes: Uint8Array): boolean {
  try {
    decodeCbor(bytes, 64 * KIB_BYTES)
    return true
  } catch (error) {
    if (error instanceof CryptoError) return false
    throw error
  }
}

interface SignatureCase {
  readonly name: string
  readonly check: SignatureCheck
  readonly isSound: boolean
}

/** Asks both implementations, at once and on the pool. */
async function judgeAll(cases: readonly SignatureCase[]): Promise<Finding> {
  const wrong: string[] = []
  let asked = 0
  for (const { name, check, isSound } of cases) {
    for (const [verifierName, verifier] of Object.entries(VERIFIERS)) {
      asked += 2
      const words = isSound ? 'refused' : 'accepted'
      if (verifier.verifyNow(check) !== isSound) wrong.push(`${name}: ${words} by ${verifierName}`)
      if ((await verifier.verify(check)) !== isSound) {
        wrong.push(`${name}: ${words} by ${verifierName}, asynchronously`)
      }
    }
  }
  return { asked, wrong }
}

process.exitCode = await main(process.argv.slice(2))
