/** Programs of Debian that a test cannot do without: installed where it may, else missed with a sentence. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const INSTALL_LIMIT_MS = 300_000

/** @throws {Error} when it is not there and cannot be installed. */
export function needProgram(path: string, debianPackage: string): void {
  if (existsSync(path)) return
  const missing = `This test needs ${path} (Debian: apt-get install ${debianPackage}).`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(missing)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS, env } as const
  execFileSync('apt-get', ['update'], options)
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], options)
  if (!existsSync(path)) throw new Error(missing)
}
