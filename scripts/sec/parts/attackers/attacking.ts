/** What every attacker's process does: begins, says so, goes on until it is told to end, and counts. */
import { SECOND_MS } from '../../../../src/base/units.ts'

/** However the one who started it ends, an attacker lives no longer. */
const LIFE_LIMIT_MS = 180 * SECOND_MS

export interface Target {
  readonly address: string
  readonly port: number
  readonly size: number
  /** Fires when the attack is over. */
  readonly ending: AbortSignal
}

/** @param begin  starts the attack and returns what says, at the end, what it did. */
export async function attacking(begin: (target: Target) => Promise<() => string>): Promise<void> {
  const [address = '', size = '1'] = process.argv.slice(2)
  const ending = new AbortController()
  const target = {
    address,
    port: Number(/\/tcp\/(\d+)/.exec(address)?.[1]),
    size: Number(size),
    ending: ending.signal,
  }
  const report = await begin(target)
  setTimeout(() => process.exit(1), LIFE_LIMIT_MS)
  process.stdout.write('begun\n')
  process.stdin.resume()
  process.stdin.once('end', () => {
    ending.abort()
    process.stdout.write(`${report()}\n`, () => process.exit(0))
  })
}
