/** The package as it would be installed, its dependencies those of this checkout. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..', '..')

export interface BuiltPackage {
  readonly root: string
  /** What starts the command, for the interpreter: its flags, then the file. */
  readonly command: readonly string[]
}

/** Builds into a new directory inside `directory`. @throws {Error} when it cannot be built. */
export async function buildPackage(directory: string): Promise<BuiltPackage> {
  const root = join(directory, 'package')
  await mkdir(root)
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'))
  await cp(join(ROOT, 'config'), join(root, 'config'), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const build = [join(ROOT, 'scripts', 'build.ts'), join(root, 'dist')]
  const { status, stderr } = spawnSync(process.execPath, build, { encoding: 'utf8' })
  if (status !== 0 || stderr !== '') throw new Error(`the package cannot be built: ${stderr}`)
  const file = join(root, 'dist', 'src', 'cli', 'main.js')
  return { root, command: [...interpreterFlags(file), file] }
}

/** What the command's own first line gives its interpreter, as a shell would. */
function interpreterFlags(command: string): readonly string[] {
  const [first = ''] = readFileSync(command, 'utf8').split('\n', 1)
  return /^#!\/usr\/bin\/env -S (?:\w+=\S+ )*node (.+)$/.exec(first)?.[1]?.split(' ') ?? []
}
