/** A real Chromium: Debian's, installed by the test itself where it may be. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const MISSING =
  'These tests need a Chromium. Install one (Debian: apt-get install chromium) or name it in CHROMIUM_PATH.'
const INSTALL_LIMIT_MS = 300_000

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: place() ?? installed(), args: FLAGS })
}

function place(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  return [...(named === undefined ? [] : [named]), ...PLACES].find((path) => existsSync(path))
}

/** As root on Debian it is there after this; anywhere else its absence is said, and is a failure. */
function installed(): string {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(MISSING)
  const options = { stdio: 'ignore', timeout: INSTALL_LIMIT_MS } as const
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['update'], { ...options, env })
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    ...options,
    env,
  })
  const found = place()
  if (found === undefined) throw new Error(MISSING)
  return found
}
