/**
 * The pages of docs/ that say they can be run, run: each in a home directory of its own, beside the nodes
 * `~/alice` and `~/bob`, which know each other.
 */
import { globSync, readFileSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { COMMAND } from '../support/built.ts'
import { blocksOf, isShown, type Block } from '../support/doc-blocks.ts'
import { stage } from '../support/processes.ts'
import { run, type Ended } from './cli-run.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const pages = globSync('docs/**/*.md', { cwd: ROOT })
  .map((path) => ({ path, blocks: blocksOf(readFileSync(join(ROOT, path), 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0)

test('there are pages to run, and every marked block is found', () => {
  expect(pages.length).toBeGreaterThanOrEqual(12)
  for (const { path, blocks } of pages) {
    const marked = readFileSync(join(ROOT, path), 'utf8').match(/^```\w+ run$/gm) ?? []
    expect(blocks.length, path).toBe(marked.length)
  }
})

test('an output is matched whole, with … for anything within a line', () => {
  expect(isShown('a … c\nd\n', 'a b c\nd\n')).toBe(true)
  expect(isShown('a … c', 'a b\nb c')).toBe(false)
  expect(isShown('a', 'a\nb')).toBe(false)
  expect(isShown('score 0.5', 'score 0x5')).toBe(false)
})

test.each(pages)('$path does what it says', async ({ blocks }) => {
  await using cast = await stage()
  const home = cast.root
  const alice = await cast.enter('alice', [])
  await cast.enter('bob', [alice.address])
  await mkdir(join(home, 'bin'))
  await mkdir(join(home, 'node_modules'))
  await symlink(ROOT, join(home, 'node_modules', 'aip-node'))
  const command = join(home, 'bin', 'aip-node')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`)
  await chmod(command, 0o700)

  const env = {
    HOME: home,
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    AIP_NODE_HOME: alice.home,
    PYTHONDONTWRITEBYTECODE: '1',
  }
  for (const [at, block] of blocks.entries()) {
    const ended = await runBlock(block, join(home, `block-${at}`), { env, cwd: home })
    expect(ended.code, `${block.code}\n${ended.out}${ended.err}`).toBe(0)
    if (block.output === undefined) continue
    if (!isShown(block.output, ended.out)) expect(ended.out).toBe(block.output)
  }
})

async function runBlock(
  { language, code }: Block,
  stem: string,
  where: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Ended> {
  const [suffix, ...program] = {
    sh: ['sh', 'sh', '-eu'],
    ts: ['mts', process.execPath],
    py: ['py', 'python3'],
  }[language]
  const file = `${stem}.${suffix}`
  await writeFile(file, code)
  const [first, ...rest] = program
  if (first === undefined) throw new Error('a program runs each language')
  return run([file], { ...where, program: [first, ...rest] })
}
