/**
 * Peers and web documents that point a node at addresses of its own network: canaries listen there and
 * must hear nothing. Over `did:web` by names that resolve to them, and by addresses that peers
 * advertise on a public network. A control shows that the canary hears what is allowed.
 */
import { createServer } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { AipError } from '../../src/base/error.ts'
import { MINUTE_MS } from '../../src/base/units.ts'
import { DidWeb } from '../../src/node/did-web/did-web.ts'
import { Gate } from '../../src/p2p/gate.ts'
import type { Attack } from './parts/attack.ts'

const PRIVATE_IPV4 = [
  '0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.254 100.64.0.1 127.0.0.1 127.1.2.3 169.254.0.1',
  '169.254.169.254 172.16.0.1 172.31.255.254 192.0.0.1 192.0.2.1 192.168.0.1 198.18.0.1',
  '198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255',
].flatMap((line) => line.split(' '))
const PRIVATE_IPV6 = [
  ':: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1',
  '100::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 fc00::1 fd00:ec2::254 fe80::1 febf::1 ff02::1',
].flatMap((line) => line.split(' '))
/** Hosts in a DID that are addresses, or lead elsewhere. */
const STRANGE_IDS = [
  '127.0.0.1 127.0.0.1%3A8080 2130706433 0x7f.1 0177.0.0.1 %5B%3A%3A1%5D localhost',
  'localhost%3A22 user@evil.example evil.example%2F..%2F evil.example:..:..:etc',
  'evil.example:%2e%2e evil.example%3A99999 evil.example%00.good.example evil.example#x',
].flatMap((line) => line.split(' '))

export const attack: Attack = {
  does: 'Names and addresses that lead a node into its own network: canaries there hear nothing.',
  flags: {},
  gate: {},
  limitMs: MINUTE_MS,
  run: async () => {
    const misses: string[] = []
    await using stack = new AsyncDisposableStack()
    let heard = 0
    const canary = createServer((socket) => {
      heard++
      socket.destroy()
    })
    await new Promise<void>((listening) => canary.listen(0, '127.0.0.1', listening))
    stack.defer(async () => {
      await new Promise((closed) => canary.close(closed))
    })
    const bound = canary.address()
    if (bound === null || typeof bound === 'string') throw new Error('no port')
    const { port } = bound

    const codes = new Map<string, number>()
    const tried = async (what: string, web: DidWeb, id: string): Promise<void> => {
      const code = await codeOf(web.resolve(id))
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (code !== 'did/web-refused' && code !== 'did/invalid') misses.push(`${what}: ${code}`)
    }
    const named = `evil.example%3A${port}`
    for (const [family, all] of [
      [4, PRIVATE_IPV4],
      [6, PRIVATE_IPV6],
    ] as const) {
      for (const address of all) {
        const web = new DidWeb({ resolveName: async () => [{ address, family }] })
        await tried(`a name for ${address}`, web, named)
      }
    }
    for (const id of STRANGE_IDS) {
      await tried(`did:web:${id}`, new DidWeb({ resolveName: loopback }), id)
    }
    const heardOfWeb = heard

    const gate = new Gate('public')
    const advertised = [
      ...PRIVATE_IPV4.map((ip) => `/ip4/${ip}/tcp/${port}`),
      ...PRIVATE_IPV6.map((ip) => `/ip6/${ip}/tcp/${port}`),
      ...['dns4', 'dns6', 'dns', 'dnsaddr'].map((kind) => `/${kind}/evil.example/tcp/${port}`),
    ]
    const dialled = advertised.filter((text) => gate.mayDial(multiaddr(text)))
    for (const text of dialled) misses.push(`the gate lets a peer make this node dial ${text}`)

    const allowed = new DidWeb({ resolveName: loopback, mayReach: () => true, limitMs: 3_000 })
    await codeOf(allowed.resolve(named))
    if (heard === heardOfWeb) misses.push('control: the canary hears nothing where it should')
    if (heardOfWeb > 0) misses.push(`the canary was reached ${heardOfWeb} times`)
    const figures = {
      'names and ids tried': [...codes.values()].reduce((sum, times) => sum + times, 0),
      answers: [...codes].map(([code, times]) => `${times} ${code}`).join(', '),
      'advertised addresses': advertised.length,
      'that may be dialled': dialled.length,
      'canary reached': heardOfWeb,
    }
    return { figures, misses }
  },
}

async function loopback() {
  return [{ address: '127.0.0.1', family: 4 } as const]
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'resolved'
  } catch (error) {
    return error instanceof AipError ? error.fault.code : `untyped: ${String(error)}`
  }
}
