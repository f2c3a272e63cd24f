/**
 * A small internet in network namespaces: a relay, and two homes behind routers that translate
 * addresses. It needs Linux, `ip`, `nft` and the right to make namespaces; {@link natReason} says what
 * is missing.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface NatPlan {
  readonly profile: 'edge' | 'server'
  readonly listen: string
  readonly announce: readonly string[]
  readonly bootstrap: readonly string[]
}

export type NatOrder =
  | { readonly do: 'state' }
  | { readonly do: 'add'; readonly address: string }
  | { readonly do: 'ask'; readonly peer: string; readonly did: string }

export interface NatState {
  readonly did: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly connections: readonly {
    readonly peer: string
    readonly address: string
    readonly isLimited: boolean
  }[]
  readonly gossip: readonly string[]
  readonly reach: {
    readonly relays: readonly string[]
    readonly relayedCount: number
    readonly punchedCount: number
    readonly reservationCount: number
  }
}

/** Why this machine cannot do it; `undefined` when it can. */
export function natReason(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  for (const tool of ['ip', 'nft', 'unshare', 'nsenter']) {
    if (spawnSync('which', [tool]).status !== 0) return `"${tool}" is not installed`
  }
  const probe = spawnSync('unshare', [...UNSHARE, 'sh', '-c', 'nft add table ip t && ip link'])
  return probe.status === 0 ? undefined : 'namespaces with nftables are not permitted here'
}

/** As root in a namespace of its own, of users too where this is not root. */
const UNSHARE = process.getuid?.() === 0 ? ['-nm'] : ['-Urnm']
const NODE = fileURLToPath(new URL('./nat-node.ts', import.meta.url))

export const RELAY_IP = '45.1.0.2'
/** The public side of each home's router, and the private side. */
export const HOMES = {
  a: { outside: '45.2.0.2', inside: '10.1.0.2' },
  b: { outside: '45.3.0.2', inside: '10.2.0.2' },
} as const

const netns = (name: string, run: string): string => `ip netns exec ${name} ${run}`

const cable = (name: string, net: string): string[] => [
  `ip netns add ${name}`,
  `ip link add to-${name} type veth peer name wan netns ${name}`,
  `ip addr add ${net}.1/24 dev to-${name}`,
  `ip link set to-${name} up`,
  netns(name, `ip addr add ${net}.2/24 dev wan`),
  netns(name, 'ip link set wan up'),
  netns(name, 'ip link set lo up'),
  netns(name, `ip route add default via ${net}.1`),
]

/**
 * The namespaces as one shell script. The first one is the internet and only forwards. A router lets
 * out what comes from inside, and in what answers that; with `forwards` the port 7471 of home a too,
 * as a router does that was asked by UPnP or by hand.
 */
function script(forwards: boolean): string {
  const home = (name: string, router: string, outside: string, inside: string): string[] => [
    ...cable(router, outside),
    `ip netns add ${name}`,
    `ip link add lan netns ${router} type veth peer name eth netns ${name}`,
    netns(router, `ip addr add ${inside}.1/24 dev lan`),
    netns(router, 'ip link set lan up'),
    netns(router, 'sysctl -qw net.ipv4.ip_forward=1'),
    netns(name, `ip addr add ${inside}.2/24 dev eth`),
    netns(name, 'ip link set eth up'),
    netns(name, 'ip link set lo up'),
    netns(name, `ip route add default via ${inside}.1`),
    netns(
      router,
      `nft 'table ip nat { chain leaving { type nat hook postrouting priority 100; oif "wan" masquerade; }; chain coming { type nat hook prerouting priority -100; ${
        forwards && name === 'a' ? `iif "wan" tcp dport 7471 dnat to ${inside}.2:7471;` : ''
      } }; }'`,
    ),
    netns(
      router,
      `nft 'table ip filter { chain through { type filter hook forward priority 0; policy drop; iif "lan" accept; ct state established,related accept; ct status dnat accept; }; chain inward { type filter hook input priority 0; iif "wan" ct state new drop; }; }'`,
    ),
  ]
  return [
    'set -e',
    'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns',
    'sysctl -qw net.ipv4.ip_forward=1',
    'ip link set lo up',
    ...cable('relay', '45.1.0'),
    ...home('a', 'ra', '45.2.0', '10.1.0'),
    ...home('b', 'rb', '45.3.0', '10.2.0'),
    'echo ready',
    'cat > /dev/null', // until standard input ends
  ].join('\n')
}

/** A node in one of the namespaces. */
export class NatNode {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new Error('the node has no output')
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async read(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the node ended')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const answer = JSON.parse(value) as { readonly ok?: unknown; readonly error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.ok
  }

  async order(order: NatOrder): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
    return this.read()
  }

  async state(): Promise<NatState> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return (await this.order({ do: 'state' })) as NatState
  }
}

export class Internet implements AsyncDisposable {
  readonly #outer: ChildProcess
  readonly #children: ChildProcess[] = []

  private constructor(outer: ChildProcess) {
    this.#outer = outer
  }

  static async open({ forwards }: { readonly forwards: boolean }): Promise<Internet> {
    const outer = spawn('unshare', [...UNSHARE, 'sh', '-c', script(forwards)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let said = ''
    outer.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const [first] = await Promise.race([
      once(outer.stdout, 'data'),
      once(outer, 'exit').then(() => ['ended']),
    ])
    if (!String(first).startsWith('ready')) throw new Error(`no namespaces: ${said}`)
    return new Internet(outer)
  }

  async start(where: 'relay' | 'a' | 'b', plan: NatPlan): Promise<NatNode> {
    const inside = [
      '-t',
      String(this.#outer.pid),
      ...(UNSHARE[0] === '-nm' ? [] : ['-U']),
      '-n',
      '-m',
    ]
    const child = spawn(
      'nsenter',
      [...inside, 'ip', 'netns', 'exec', where, process.execPath, NODE, JSON.stringify(plan)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    this.#children.push(child)
    const node = new NatNode(child)
    await node.read()
    return node
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.stdin?.end()
      const limit = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(limit)
    }
    const ended = this.#outer.exitCode === null ? once(this.#outer, 'exit') : undefined
    this.#outer.stdin?.end()
    await ended
  }
}
