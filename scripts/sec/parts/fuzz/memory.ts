/** What the process holds after a collection, so that garbage is no growth. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

function collectGarbage(): void {
  if (typeof collect === 'function')
    collect({ execution: 'sync', flavor: 'last-resort', type: 'major' })
}

/** Resident bytes. */
export function residentBytes(): number {
  collectGarbage()
  return process.memoryUsage.rss()
}
