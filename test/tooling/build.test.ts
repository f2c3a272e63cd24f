import { spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, existsSync, globSync, mkdirSync } from 'node:fs'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aip-build-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

function build(root: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(root, 'scripts/build.ts'), ...args], {
    cwd: directory,
    encoding: 'utf8',
  })
}

/** A project in the temporary directory with the real script and a source of its own. */
function project(sources: Readonly<Record<string, string>>): string {
  const root = join(directory, 'project')
  mkdirSync(join(root, 'scripts'), { recursive: true })
  cpSync(join(ROOT, 'scripts/build.ts'), join(root, 'scripts/build.ts'))
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

test('every source file becomes one of JavaScript, whose imports name JavaScript', () => {
  expect(build(ROOT, directory)).toMatchObject({ status: 0, stderr: '' })
  const sources = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['src/dashboard/**'] })
  const targets = globSync('src/**/*.js', { cwd: directory })
  expect(targets.toSorted()).toEqual(
    sources.map((source) => source.replace(/\.ts$/, '.js')).toSorted(),
  )
  expect(existsSync(join(directory, 'ui/index.html'))).toBe(true)
  for (const target of targets) {
    const text = readFileSync(join(directory, target), 'utf8')
    expect(text, target).not.toMatch(/^(?:import|export) .*from ['"]\..*\.ts['"]/m)
    expect(text, target).not.toMatch(/import\(['"]\..*\.ts['"]\)/)
  }
})

test('what was built runs', () => {
  build(ROOT, directory)
  const built = join(directory, 'src/base/bytes.js')
  const program = `import { toHex } from ${JSON.stringify(built)}; console.log(toHex(Uint8Array.of(255)))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  expect(stdout).toBe('ff\n')
})

test('the command is executable and names its interpreter; what an older build left is gone', () => {
  const command = 'export const run = 1\n'
  for (const source of [command, `#!/usr/bin/env node\n${command}`]) {
    const root = project({ 'src/cli/main.ts': source, 'dist/src/old.js': '' })
    cpSync(join(ROOT, 'node_modules/typescript'), join(root, 'node_modules/typescript'), {
      recursive: true,
      filter: (path) => !path.includes('/lib/lib.'),
    })
    expect(build(root)).toMatchObject({ status: 0, stderr: '' })
    const target = join(root, 'dist/src/cli/main.js')
    expect(readFileSync(target, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\nexport const run/)
    accessSync(target, constants.X_OK)
    expect(existsSync(join(root, 'dist/src/old.js'))).toBe(false)
  }
})

test('without a compiler it says so, builds nothing and ends well', () => {
  const root = project({ 'src/cli/main.ts': '' })
  expect(build(root)).toMatchObject({
    status: 0,
    stderr: 'TypeScript is not installed, so dist was not built.\n',
  })
  expect(existsSync(join(root, 'dist'))).toBe(false)
})
