/**
 * One route an operation, made from the contract: right, media type, size, input, answer.
 *
 * What came before is `gate.ts`; what answers is whatever implements `Handlers`.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { MIB_BYTES } from '../base/units.ts'
import { limitWait, UPLOAD_TIMEOUT_MS } from './body-wait.ts'
import {
  operations,
  type Caller,
  type Handlers,
  type Operation,
  type OperationName,
  type Output,
} from './contract.ts'
import { entityTag, isNamed } from './entity-tag.ts'
import { ApiError } from './error.ts'
import { streamEvents } from './event-stream.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { idempotencyKey, IdempotencyBook } from './idempotency.ts'
import { BODY_LIMIT_BYTES } from './problem.ts'
import { parseInput, readQuery } from './request.ts'
import { mayCall, maySay } from './rights.ts'
import { answerResolution } from './resolution-answer.ts'

export const UPLOAD_LIMIT_BYTES = 2_048 * MIB_BYTES
export const EVENT_STREAM_LIMIT = 32

export const JSON_TYPE = 'application/json'
const JSON_ANSWER_TYPE = 'application/json; charset=utf-8'
export const BYTES_TYPE = 'application/octet-stream'

export interface RouteDeps {
  readonly handlers: Handlers
  readonly clock: Clock
  readonly logger: Logger
  /** Who sent a request, as the gate found out. */
  readonly callerOf: (request: FastifyRequest) => Caller
  /** Whose keys its `Idempotency-Key` stands among. */
  readonly bearerOf: (request: FastifyRequest) => string
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal
  /** Whether answers are checked against the contract: for tests, since it costs time. */
  readonly checksAnswers: boolean
}

export function addRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const shared: Shared = { streams: { open: 0 }, answered: new IdempotencyBook(deps.clock) }
  for (const name of Object.keys(operations)) {
    if (isOperation(name)) addRoute(app, name, deps, shared)
  }
}

/** What all routes have in common. */
interface Shared {
  readonly streams: { open: number }
  readonly answered: IdempotencyBook
}

function addRoute(
  app: FastifyInstance,
  name: OperationName,
  deps: RouteDeps,
  shared: Shared,
): void {
  const operation: Operation = operations[name]
  const isUpload = operation.transfer === 'upload'
  app.route({
    method: operation.method,
    url:
      operation.transfer === 'resolution'
        ? prefixOf(operation) + '*'
        : operation.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: isUpload ? UPLOAD_LIMIT_BYTES : BODY_LIMIT_BYTES,
    onRequest: async (request) => {
      mayCall(deps.callerOf(request), operation.right)
      judgeBody(request, operation)
      // One that passed the checks may take longer than others.
      if (isUpload) limitWait(request.raw, UPLOAD_TIMEOUT_MS)
    },
    handler: async (request, reply) => {
      const caller = deps.callerOf(request)
      const exchange: Exchange = { request, reply, caller, deps, shared }
      if (name === 'resolve') return answerResolve(exchange)
      const input = parseInput(name, inputOf(request, operation), deps.clock())
      maySay(caller, input)
      return operation.takesIdempotencyKey === true
        ? answerOnce(name, input, exchange)
        : answer(name, input, exchange)
    },
  })
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly caller: Caller
  readonly deps: RouteDeps
  readonly shared: Shared
}

async function answer(name: OperationName, input: object, exchange: Exchange): Promise<unknown> {
  const { request, reply, caller, deps } = exchange
  const { streams } = exchange.shared
  // Each name's handler takes that name's input: the loop over names widens both.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const call = deps.handlers[name] as (input: object, caller: Caller) => unknown
  switch (operations[name].transfer) {
    case 'json':
    case 'resolution': {
      const output = checked(name, await call.call(deps.handlers, input, caller), deps)
      return operations[name].method === 'GET' ? tagged(output, exchange) : output
    }
    case 'upload': {
      const body = bounded(request.raw, UPLOAD_LIMIT_BYTES)
      return checked(name, await call.call(deps.handlers, { ...input, body }, caller), deps)
    }
    case 'download': {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const chunks = call.call(deps.handlers, input, caller) as AsyncIterable<Uint8Array>
      return reply.type(BYTES_TYPE).send(Readable.from(chunks, { objectMode: false }))
    }
    case 'events': {
      if (streams.open >= EVENT_STREAM_LIMIT) {
        throw new ApiError({ code: 'api/streams-busy', limit: EVENT_STREAM_LIMIT })
      }
      // A stream has no end of its own to wait for: it ends when the server begins to close.
      const signal = AbortSignal.any([caller.signal, deps.closing])
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const events = call.call(deps.handlers, input, { ...caller, signal }) as AsyncIterable<
        Output<'events'>
      >
      reply.hijack()
      reply.raw.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream' })
      streams.open++
      try {
        await streamEvents(reply.raw, events, signal)
      } catch (error) {
        deps.logger.error('event stream failed', { error: String(error) })
      } finally {
        streams.open--
      }
      return undefined
    }
  }
}

/** Does it, or says again what was answered under the same key. */
async function answerOnce(
  name: OperationName,
  input: object,
  exchange: Exchange,
): Promise<unknown> {
  const { request, reply, deps, shared } = exchange
  const key = idempotencyKey(request.headers['idempotency-key'])
  if (key === undefined) return answer(name, input, exchange)
  const { answer: given, isRepeated } = await shared.answered.once(
    { bearer: deps.bearerOf(request), key, request: JSON.stringify([name, input]) },
    () => answer(name, input, exchange),
  )
  if (isRepeated) void reply.header('idempotency-replayed', 'true')
  return given
}

/** An answer as it is sent. */
interface Written {
  readonly json: string
  readonly tag: string
}

/** Of answers that are there still: one that a handler gives again is not written again. */
const written = new WeakMap<object, Written>()

function write(output: unknown): Written {
  const before = typeof output === 'object' && output !== null ? written.get(output) : undefined
  if (before !== undefined) return before
  const json = JSON.stringify(output)
  const made = { json, tag: entityTag(json) }
  if (typeof output === 'object' && output !== null) written.set(output, made)
  return made
}

/** With its tag, or 304 where the caller has it already. */
function tagged(output: unknown, { request, reply }: Exchange): FastifyReply {
  const { json, tag } = write(output)
  void reply.header('etag', tag)
  if (isNamed(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply.type(JSON_ANSWER_TYPE).send(json)
}

/** The one operation whose form is negotiated, and whose failures have a form too. */
async function answerResolve(exchange: Exchange): Promise<FastifyReply> {
  const { request, reply, caller, deps } = exchange
  const operation = operations.resolve
  const { status, mediaType, body } = await answerResolution({
    target: request.raw.url ?? '',
    accept: request.headers.accept,
    prefix: prefixOf(operation),
    parse: (did) => {
      const given = readQuery(operation.input, asFields(request.query))
      if (Object.hasOwn(given, 'did'))
        throw new ApiError({ code: 'api/field-unknown', field: 'did' })
      return parseInput('resolve', { ...given, did }, deps.clock())
    },
    resolve: async (input) => {
      const output = await deps.handlers.resolve(input, caller)
      if (deps.checksAnswers) operation.output.parse(output)
      return output
    },
  })
  // As bytes, since fastify adds a charset to text, and the type is part of the answer.
  const bytes = Buffer.from(JSON.stringify(body))
  return reply.code(status).header('vary', 'accept').type(mediaType).send(bytes)
}

/** The path up to the input that stands last in it. */
function prefixOf({ path }: Operation): string {
  return path.slice(0, path.indexOf('{'))
}

/** The answer as the contract has it. A wrong one is this program's mistake, so it is thrown. */
function checked(name: OperationName, output: unknown, { checksAnswers }: RouteDeps): unknown {
  if (checksAnswers) operations[name].output.parse(output)
  return output
}

function inputOf(request: FastifyRequest, operation: Operation): Record<string, unknown> {
  const given =
    operation.method === 'GET' || operation.transfer === 'upload'
      ? readQuery(operation.input, asFields(request.query))
      : asFields(request.body ?? {})
  const path = asFields(request.params)
  for (const field of Object.keys(path)) {
    // What the path says cannot be said again elsewhere.
    if (Object.hasOwn(given, field)) throw new ApiError({ code: 'api/field-unknown', field })
  }
  const input: Record<string, unknown> = { ...given, ...path }
  if (operation.transfer === 'events' && input['cursor'] === undefined) {
    const last = request.headers['last-event-id']
    if (typeof last === 'string' && /^\d{1,15}$/.test(last)) input['cursor'] = Number(last)
  }
  return input
}

function asFields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError({ code: 'api/body-invalid' })
  }
  return Object.fromEntries(Object.entries(value))
}

const JSON_MEDIA = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i
const BYTES_MEDIA = /^application\/octet-stream\s*$/i

function judgeBody(request: FastifyRequest, operation: Operation): void {
  const isUpload = operation.transfer === 'upload'
  if (operation.method !== 'GET') {
    const type = request.headers['content-type'] ?? ''
    const expected = isUpload ? BYTES_TYPE : JSON_TYPE
    if (!(isUpload ? BYTES_MEDIA : JSON_MEDIA).test(type)) {
      throw new ApiError({ code: 'api/media-type', expected })
    }
  }
  const limitBytes = isUpload ? UPLOAD_LIMIT_BYTES : BODY_LIMIT_BYTES
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    throw new ApiError({ code: 'api/body-too-large', limitBytes })
  }
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limitBytes) throw new ApiError({ code: 'api/body-too-large', limitBytes })
    yield chunk
  }
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}
