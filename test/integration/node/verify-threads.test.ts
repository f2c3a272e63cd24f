/** Signatures checked on threads of our own: a real one, by the hundred. */
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { expect, test, vi } from 'vitest'
import { SignatureProof, type SignatureCheck } from '../../../src/crypto/ed25519.ts'
import { nativeSigner, nativeVerifier, randomSeed } from '../../../src/node/native-crypto.ts'
import { HIRE_AFTER_CHECKS, VerifyCrew } from '../../../src/node/verify/crew.ts'
import { startVerifyThread } from '../../../src/node/verify/thread.ts'

const signers = Array.from({ length: 4 }, () => nativeSigner(randomSeed()))

function checks(count: number): SignatureCheck[] {
  return Array.from({ length: count }, (_, at) => {
    const signer = signers[at % signers.length] ?? nativeSigner(randomSeed())
    const message = Buffer.from(`message ${at}`)
    const signature = Uint8Array.from(signer.sign(message))
    // Every third is broken: in its signature, in its message, or by another key.
    if (at % 9 === 0) signature[1] = (signature[1] ?? 0) ^ 1
    if (at % 9 === 3) message[0] = 0
    const publicKey = at % 9 === 6 ? signers[(at + 1) % 4]?.publicKey : signer.publicKey
    return { message, signature, publicKey: publicKey ?? signer.publicKey }
  })
}

test('a thread says of each check what the pool says', async () => {
  const all = checks(300)
  const onPool = vi.fn<(check: SignatureCheck) => Promise<boolean>>()
  onPool.mockResolvedValue(true)
  const crew = new VerifyCrew({ onPool, startThread: startVerifyThread, threadsLimit: 1 })
  const [first] = all
  if (first === undefined) throw new Error('no checks')
  await Promise.all(Array.from({ length: HIRE_AFTER_CHECKS }, async () => crew.verify(first)))
  expect(crew.threadCount).toBe(1)
  // Until the thread is ready the pool is asked, which says yes to everything.
  const ofThread = await vi.waitFor(
    async () => {
      onPool.mockClear()
      const answers = await Promise.all(all.map(async (check) => crew.verify(check)))
      expect(onPool).not.toHaveBeenCalled()
      return answers
    },
    { timeout: 20_000, interval: 20 },
  )
  expect(ofThread).toEqual(all.map((check) => nativeVerifier.verifyNow(check)))
  expect(ofThread.filter(Boolean)).toHaveLength(200)
})

test('the verifier of the process gives the same verdicts in bulk as one at a time', async () => {
  const all = checks(400)
  const proofs = await Promise.all(
    all.map(async (check) => SignatureProof.of(check, nativeVerifier)),
  )
  expect(proofs.map((proof) => proof !== undefined)).toEqual(
    all.map((check) => nativeVerifier.verifyNow(check)),
  )
})

/** The priorities of this process's threads that are not the usual one. */
function lowPriorities(): readonly number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
    // Behind the name in parentheses, which may hold spaces, nice is the 17th field.
    const nice = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    return nice === 0 ? [] : [nice]
  })
}

test.runIf(process.platform === 'linux')('a thread steps back behind all others', async () => {
  const before = lowPriorities().length
  const ready = Promise.withResolvers<void>()
  const thread = startVerifyThread({
    onReady: () => ready.resolve(),
    onVerdicts: () => undefined,
    onEnd: () => ready.reject(new Error('the thread ended')),
  })
  await ready.promise
  const now = lowPriorities()
  thread.stop()
  expect(now).toHaveLength(before + 1)
  expect(now.at(-1)).toBe(constants.priority.PRIORITY_BELOW_NORMAL)
})
