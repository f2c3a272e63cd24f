/** Canonical JSON, and signatures over it, against the examples of RFC 8785 and of W3C. */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { textBytes, toHex } from '../../src/base/bytes.ts'
import { checkOfProof, createProof } from '../../src/crypto/eddsa-jcs.ts'
import type { Signer, Verifier } from '../../src/crypto/ed25519.ts'
import { canonicalJson } from '../../src/crypto/jcs.ts'
import { bytesOfBase58, keyOfMultikey } from '../../src/crypto/multibase.ts'
import { read, readLine, UnreadableVectors } from './finding.ts'
import type { Finding } from './finding.ts'

/** Each file of `input`, spelled as the file of that name in `output`, and by the bytes in `outhex`. */
export async function checkJcs(dir: string): Promise<Finding> {
  const names = globSync(join(dir, 'input', '*.json')).map((path) => basename(path, '.json'))
  const wrong = names.flatMap((name) => {
    const spelled = canonicalJson(read(join(dir, 'input', `${name}.json`), z.unknown()))
    const expected = readLine(join(dir, 'output', `${name}.json`))
    const hex = readLine(join(dir, 'outhex', `${name}.txt`)).replaceAll(/\s/g, '')
    return [
      ...(spelled === expected ? [] : [`${name}: spelled otherwise`]),
      ...(toHex(textBytes(spelled)) === hex ? [] : [`${name}: other bytes`]),
    ]
  })
  return { asked: 2 * names.length, wrong }
}

const Json = z.record(z.string(), z.unknown())
const Secured = Json.and(z.object({ proof: Json }))
const Options = z.object({
  created: z.string(),
  verificationMethod: z.string(),
  proofPurpose: z.string(),
})
const KeyPair = z.object({ publicKeyMultibase: z.string(), privateKeyMultibase: z.string() })

/** The example of `eddsa-jcs-2022`: each step of it, the signature anew, and every change refused. */
export async function checkEddsaJcs(
  dir: string,
  tools: {
    readonly verifiers: Readonly<Record<string, Verifier>>
    readonly signers: Readonly<Record<string, (seed: Uint8Array) => Signer>>
  },
): Promise<Finding> {
  const file = (name: string): string => join(dir, 'eddsa-jcs-2022', name)
  const { proof, ...document } = read(file('signedJCS.json'), Secured)
  const options = read(file('proofConfigJCS.json'), Json)
  const keys = read(join(dir, 'keyPair.json'), KeyPair)
  const publicKey = keyOfMultikey(keys.publicKeyMultibase)
  const seed = bytesOfBase58(keys.privateKeyMultibase)?.slice(2)
  const check = publicKey && checkOfProof(document, proof, publicKey)
  if (publicKey === undefined || seed === undefined || check === undefined) {
    throw new UnreadableVectors(`${dir} does not hold the vectors it should.`, {
      cause: new Error('its keys or its proof cannot be read'),
    })
  }

  const answers: (readonly [string, boolean])[] = [
    ['the canonical document', canonicalJson(document) === readLine(file('canonDocJCS.txt'))],
    ['the canonical options', canonicalJson(options) === readLine(file('proofCanonJCS.txt'))],
    ['what is signed', toHex(check.message) === readLine(file('combinedHashJCS.txt'))],
    ['the signature', toHex(check.signature) === readLine(file('sigHexJCS.txt'))],
    ['its text', proof['proofValue'] === readLine(file('sigBTC58JCS.txt'))],
  ]
  for (const [name, verifier] of Object.entries(tools.verifiers)) {
    answers.push([`the proof, by ${name}`, verifier.verifyNow(check)])
    for (const field of Object.keys(document)) {
      const changed = checkOfProof({ ...document, [field]: 'another' }, proof, publicKey)
      const isAccepted = changed !== undefined && verifier.verifyNow(changed)
      answers.push([`another ${field}, by ${name}`, !isAccepted])
    }
    for (const field of Object.keys(proof)) {
      const changed = checkOfProof(document, { ...proof, [field]: 'another' }, publicKey)
      const isAccepted = changed !== undefined && verifier.verifyNow(changed)
      answers.push([`another proof.${field}, by ${name}`, !isAccepted])
    }
  }
  for (const [name, signerOf] of Object.entries(tools.signers)) {
    const made = createProof(document, Options.parse(options), signerOf(seed))
    answers.push([`the proof made by ${name}`, canonicalJson(made) === canonicalJson(proof)])
  }
  const wrong = answers.filter(([, isRight]) => !isRight).map(([what]) => what)
  return { asked: answers.length, wrong }
}
