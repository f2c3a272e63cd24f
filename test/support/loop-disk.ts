/** Small disks of their own, for tests that fill or unplug them: files with an ext4, mounted by root. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LoopDisk extends Disposable {
  /** The file that stands for the disk. */
  readonly image: string
  /** Where it is mounted. */
  readonly path: string
}

/** Why this machine cannot mount one; `undefined` where it can. */
export function whyNoLoopDisk(): string | undefined {
  if (process.platform !== 'linux') return 'loop mounts are of Linux'
  if (process.getuid?.() !== 0) return 'loop mounts need root'
  try {
    const disk = loopDisk(16)
    disk[Symbol.dispose]()
    return undefined
  } catch {
    return 'this machine mounts no loop device'
  }
}

/** @param image  a copy of a disk that was made before; left out, a new one. */
export function loopDisk(sizeMib: number, image?: string): LoopDisk {
  const directory = mkdtempSync(join(tmpdir(), 'aip-disk-'))
  const file = image ?? join(directory, 'image')
  const path = join(directory, 'mounted')
  try {
    if (image === undefined) {
      writeFileSync(file, '')
      truncateSync(file, sizeMib * 2 ** 20)
      run('mkfs.ext4', '-q', '-F', '-m', '0', file)
    }
    mkdirSync(path)
    run('mount', '-o', 'loop', file, path)
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
  return {
    image: file,
    path,
    [Symbol.dispose]: () => {
      run('umount', path)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'pipe' })
}
