/**
 * Every operation of the interface with inputs that are wrong in some place: a running node answers each
 * in the words of its contract. An answer that says the fault is the node's own is a miss.
 */
import { mkdir } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { operations, type Operation } from '../../src/api/contract.ts'
import { handlersOf } from '../../src/api/handlers.ts'
import { ApiServer } from '../../src/api/server.ts'
import { TokenBook } from '../../src/api/token-book.ts'
import { asError } from '../../src/base/error.ts'
import { silentLogger, type Logger } from '../../src/base/log.ts'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { Dice } from '../../test/simulation/dice.ts'
import { startOffline, temporaryHome } from '../../test/support/nodes.ts'
import { count, type Attack, type Figure } from './parts/attack.ts'
import { HARMFUL_TEXTS } from './parts/harmful-text.ts'

const ANSWER_LIMIT_MS = 20 * SECOND_MS
const AT_ONCE_COUNT = 16
/** They would end what is attacked, or wait for what never comes. */
const SPARED: ReadonlySet<string> = new Set([
  'rotateIdentity',
  'recoverIdentity',
  'deactivateIdentity',
  'events',
])

export const attack: Attack = {
  does: 'Every operation with inputs that are wrong somewhere: never an answer that the node failed.',
  flags: { n: { fallback: '40000', meaning: 'requests' } },
  gate: { n: '3000' },
  limitMs: 8 * MINUTE_MS,
  run: async ({ flags, seed }) => {
    const n = count(flags, 'n', 1, 10_000_000)
    const dice = new Dice(seed)
    await using stack = new AsyncDisposableStack()
    const failures: string[] = []
    const socketPath = await servedNode(stack, failures)
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE_COUNT })
    stack.defer(() => {
      agent.destroy()
    })
    const attacked = Object.entries(operations).filter(([name]) => !SPARED.has(name))
    const statuses = new Map<string, number>()
    const misses: string[] = []
    let slowestMs = 0
    for (let made = 0; made < n; made += AT_ONCE_COUNT) {
      const batch = Array.from({ length: Math.min(AT_ONCE_COUNT, n - made) }, () => {
        const [name, operation] = dice.pick(attacked)
        return { name, wrong: wrongRequest(operation, dice) }
      })
      await Promise.all(
        batch.map(async ({ name, wrong }) => {
          const startedAt = performance.now()
          const { status, text } = await asked(agent, socketPath, wrong)
          slowestMs = Math.max(slowestMs, performance.now() - startedAt)
          statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1)
          const isTyped = status < 400 || /"code":"[a-z0-9]+\/[a-z0-9-]+"/.test(text)
          if (isTyped && !text.includes('"api/internal"')) return
          if (misses.length < 5) {
            const sent = `${wrong.method} ${wrong.target} ${wrong.body.toString().slice(0, 200)}`
            misses.push(`${name}: ${status} ${text.slice(0, 120)} for ${sent}`)
          }
        }),
      )
    }
    misses.push(...failures.slice(0, 5))
    const figures: Record<string, Figure> = {
      requests: n,
      operations: attacked.length,
      statuses: [...statuses]
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([status, times]) => `${times} × ${status}`)
        .join(', '),
      'slowest ms': Math.round(slowestMs),
      'failures in the log': failures.length,
    }
    return { figures, misses }
  },
}

/** A node that speaks with nobody, with every right on its socket; its answers are checked too. */
async function servedNode(stack: AsyncDisposableStack, failures: string[]): Promise<string> {
  const { node } = stack.use(await startOffline({ network: 'local' }))
  const run = join(await temporaryHome(stack), 'run')
  await mkdir(run, { mode: 0o700 })
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => {
      failures.push(`${message}: ${JSON.stringify(fields)}`.slice(0, 600))
    },
    child: () => logger,
  }
  const handlers = handlersOf({
    node,
    version: '0',
    home: run,
    address: () => ({ socket: null, url: null }),
    tokens: TokenBook.inMemory(Date.now),
    hasLab: true,
  })
  const deps = { handlers, clock: Date.now, logger, health: healthy }
  const socketPath = join(run, 'aip-node.sock')
  stack.use(await ApiServer.start(deps, { socketPath, checksAnswers: true }))
  return socketPath
}

function healthy() {
  return { ready: true, parts: {} }
}

interface Wrong {
  readonly method: string
  readonly target: string
  readonly type: string
  readonly body: Buffer
}

const ODD_WORDS = [
  '__proto__ constructor null NaN -1 1e999 ../../etc/passwd %00 did:aip: did:web:localhost',
  'did:key:z6Mk @me me 9999-12-31T23:59:59Z 0000-01-01T00:00:00Z 1969-12-31T23:59:59Z',
  '+275760-09-13T00:00:00.000Z 2026-02-30 bafyrei',
].flatMap((line) => line.split(' '))

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  1e-9,
  '',
  ' ',
  '\ud800',
  [],
  {},
  [[]],
  [null],
  `did:aip:${'0'.repeat(32)}`,
  '0'.repeat(64),
  'x'.repeat(10_000),
  Array.from({ length: 1_000 }, () => 'x'),
  ...ODD_WORDS,
]

/** The example of an operation with one to three things wrong. */
function wrongRequest(operation: Operation, dice: Dice): Wrong {
  const input: Record<string, unknown> = { ...operation.example }
  for (let made = dice.between(1, 3); made > 0; made--) {
    const fields = [...Object.keys(input), ...Object.keys(operation.input.shape)]
    const field = fields.length > 0 && dice.chance(0.95) ? dice.pick(fields) : 'unknown'
    if (dice.chance(0.15)) delete input[field]
    else input[field] = oddValue(input[field], dice)
  }
  const target = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = input[name] ?? operation.example[name] ?? 'x'
    delete input[name]
    return encodeURIComponent(textOf(value).toWellFormed().slice(0, 2_000)) || 'x'
  })
  if (operation.transfer === 'upload') {
    const body = Buffer.from(dice.pick(HARMFUL_TEXTS))
    return { method: operation.method, target, type: 'application/octet-stream', body }
  }
  if (operation.method !== 'GET') {
    const body = Buffer.from(JSON.stringify(input))
    return { method: operation.method, target, type: 'application/json', body }
  }
  const query = Object.entries(input)
    .map(([name, value]) =>
      [name, textOf(value).toWellFormed().slice(0, 2_000)].map(encodeURIComponent),
    )
    .map((pair) => pair.join('='))
  const full = query.length === 0 ? target : `${target}?${query.join('&')}`
  return { method: 'GET', target: full, type: '', body: Buffer.alloc(0) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** Something in its place, or what is there with something wrong inside. */
function oddValue(value: unknown, dice: Dice): unknown {
  if (dice.chance(0.5)) return dice.pick(ODD)
  if (dice.chance(0.3)) return dice.pick(HARMFUL_TEXTS)
  if (typeof value === 'string') {
    const at = dice.below(value.length + 1)
    return value.slice(0, at) + dice.pick(HARMFUL_TEXTS).slice(0, 4) + value.slice(at)
  }
  if (typeof value === 'number') return value * dice.pick([-1, 1e-3, 1.0001, 1e6, 1e12])
  if (Array.isArray(value)) return [...value, dice.pick(ODD)]
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value)
    return { ...value, [names.length > 0 ? dice.pick(names) : 'x']: dice.pick(ODD) }
  }
  return dice.pick(ODD)
}

async function asked(
  agent: Agent,
  socketPath: string,
  { method, target, type, body }: Wrong,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const failed = (error: unknown): void => {
      resolve({ status: 999, text: asError(error).message })
    }
    const headers = {
      host: 'aip-node.sock',
      ...(type === '' ? {} : { 'content-type': type, 'content-length': body.length }),
    }
    const options = { agent, socketPath, method, path: target, headers, timeout: ANSWER_LIMIT_MS }
    const outgoing = request(options, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, 100_000)
      })
      incoming.on('error', failed)
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, text })
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', failed)
    outgoing.end(body)
  })
}
