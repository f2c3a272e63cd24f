/**
 * Makes the test vectors of our own formats, from fixed seeds, for who implements them elsewhere.
 *
 *     npm run generate-vectors             writes test/vectors/*.json
 *     npm run generate-vectors -- --check  writes nothing; exit 1 when a file is not what it would write
 *
 * The same on every machine and at any time: no clock, no chance. Each file says in `about` what its
 * cases are. `npm run vectors` is the other way round: it holds this project against vectors of others.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { agentCardVectors } from './made-vectors/agent-cards.ts'
import { challengeVectors } from './made-vectors/challenge.ts'
import { identityVectors } from './made-vectors/identity.ts'
import { recordVectors } from './made-vectors/records.ts'
import { textVectors } from './made-vectors/text.ts'

const DIRECTORY = resolve(import.meta.dirname, '../test/vectors')

const FILES: Readonly<Record<string, () => object>> = {
  'identity.json': identityVectors,
  'challenge.json': challengeVectors,
  'records.json': recordVectors,
  'text-signatures.json': textVectors,
  'agent-cards.json': agentCardVectors,
}

function present(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const args = process.argv.slice(2)
const isCheck = args.includes('--check')
if (args.some((one) => one !== '--check')) {
  console.error('usage: npm run generate-vectors [-- --check]')
  process.exitCode = 2
} else {
  mkdirSync(DIRECTORY, { recursive: true })
  for (const [name, make] of Object.entries(FILES)) {
    const path = join(DIRECTORY, name)
    const text = `${JSON.stringify(make(), undefined, 2)}\n`
    const isSame = present(path) === text
    if (!isSame && !isCheck) writeFileSync(path, text)
    if (!isSame && isCheck) process.exitCode = 1
    console.log(`${name}: ${isSame ? 'in step' : isCheck ? 'NOT in step' : 'written'}`)
  }
}
