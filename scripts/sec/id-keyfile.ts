/**
 * The file of the key: refused in every mode that lets others read it, whole or refused after any
 * damage, and its seed in no log line, no answer and no string of the heap.
 */
import { randomUUID } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getHeapSnapshot } from 'node:v8'
import { createLogger } from '../../src/cli/logger.ts'
import { AipError } from '../../src/base/error.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import { base58Text, base64urlText } from '../../src/crypto/multibase.ts'
import { readKeyFile } from '../../src/node/key-file.ts'
import { createIdentity, readIdentity } from '../../src/node/own-identity.ts'
import { AipNode } from '../../src/node/node.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { Dice } from '../../test/simulation/dice.ts'
import { temporaryHome } from '../../test/support/nodes.ts'
import { count, type Attack } from './parts/attack.ts'

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

    const lines: string[] = []
    const log = createLogger({ format: 'json', level: 'debug', write: (line) => lines.push(line) })
    await lives(home, path, log)
    const spellings = spellingsOf(whole.toString())
    const logHits = spellings.filter((one) => lines.join('').includes(one)).length
    const heapHits = await hitsInHeap(spellings)
    if (logHits > 0) misses.push(`${logHits} spellings of the seed in the log`)
    if (heapHits > 0) misses.push(`${heapHits} spellings of the seed in the heap`)
    const figures = {
      'modes refused': modesRefused,
      'damaged files refused': damagedRefused,
      'log lines': lines.length,
      'seed in the log': logHits,
      'seed in the heap snapshot': heapHits,
    }
    return { figures, misses }
  },
}

/** A node with that key, for as long as it takes to start, say something, fail at something and stop. */
async function lives(
  home: string,
  path: string,
  log: ReturnType<typeof createLogger>,
): Promise<void> {
  const identity = await readIdentity(path)
  if (identity === undefined) throw new Error('the key file is there')
  await using node = await AipNode.start({
    home,
    identity,
    network: {
      v: 1,
      name: 'local',
      preset: 'local',
      bootstrap: [],
      shardBits: 0,
      shardLimitBytes: 2 ** 30,
      workBits: 0,
    },
    profile: 'offline',
    listen: [],
    trust: { profile: 'strict', introducers: [] },
    origins: [],
    userAgent: 'aip-node/test',
    clock: Date.now,
    log,
  })
  await node.pipeline.offer(new Uint8Array(9), { via: 'api' })
}

/** As nobody has them in source or memory before: made after the node has stopped. */
function spellingsOf(line: string): readonly string[] {
  const [, seedHex = ''] = /^\S+ ([0-9a-f]{64}) /.exec(line) ?? []
  if (seedHex === '') throw new Error('the key file has another form')
  const bytes = fromHex(seedHex)
  const base64 = Buffer.from(bytes).toString('base64')
  return [seedHex, seedHex.toUpperCase(), base64, base64urlText(bytes).slice(1), base58Text(bytes)]
}

/**
 * Spellings that stand in more strings of the heap than the one of this attack.
 *
 * @throws {Error} when a planted one is not found: then nothing would be.
 */
async function hitsInHeap(spellings: readonly string[]): Promise<number> {
  const planted = randomUUID()
  const holding = [`a string with ${planted} in it`, `another with ${planted}`]
  let text = ''
  for await (const chunk of getHeapSnapshot()) text += String(chunk)
  const isHit = (one: string): boolean => text.split(one).length > 2
  if (!isHit(planted) || holding.length !== 2) throw new Error('a planted string is not found')
  return spellings.filter(isHit).length
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'taken'
  } catch (error) {
    return error instanceof AipError ? error.fault.code : `untyped: ${String(error)}`
  }
}
