import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import {
  didDocument,
  IdentityState,
  incept,
  portableSigner,
  portableVerifier,
} from '../../src/entry/identity.ts'
import {
  Candidate,
  judgeTime,
  parseRecordId,
  recordIdText,
  SignatureProof,
  signRecord,
  Verified,
} from '../../src/entry/records.ts'
import { View } from '../../src/entry/trust.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const ENTRIES = ['trust', 'records', 'identity']
/** More than any entry reaches; a walk that reaches more has left the pure part. */
const FILES_LIMIT = 400

function pathOf(entry: string): string {
  return join(ROOT, 'src/entry', `${entry}.ts`)
}

/** Everything that a file imports, directly or not, types included: files, and what is no file. */
function reach(start: string): { readonly files: Set<string>; readonly builtins: string[] } {
  const files = new Set([start])
  const builtins: string[] = []
  for (const file of files) {
    if (files.size > FILES_LIMIT) throw new Error(`${start} reaches more than ${FILES_LIMIT} files`)
    const text = readFileSync(file, 'utf8')
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (isBuiltin(fileName)) builtins.push(`${file}: ${fileName}`)
      else files.add(resolved(fileName, file))
    }
  }
  return { files, builtins }
}

function resolved(name: string, from: string): string {
  if (name.startsWith('.')) return fileURLToPath(new URL(name, pathToFileURL(from)))
  const found = ts.resolveModuleName(
    name,
    from,
    {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      customConditions: ['browser'],
      allowJs: true,
      noDtsResolution: true,
    },
    ts.sys,
  ).resolvedModule
  if (found === undefined) throw new Error(`${from} imports ${name}, which is nowhere`)
  return found.resolvedFileName
}

function isExport(line: string): boolean {
  return line.startsWith('export ')
}

describe.each(ENTRIES)('the entry %s', (entry) => {
  test('reaches no module of Node, through packages neither', () => {
    const { files, builtins } = reach(pathOf(entry))
    expect(builtins).toEqual([])
    expect(files.size).toBeGreaterThan(10)
    expect([...files].some((file) => file.includes('node_modules'))).toBe(true)
  })

  test('stays in the pure modules', () => {
    const own = [...reach(pathOf(entry)).files].filter((file) => !file.includes('node_modules'))
    const modules = new Set(own.map((file) => file.slice(ROOT.length + 1).split('/')[1]))
    const pure = ['base', 'crypto', 'entry', 'identity', 'records', 'trust']
    expect([...modules].filter((module) => module === undefined || !pure.includes(module))).toEqual(
      [],
    )
  })

  test('says of each group of names what they are', () => {
    const lines = readFileSync(pathOf(entry), 'utf8').split('\n')
    const bare = lines.filter((line, at) => {
      const before = lines[at - 1] ?? ''
      const follows = before.trimEnd().endsWith('*/') || isExport(before) || before.startsWith('} ')
      return isExport(line) && !follows
    })
    expect(bare).toEqual([])
    expect(lines.filter(isExport).length).toBeGreaterThan(5)
  })
})

test('a walk finds a module of Node where there is one', () => {
  const { builtins } = reach(join(ROOT, 'src/records/bundle-check.ts'))
  expect(builtins).toEqual([])
  expect(reach(join(ROOT, 'src/node/native-crypto.ts')).builtins).not.toEqual([])
})

test('the three entries together take signed bytes to a score', async () => {
  const network = 'local'
  const nowMs = Date.UTC(2026, 10, 23)
  const agents = [1, 2].map((seed) => {
    const signer = portableSigner(new Uint8Array(32).fill(seed))
    const { log } = incept({ genesis: signer, verifier: portableVerifier })
    const { bytes } = IdentityState.of(log)
    return { signer, state: IdentityState.parse(bytes, { network, verifier: portableVerifier }) }
  })
  const [alice, bob] = agents
  if (alice === undefined || bob === undefined) throw new Error('two agents were made')
  const bytes = signRecord(
    {
      type: 'vouch',
      subject: bob.state.did,
      inception: bob.state.branches[0].inception,
      scope: 'general',
      level: 1000,
      sequence: 1,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + 1000,
    },
    alice.signer,
    { network, issuer: alice.state.did },
  )
  const candidate = Candidate.parse(bytes, { network })
  expect(judgeTime(candidate.record, nowMs)).toBeUndefined()
  const proof = await SignatureProof.of(candidate.check, portableVerifier)
  if (proof === undefined) throw new Error('the signature holds')
  const verified = Verified.of(candidate, proof)
  expect(parseRecordId(recordIdText(verified.id))).toBe(verified.id)
  const view = View.of([verified], {
    viewer: alice.state.did,
    nowMs,
    profile: 'strict',
    identityOf: (did) => agents.find(({ state }) => state.did === did)?.state,
    pins: new Map(),
    introducers: [],
    privateOutcomes: [],
  })
  expect(view.score(bob.state.did, 'general')).toMatchObject({ state: 'unknown', standing: 1 })
  expect(didDocument(bob.state).id).toBe(bob.state.did)
})
