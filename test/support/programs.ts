/** Programs of Debian that a test cannot do without: installed where it may, else missed with a sentence. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const INSTALL_LIMIT_MS = 300_000

/** @throws {Error} when it is not there and cannot be installed. */
export function needProgram(path: string, debianPackage: string): void {
  if (existsSync(path)) return
  const missing = `This test needs ${path} (Debian: apt-get install ${debianPackage}).`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(missing)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS, env } as const
  // Two files of tests may each need a program at the same moment, and apt-get does not wait for itself.
  const alone = [join(tmpdir(), 'aip-node-tests-apt.lock'), 'apt-get']
  execFileSync('flock', [...alone, 'update'], options)
  const install = ['install', '-y', '--no-install-recommends', debianPackage]
  execFileSync('flock', [...alone, ...install], options)
  if (!existsSync(path)) throw new Error(missing)
}
