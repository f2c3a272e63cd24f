/**
 * Set-up of the end-to-end tests: what they start is what users start, the built command and pages, as
 * the sources are now.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BUILT = ['dist/src/cli/main.js', 'dist/ui/index.html']
const SOURCES = ['src/**/*', 'scripts/build.ts', 'config/tools/vite.config.ts', 'package.json']

/** The command of the package, for the interpreter. */
export const COMMAND = join(ROOT, 'dist', 'src', 'cli', 'main.js')

export function setup(): void {
  if (!isStale()) return
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (status !== 0 || stderr !== '') throw new Error(`the package cannot be built: ${stderr}`)
}

function isStale(): boolean {
  const built = BUILT.map((file) => join(ROOT, file))
  if (!built.every((file) => existsSync(file))) return true
  const oldest = Math.min(...built.map((file) => statSync(file).mtimeMs))
  return globSync(SOURCES, { cwd: ROOT }).some(
    (file) => statSync(join(ROOT, file)).mtimeMs > oldest,
  )
}
