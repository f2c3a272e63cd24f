/** A real Chromium: Debian's, installed by the test itself where it may be. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { needProgram } from './programs.ts'

const OF_DEBIAN = '/usr/bin/chromium'
const PLACES = [OF_DEBIAN, '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

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

/** @throws {Error} when there is none and none can be installed; CHROMIUM_PATH names another. */
function installed(): string {
  needProgram(OF_DEBIAN, 'chromium')
  return OF_DEBIAN
}
