/**
 * The signature rule on several versions of Node, which bring several versions of OpenSSL: each is
 * fetched from the registry into a directory of its own and asked for its verdict on the same bytes.
 *
 *     npm run sec -- ed25519:matrix --vectors DIR
 *
 * The cases are those of `test/crypto/hostile.ts`, written from the standard; DIR adds the 12 of
 * `speccheck/cases.json`, those of `zip215/zip215.json`, and what `wycheproof/*.json` has of EdDSA.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { fromHex, textBytes, toHex } from '../../src/base/bytes.ts'
import { asError } from '../../src/base/error.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import type { SignatureCheck } from '../../src/crypto/ed25519.ts'
import { HOSTILE_CASES, SMALL_ORDER_ENCODINGS } from '../../test/crypto/hostile.ts'
import { RFC8032_CASES } from '../../test/crypto/rfc8032.ts'
import { read } from '../vectors/finding.ts'
import { AttackUsageError, type Attack, type Figure } from './parts/attack.ts'
import type { Verdicts } from './parts/signature-verdicts.ts'

const JUDGE = join(import.meta.dirname, 'parts', 'signature-verdicts.ts')
const INSTALL_LIMIT_MS = 2 * MINUTE_MS
const JUDGE_LIMIT_MS = MINUTE_MS
/** Of the twelve, counted from 0, the one that every strict library accepts. */
const SPECCHECK_SOUND = 3
const THIS = 'this'

interface Case {
  readonly name: string
  readonly check: SignatureCheck
  /** By the rule; undefined where only agreement is asked for. */
  readonly isSound: boolean | undefined
}

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)

export const attack: Attack = {
  does: 'Signatures at the edges of the rule, on three versions of Node: one verdict, nothing of small order.',
  flags: {
    versions: {
      fallback: '22,24,26',
      meaning: 'of Node, from the registry; "this": the one that runs',
    },
    vectors: { fallback: '', meaning: 'a directory with speccheck, zip215 and wycheproof' },
  },
  gate: { versions: THIS },
  limitMs: 10 * MINUTE_MS,
  run: async ({ flags, progress }) => {
    const versions = (flags['versions'] ?? '').split(',')
    const wrongVersion = versions.find(
      (one) => one !== THIS && !/^\d{1,3}(?:\.\d{1,3}){0,2}$/.test(one),
    )
    if (wrongVersion !== undefined) {
      throw new AttackUsageError('--versions takes versions of Node, with commas between them.')
    }
    const { cases, counts } = casesOf(flags['vectors'] ?? '')
    const asked = cases.map(({ check: { message, publicKey, signature } }) =>
      [message, publicKey, signature].map(toHex),
    )
    const judged: Verdicts[] = []
    const missing: string[] = []
    for (const version of versions) {
      try {
        await using stack = new AsyncDisposableStack()
        const node = version === THIS ? process.execPath : await installed(version, stack)
        const verdicts = await verdictsOf(node, asked)
        judged.push(verdicts)
        progress(`${verdicts.node} with OpenSSL ${verdicts.openssl} has judged ${cases.length}`)
      } catch (error) {
        missing.push(`Node ${version}: ${asError(error).message}`)
      }
    }
    const misses = judged.flatMap((verdicts) => missesOf(verdicts, cases))
    const figures: Record<string, Figure> = {
      ...counts,
      cases: cases.length,
      sound: cases.filter(({ isSound }) => isSound === true).length,
      smallOrder: cases.filter(({ check }) => isOfSmallOrder(check)).length,
      smallOrderAccepted: judged.reduce(
        (sum, verdicts) => sum + smallOrderAccepted(verdicts, cases),
        0,
      ),
      versions: judged.map(({ node, openssl }) => `${node} (OpenSSL ${openssl})`).join(', '),
      equal:
        new Set(judged.flatMap(({ native, threads, portable }) => [native, threads, portable]))
          .size <= 1,
      notRun: missing.join('; '),
    }
    const notRun = missing.length === 0 ? {} : { notRun: missing.join('; ') }
    return { figures, misses, ...notRun }
  },
}

/** Where an answer is not the rule's, or differs between the three that compute it. */
function missesOf(verdicts: Verdicts, cases: readonly Case[]): string[] {
  const { node, native, threads, portable } = verdicts
  return cases.flatMap(({ name, isSound }, at) => {
    const answers = [native[at], threads[at], portable[at]]
    const expected = isSound === undefined ? portable[at] : isSound ? '1' : '0'
    return answers.every((answer) => answer === expected)
      ? []
      : [`${node}: ${name}: ${answers.join('')}, not ${expected ?? 'none'}`]
  })
}

function smallOrderAccepted(
  { native, threads, portable }: Verdicts,
  cases: readonly Case[],
): number {
  return cases.filter(
    ({ check }, at) =>
      isOfSmallOrder(check) && [native[at], threads[at], portable[at]].includes('1'),
  ).length
}

const SMALL_ORDER = new Set(SMALL_ORDER_ENCODINGS.map((encoding) => toHex(encoding)))

function isOfSmallOrder({ publicKey, signature }: SignatureCheck): boolean {
  return SMALL_ORDER.has(toHex(publicKey)) || SMALL_ORDER.has(toHex(signature.subarray(0, 32)))
}

function casesOf(vectors: string): {
  readonly cases: readonly Case[]
  readonly counts: Readonly<Record<string, number>>
} {
  const sets: Record<string, readonly Case[]> = {
    hostile: HOSTILE_CASES,
    rfc8032: RFC8032_CASES.map(({ name, message, publicKey, signature }) => ({
      name: `RFC 8032 ${name}`,
      check: { message, publicKey, signature },
      isSound: true,
    })),
    speccheck: [],
    zip215: [],
    wycheproof: [],
  }
  if (vectors !== '') {
    if (!existsSync(vectors)) throw new AttackUsageError(`There is no directory ${vectors}.`)
    sets['speccheck'] = speccheck(join(vectors, 'speccheck', 'cases.json'))
    sets['zip215'] = zip215(join(vectors, 'zip215', 'zip215.json'))
    sets['wycheproof'] = globSync('wycheproof/**/*.json', { cwd: vectors }).flatMap((file) =>
      wycheproof(join(vectors, file)),
    )
  }
  const counts = Object.entries(sets).map(([name, { length }]) => [name, length])
  return { cases: Object.values(sets).flat(), counts: Object.fromEntries(counts) }
}

function speccheck(file: string): readonly Case[] {
  if (!existsSync(file)) return []
  const shape = z.object({ message: hex, pub_key: hex, signature: hex })
  return read(file, z.array(shape).length(12)).map(({ message, pub_key, signature }, at) => ({
    name: `speccheck ${at}`,
    check: {
      message: fromHex(message),
      publicKey: fromHex(pub_key),
      signature: fromHex(signature),
    },
    isSound: at === SPECCHECK_SOUND,
  }))
}

function zip215(file: string): readonly Case[] {
  if (!existsSync(file)) return []
  const shape = z.object({ vk_bytes: hex, sig_bytes: hex })
  return read(file, z.array(shape).min(1)).map(({ vk_bytes, sig_bytes }, at) => ({
    name: `zip215 ${at}`,
    check: {
      message: textBytes('Zcash'), // the message of every case, as ZIP 215 says
      publicKey: fromHex(vk_bytes),
      signature: fromHex(sig_bytes),
    },
    isSound: false,
  }))
}

/** Files of other algorithms have no groups of this shape, and add nothing. */
function wycheproof(file: string): readonly Case[] {
  const test = z.object({ tcId: z.int(), msg: hex, sig: hex, result: z.string() })
  const group = z.object({
    publicKey: z.object({ type: z.string(), pk: hex }),
    tests: z.array(test),
  })
  const shape = z.object({ algorithm: z.string(), testGroups: z.array(z.unknown()) })
  const { algorithm, testGroups } = read(file, shape)
  if (algorithm !== 'EDDSA') return []
  return testGroups.flatMap((one) => {
    const { data } = group.safeParse(one)
    if (data?.publicKey.pk.length !== 64) return [] // Ed448
    return data.tests.map(({ tcId, msg, sig, result }) => ({
      name: `wycheproof ${tcId}`,
      check: {
        message: fromHex(msg),
        publicKey: fromHex(data.publicKey.pk),
        signature: fromHex(sig),
      },
      isSound: result === 'acceptable' ? undefined : result === 'valid',
    }))
  })
}

/** The program of this version, in a directory that goes with the stack. */
async function installed(version: string, stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aip-matrix-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  // What the package `node` fetches when it is installed: the program itself, with no script to run.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const manifest = { private: true, dependencies: { [name]: version } }
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  const child = spawn('npm', args, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_LIMIT_MS,
  })
  const [complaint] = await Promise.all([text(child.stderr), once(child, 'close')])
  const program = join(directory, 'node_modules', name, 'bin', 'node')
  if (child.exitCode === 0 && existsSync(program)) return program
  const [line = 'npm was ended'] = complaint.split('\n').filter((one) => one.includes('error'))
  throw new Error(`it cannot be installed: ${line}`)
}

async function verdictsOf(node: string, cases: readonly (readonly string[])[]): Promise<Verdicts> {
  const child = spawn(node, [JUDGE], { stdio: ['pipe', 'pipe', 'pipe'], timeout: JUDGE_LIMIT_MS })
  child.stdin.end(JSON.stringify(cases))
  const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (said === '') throw new Error(`it did not judge: ${complaint.trim().split('\n').at(-1) ?? ''}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other side is ours
  return JSON.parse(said) as Verdicts
}
