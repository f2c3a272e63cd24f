/**
 * Nodes with an address of their own each: processes in network namespaces, on two bridges that one
 * trunk joins. Taking the trunk down parts the network. Nothing of it touches the machine's own
 * network; it needs root and `ip`.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Actor, Cast } from '../../src/cli/demo/cast.ts'
import { CROWD_READY_LIMIT_MS } from './crowd.ts'

const run = promisify(execFile)

const P2P_PORT = 7471
let countryCount = 0

/** Why the machine cannot do this; `undefined` when it can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  const name = `aip${process.pid}t`
  try {
    await ip('netns', 'add', name)
    await ip('netns', 'del', name)
    return undefined
  } catch {
    return 'network namespaces cannot be made here'
  }
}

/** Half of its nodes live on one side of the trunk, half on the other. */
export class Country implements AsyncDisposable {
  readonly size: number
  readonly #name: string

  private constructor(name: string, size: number) {
    this.#name = name
    this.size = size
  }

  static async of(size: number): Promise<Country> {
    const country = new Country(`aip${process.pid}c${countryCount++}`, size)
    await country.#build()
    return country
  }

  /** Whether a node lives on the far side. */
  isFar(at: number): boolean {
    return at >= this.size / 2
  }

  addressOf(at: number): string {
    return `/ip4/${this.#ipOf(at)}/tcp/${P2P_PORT}`
  }

  /** What runs a command in a node's namespace. */
  within(at: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#place(at)]
  }

  /** Starts a node in its namespace, in the home it had before if it had one. */
  async enter(cast: Cast, at: number, bootstrap: readonly string[]): Promise<Actor> {
    return cast.enter(`node ${at}`, bootstrap, {
      within: this.within(at),
      flags: ['--listen', this.addressOf(at)],
      readyLimitMs: CROWD_READY_LIMIT_MS,
    })
  }

  /** Nothing crosses from one side to the other any more. */
  async part(): Promise<void> {
    await ip('-n', this.#hub, 'link', 'set', 'trunk-near', 'down')
  }

  async join(): Promise<void> {
    await ip('-n', this.#hub, 'link', 'set', 'trunk-near', 'up')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#places(), this.#hub]) await ip('netns', 'del', name)
  }

  async #build(): Promise<void> {
    const hub = this.#hub
    await ip('netns', 'add', hub)
    await ip('-n', hub, 'link', 'add', 'trunk-near', 'type', 'veth', 'peer', 'name', 'trunk-far')
    for (const side of ['near', 'far']) {
      await ip('-n', hub, 'link', 'add', side, 'type', 'bridge')
      await ip('-n', hub, 'link', 'set', `trunk-${side}`, 'master', side)
      for (const link of [side, `trunk-${side}`]) await ip('-n', hub, 'link', 'set', link, 'up')
    }
    for (const [at, place] of this.#places().entries()) {
      const port = `port-${at}`
      await ip('netns', 'add', place)
      await ip('link', 'add', port, 'netns', hub, 'type', 'veth', 'peer', 'eth0', 'netns', place)
      await ip('-n', hub, 'link', 'set', port, 'master', this.isFar(at) ? 'far' : 'near')
      await ip('-n', hub, 'link', 'set', port, 'up')
      await ip('-n', place, 'address', 'add', `${this.#ipOf(at)}/16`, 'dev', 'eth0')
      for (const link of ['lo', 'eth0']) await ip('-n', place, 'link', 'set', link, 'up')
    }
  }

  get #hub(): string {
    return `${this.#name}h`
  }

  #places(): readonly string[] {
    return Array.from({ length: this.size }, (_, at) => this.#place(at))
  }

  #place(at: number): string {
    return `${this.#name}n${at}`
  }

  /** Each in a neighbourhood of its own, as far as bounds for one address and one /24 go. */
  #ipOf(at: number): string {
    return `10.91.${at + 1}.1`
  }
}

async function ip(...argv: readonly string[]): Promise<void> {
  await run('ip', argv)
}
