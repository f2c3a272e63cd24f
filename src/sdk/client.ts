/**
 * The client of a running node: one function an operation of the contract, over the node's socket or
 * a URL with a token. Holds no libp2p, no store and no key.
 */
import type { IncomingMessage } from 'node:http'
import {
  operations,
  type CallOptions,
  type Client,
  type Operation,
  type OperationName,
} from '../api/contract.ts'
import type { Environment } from '../base/paths.ts'
import { MINUTE_MS, SECOND_MS } from '../base/units.ts'
import { findAddress, type Address } from './address.ts'
import { ClientError } from './error.ts'
import { readEvents } from './read-events.ts'
import { readText, Transport } from './transport.ts'

export const CALL_TIMEOUT_MS = 30 * SECOND_MS
export const UPLOAD_TIMEOUT_MS = 60 * MINUTE_MS

/** A client with its connections. */
export type ConnectedClient = Client & Disposable

export interface ConnectOptions extends CallOptions {
  /** The node's home directory, when it is not where the environment says. */
  readonly home?: string
  readonly env?: Environment
  readonly platform?: string
}

/**
 * The client of the node that the environment names, found by its address file. Signal and time
 * limit hold for calls that give none of their own.
 *
 * @throws {ClientError} `client/not-running` when no node has left its address.
 */
export async function connect(options: ConnectOptions = {}): Promise<ConnectedClient> {
  const { home, env = process.env, platform = process.platform, ...defaults } = options
  const where = home === undefined ? env : { ...env, AIP_NODE_URL: '', AIP_NODE_HOME: home }
  return clientAt(await findAddress(where, platform), defaults)
}

/** @param defaults  Signal and time limit of calls that give none of their own. */
export function clientAt(address: Address, defaults: CallOptions = {}): ConnectedClient {
  const transport = new Transport(address)
  const calls = Object.keys(operations).map((name) => {
    const call = callOf(name, transport)
    const bound: Call = (input, options) => call(input, { ...defaults, ...options })
    return [name, bound]
  })
  const client = {
    ...Object.fromEntries(calls),
    [Symbol.dispose]: () => {
      transport[Symbol.dispose]()
    },
  }
  // Built from the table's own keys; TypeScript cannot see a loop over them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unsafe-return
  return client as ConnectedClient
}

type Call = (input: Record<string, unknown>, options?: CallOptions) => unknown

function callOf(name: string, transport: Transport): Call {
  if (!isOperation(name)) throw new TypeError(`no operation ${name}`)
  const operation: Operation = operations[name]
  switch (operation.transfer) {
    case 'json':
    case 'resolution':
      return async (input, options) => readJson(await open(operation, input, options))
    case 'upload':
      return async (input, options) =>
        readJson(await open(operation, input, { ...options, timeoutMs: UPLOAD_TIMEOUT_MS }))
    case 'download':
      return (input, options) => bytesOf(open(operation, input, options))
    case 'events':
      return (input, options) => readEvents(open(operation, input, options), options?.signal)
  }

  async function open(
    { method, path, transfer }: Operation,
    input: Record<string, unknown>,
    options: CallOptions | undefined,
  ): Promise<IncomingMessage> {
    const { target, rest } = addressed(path, input)
    const isQuery = method === 'GET'
    const isUpload = transfer === 'upload'
    const incoming = await transport.open({
      method,
      target: isQuery ? withQuery(target, rest) : target,
      headers: {
        ...(isQuery
          ? {}
          : { 'content-type': isUpload ? 'application/octet-stream' : 'application/json' }),
        ...(options?.idempotencyKey === undefined
          ? {}
          : { 'idempotency-key': options.idempotencyKey }),
      },
      body: isQuery ? undefined : isUpload ? bodyOf(input) : JSON.stringify(rest),
      signal: options?.signal,
      timeoutMs: options?.timeoutMs ?? CALL_TIMEOUT_MS,
    })
    if (incoming.statusCode === 200) return incoming
    // The document of a DID that has ended: an answer, not a refusal.
    if (transfer === 'resolution' && incoming.statusCode === 410) return incoming
    throw await refusal(incoming)
  }
}

/** The path with its inputs in place, and the inputs that are left. */
function addressed(
  path: string,
  input: Record<string, unknown>,
): { target: string; rest: Record<string, unknown> } {
  const rest = { ...input }
  const target = path.replaceAll(/\{(\w+)\}/g, (_whole, field: string) => {
    const value = rest[field]
    delete rest[field]
    return encodeURIComponent(typeof value === 'string' ? value : '')
  })
  return { target, rest }
}

function withQuery(target: string, fields: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [field, value] of Object.entries(fields)) {
    if (Array.isArray(value)) query.set(field, value.join(','))
    else if (typeof value === 'string') query.set(field, value)
    else if (value !== undefined) query.set(field, JSON.stringify(value))
  }
  return query.size === 0 ? target : `${target}?${query.toString()}`
}

function bodyOf(input: Record<string, unknown>): AsyncIterable<Uint8Array> {
  const body = input['body']
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) {
    throw new TypeError('an upload needs a body of chunks')
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return body as AsyncIterable<Uint8Array>
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await readText(incoming))
  } catch (error) {
    if (error instanceof ClientError) throw error
    const reason = error instanceof SyntaxError ? 'it is no JSON' : 'it broke off'
    throw new ClientError({ code: 'client/answer-invalid', reason }, { cause: error })
  }
}

async function* bytesOf(opened: Promise<IncomingMessage>): AsyncGenerator<Uint8Array> {
  const stream: AsyncIterable<Uint8Array> = await opened
  yield* stream
}

async function refusal(incoming: IncomingMessage): Promise<ClientError> {
  const status = incoming.statusCode ?? 0
  const problem = await readJson(incoming)
  const text = (field: string): string | undefined => {
    const value: unknown =
      typeof problem === 'object' && problem !== null ? Reflect.get(problem, field) : undefined
    return typeof value === 'string' ? value : undefined
  }
  return new ClientError({
    code: 'client/refused',
    status,
    problem: text('code') ?? 'api/internal',
    sentence: text('detail') ?? `The node answered with status ${status}.`,
    help: text('help'),
  })
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}
