/** Since when this node has had no peers, told once when it has been long. */
import { networkInterfaces } from 'node:os'
import { ALONE_LIMIT_MS, aloneness, type Aloneness } from './doctor/alone.ts'

export interface CompanyDeps {
  readonly peers: () => { readonly connectedCount: number; readonly knownCount: number }
  /** Whether all of the network is on this machine, where loopback is enough. */
  readonly isLocal: boolean
  readonly onLong: (alone: Aloneness) => void
  /** Never goes back. */
  readonly nowMs?: () => number
}

export class Company implements Disposable {
  readonly #deps: CompanyDeps
  readonly #nowMs: () => number
  #aloneSinceMs: number
  #hadPeers = false
  #timer: NodeJS.Timeout | undefined

  constructor(deps: CompanyDeps) {
    this.#deps = deps
    this.#nowMs = deps.nowMs ?? (() => performance.now())
    this.#aloneSinceMs = this.#nowMs()
    this.#wait()
  }

  /** `undefined` in company. */
  get alone(): Aloneness | undefined {
    const { connectedCount, knownCount } = this.#deps.peers()
    if (connectedCount > 0) return undefined
    return aloneness({
      aloneMs: this.#nowMs() - this.#aloneSinceMs,
      hadPeers: this.#hadPeers,
      knownCount,
      hasWayOut: this.#deps.isLocal || hasWayOut(),
    })
  }

  /** A peer has come. */
  came(): void {
    this.#hadPeers = true
    clearTimeout(this.#timer)
  }

  /** A peer has gone; others may be there. */
  went(): void {
    if (this.#deps.peers().connectedCount > 0) return
    this.#aloneSinceMs = this.#nowMs()
    this.#wait()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #wait(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const { alone } = this
      if (alone !== undefined) this.#deps.onLong(alone)
    }, ALONE_LIMIT_MS)
    this.#timer.unref()
  }
}

function hasWayOut(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ internal }) => !internal),
  )
}
