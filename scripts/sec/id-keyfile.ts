/**
 * The file of the key: refused in every mode that lets others read it, whole or refused after any
 * damage, and its seed in no log line, no answer and no string of the heap.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fromHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { MIB_BYTES, MINUTE_MS } from '../../src/base/units.ts'
import { base58Text, base64urlText } from '../../src/crypto/multibase.ts'
import { readKeyFile } from '../../src/node/key-file.ts'
import { createIdentity } from '../../src/node/own-identity.ts'
import { Dice } from '../../test/simulation/dice.ts'
import { temporaryHome } from '../../test/support/nodes.ts'
import { rounded } from '../bench/parts/figures.ts'
import { count, type Attack } from './parts/attack.ts'

const HOLDER_LIMIT_MS = MINUTE_MS
/** Bits of a mode that give others something. */
const MODES = [0o604, 0o640, 0o644, 0o660, 0o602, 0o620, 0o666, 0o777, 0o610, 0o601]

export const attack: Attack = {
  does: 'The key file in other modes, damaged, and its seed looked for in logs and heap.',
  flags: { n: { fallback: '2000', meaning: 'damaged files' } },
  gate: { n: '500' },
  limitMs: 2 * MINUTE_MS,
  run: async ({ flags, seed: chance }) => {
    const n = count(flags, 'n', 1, 1_000_000)
    const misses: string[] = []
    await using stack = new AsyncDisposableStack()
    const home = await temporaryHome(stack)
    const path = join(home, 'keys', 'operational.key')
    await createIdentity(path, { workBits: 0 })
    const mode = (await stat(path)).mode & 0o777
    if (mode !== 0o600) misses.push(`the file is made with the mode ${mode.toString(8)}`)

    let modesRefused = 0
    for (const wrong of MODES) {
      await chmod(path, wrong)
      const code = await codeOf(readKeyFile(path))
      if (code === 'node/key-file-mode') modesRefused++
      else misses.push(`mode ${wrong.toString(8)}: ${code}`)
    }
    await chmod(path, 0o600)

    const whole = await readFile(path)
    const dice = new Dice(chance)
    const damagedPath = join(home, 'damaged.key')
    await writeFile(damagedPath, whole, { mode: 0o600 })
    let damagedRefused = 0
    for (let at = 0; at < n; at++) {
      const bytes = Buffer.from(whole)
      const spot = dice.below(bytes.length)
      if (dice.chance(0.2)) await writeFile(damagedPath, bytes.subarray(0, spot))
      else {
        bytes[spot] = (bytes[spot] ?? 0) ^ (1 << dice.below(8))
        await writeFile(damagedPath, bytes)
      }
      const code = await codeOf(readKeyFile(damagedPath))
      if (code === 'node/key-file-invalid') damagedRefused++
      else if (misses.length < 5) misses.push(`damage at ${spot}: ${code}`)
    }

    const planted = randomUUID()
    const { log, heap } = await heldBy(home, planted)
    const spellings = spellingsOf(whole.toString())
    const logHits = spellings.filter((one) => log.includes(one)).length
    const heapHits = spellings.filter((one) => heap.includes(one)).length
    if (!heap.includes(planted)) misses.push('control: a string that is held is not found')
    if (logHits > 0) misses.push(`${logHits} spellings of the seed in the log`)
    if (heapHits > 0) misses.push(`${heapHits} spellings of the seed in the heap`)
    const figures = {
      'modes refused': modesRefused,
      'damaged files refused': damagedRefused,
      'log lines': log.split('\n').length - 1,
      'heap snapshot MiB': rounded(heap.length / MIB_BYTES),
      'seed in the log': logHits,
      'seed in the heap snapshot': heapHits,
    }
    return { figures, misses }
  },
}

/** What a node that has read the key holds in its heap, and what it wrote. */
async function heldBy(home: string, planted: string): Promise<{ log: string; heap: Buffer }> {
  const holder = join(import.meta.dirname, 'parts/key-holder.ts')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [holder, home, planted], {
    maxBuffer: 64 * MIB_BYTES,
    timeout: HOLDER_LIMIT_MS,
  })
  return { log: stdout + stderr, heap: await readFile(join(home, 'heap.heapsnapshot')) }
}

function spellingsOf(line: string): readonly string[] {
  const [, seedHex = ''] = /^\S+ ([0-9a-f]{64}) /.exec(line) ?? []
  if (seedHex === '') throw new Error('the key file has another form')
  const bytes = fromHex(seedHex)
  const base64 = Buffer.from(bytes).toString('base64')
  return [seedHex, seedHex.toUpperCase(), base64, base64urlText(bytes).slice(1), base58Text(bytes)]
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'taken'
  } catch (error) {
    return error instanceof AipError ? error.fault.code : `untyped: ${String(error)}`
  }
}
