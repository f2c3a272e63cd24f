/**
 * The local interface over HTTP: one application behind a unix socket and, when wanted, a loopback
 * port with a token. Every request passes the gate before any route sees it.
 *
 * Knows the contract and whatever implements it; the caller writes `address.json`.
 * Specification: docs/spec/api.md.
 */
import { unlink } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { AipError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { SECOND_MS } from '../base/units.ts'
import { RIGHTS, type Caller, type Client, type Handlers, type Right } from './contract.ts'
import { ApiError, type ApiFault } from './error.ts'
import { judgeHead, SOCKET_HOST, type Bearer, type Door } from './gate.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { createHttpServer, listenOnPort, listenOnSocket } from './listener.ts'
import { localClient } from './local-client.ts'
import { METRICS_TYPE, type ApiTraffic } from './metrics.ts'
import { BODY_LIMIT_BYTES, PROBLEM_TYPE, problemOf } from './problem.ts'
import {
  RateLimiter,
  REQUEST_BURST_LIMIT_COUNT,
  REQUESTS_PER_SECOND_LIMIT,
  type RateLimits,
} from './rate-limit.ts'
import { BODY_TIMEOUT_MS, limitWait } from './body-wait.ts'
import { addReference } from './reference/mount.ts'
import { addRoutes, BYTES_TYPE, JSON_TYPE } from './routes.ts'
import type { Token } from './token.ts'
import type { TokenCheck } from './token-book.ts'
import { VERSION } from './version.ts'

/** How long requests under way may take to end when the server closes. */
export const CLOSE_GRACE_MS = 3 * SECOND_MS

/** What the token file's bearer may do unless said otherwise: no vouching, no administration. */
export const TOKEN_RIGHTS: readonly Right[] = ['read', 'observe', 'sign']

const RATE_LIMITS: RateLimits = {
  perSecond: REQUESTS_PER_SECOND_LIMIT,
  burst: REQUEST_BURST_LIMIT_COUNT,
}

export interface Health {
  /** The store is open and the identity loaded; peers are not asked for. */
  readonly ready: boolean
  /** How far the records have been read, in words: `ready`, `failed`, or `reading 1000 of 20000`. */
  readonly index?: string
  readonly parts: Readonly<Record<string, 'ok' | 'degraded' | 'down'>>
}

export interface ApiDeps {
  readonly handlers: Handlers
  readonly clock: Clock
  readonly logger: Logger
  readonly health: () => Health
  /** Figures for Prometheus; none when left out. */
  readonly metrics?: (traffic: ApiTraffic) => Promise<string>
}

export interface ApiOptions {
  /** Where the unix socket should be; none when left out. */
  readonly socketPath?: string
  readonly tcp?: {
    /** 0: any free one. */
    readonly port: number
    readonly token: Token
    readonly rights?: readonly Right[]
    /** Further tokens, each with rights of its own. */
    readonly others?: TokenCheck
  }
  /** Further things served behind the same gate: pages, MCP. */
  readonly mounts?: readonly Mount[]
  readonly checksAnswers?: boolean
  /** How often the bearer of one token may ask; nobody is held back on the socket. */
  readonly rateLimits?: RateLimits
  /** How long a JSON body may take to arrive. */
  readonly bodyTimeoutMs?: number
}

/** What a mount may know of who asks. */
export interface MountAccess {
  /** The node's operations, with the rights of the request and for as long as it lasts. */
  readonly clientOf: (request: FastifyRequest) => Client
}

/** Adds routes behind the gate. */
export type Mount = (app: FastifyInstance, access: MountAccess) => Promise<void>

/** Requests by every other method come without a body. */
const BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

interface Admission {
  readonly caller: Caller
  readonly bearer: Bearer
  readonly abort: AbortController
}

export class ApiServer implements AsyncDisposable {
  /** The socket's path in use. */
  readonly socketPath: string | undefined
  /** `http://127.0.0.1:port`. */
  readonly url: string | undefined
  readonly #stack: AsyncDisposableStack

  private constructor(
    stack: AsyncDisposableStack,
    socketPath: string | undefined,
    url: string | undefined,
  ) {
    this.#stack = stack
    this.socketPath = socketPath
    this.url = url
  }

  /** Listening on everything asked for, or thrown with nothing left open. */
  static async start(deps: ApiDeps, options: ApiOptions): Promise<ApiServer> {
    await using starting = new AsyncDisposableStack()
    const admissions = new WeakMap<IncomingMessage, Admission>()
    const open = new Set<AbortController>()
    let connectionCount = 0
    const traffic = (): ApiTraffic => ({ connectionCount, requestCount: open.size })
    const closing = new AbortController()
    const limiter = new RateLimiter(deps.clock, options.rateLimits ?? RATE_LIMITS)

    const app = await buildApp(deps, options, { admissions, closing: closing.signal, traffic })
    starting.defer(async () => {
      await app.close()
    })

    const serve = (door: () => Door): Server => {
      const server = createHttpServer((request, response) => {
        const admission = admit(request, response, door(), limiter)
        if (admission === undefined) return
        admissions.set(request, admission)
        open.add(admission.abort)
        response.once('close', () => {
          open.delete(admission.abort)
          if (!response.writableFinished) admission.abort.abort()
        })
        app.routing(request, response)
      })
      server.on('connection', (socket) => {
        connectionCount++
        socket.once('close', () => connectionCount--)
      })
      starting.defer(() => closeServer(server, open))
      return server
    }

    let socketPath: string | undefined
    if (options.socketPath !== undefined) {
      const door: Door = {
        via: 'socket',
        authorities: new Set([SOCKET_HOST, 'localhost']),
        token: undefined,
        rights: new Set(RIGHTS),
      }
      const path = await listenOnSocket(
        serve(() => door),
        options.socketPath,
      )
      socketPath = path
      starting.defer(() => removeSocket(path))
    }

    let url: string | undefined
    if (options.tcp !== undefined) {
      const { token, others, rights = TOKEN_RIGHTS } = options.tcp
      let door: Door = {
        via: 'tcp',
        authorities: new Set(),
        token,
        others,
        rights: new Set(rights),
      }
      const port = await listenOnPort(
        serve(() => door),
        options.tcp.port,
      )
      const names = ['127.0.0.1', 'localhost', '[::1]']
      door = { ...door, authorities: new Set(names.map((name) => `${name}:${port}`)) }
      url = `http://127.0.0.1:${port}`
    }

    starting.defer(() => {
      closing.abort()
    })
    return new ApiServer(starting.move(), socketPath, url)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** Lets a request in, or answers it here and now. */
function admit(
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
  limiter: RateLimiter,
): Admission | undefined {
  const passage = judgeHead({ target: request.url ?? '', rawHeaders: request.rawHeaders }, door)
  if (!passage.pass) return refused(response, passage.fault)
  // Nothing reads the body of a GET, so nothing would ever say that it had arrived.
  if (hasBody(request) && !BODY_METHODS.has(request.method ?? '')) {
    return refused(response, { code: 'api/body-too-large', limitBytes: 0 })
  }
  const { rights, bearer } = passage
  const waitSeconds = bearer === 'socket' ? undefined : limiter.take(bearer)
  if (waitSeconds !== undefined) {
    return refused(response, { code: 'api/too-many-requests', retryAfterSeconds: waitSeconds })
  }
  const abort = new AbortController()
  return { caller: { rights, via: door.via, signal: abort.signal }, bearer, abort }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Answers without the routes. */
function refused(response: ServerResponse, fault: ApiFault): undefined {
  const problem = problemOf(new ApiError(fault))
  const body = JSON.stringify(problem)
  response.writeHead(problem.status, {
    ...SECURITY_HEADERS,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...('retryAfterSeconds' in fault ? { 'retry-after': String(fault.retryAfterSeconds) } : {}),
    // Whatever else was sent with a refused head is not read.
    connection: 'close',
  })
  response.end(body)
  return undefined
}

async function buildApp(
  deps: ApiDeps,
  options: ApiOptions,
  {
    admissions,
    closing,
    traffic,
  }: {
    readonly admissions: WeakMap<IncomingMessage, Admission>
    readonly closing: AbortSignal
    readonly traffic: () => ApiTraffic
  },
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 256 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // The contract checks inputs: fastify's own schema compilers are never loaded.
    schemaController: {
      compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
    },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, error, deps.logger)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (request, body, done) => {
    // A call without inputs may leave the body empty.
    if (body === '') done(null, {})
    else void app.getDefaultJsonParser('error', 'error')(request, body.toString(), done)
  })
  app.addContentTypeParser(BYTES_TYPE, (_request, _payload, done) => {
    done(null)
  })
  const bodyTimeoutMs = options.bodyTimeoutMs ?? BODY_TIMEOUT_MS
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS)
    // Whatever becomes of the request, its body has to arrive; an unknown path does not wait for it.
    if (hasBody(request.raw)) limitWait(request.raw, bodyTimeoutMs)
    if (request.is404) throw new ApiError({ code: 'api/not-found' })
  })
  app.setErrorHandler((error, _request, reply) => {
    sendProblem(reply, error, deps.logger)
  })
  app.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, new ApiError({ code: 'api/not-found' }), deps.logger)
  })

  const admissionOf = (request: IncomingMessage): Admission => {
    const admission = admissions.get(request)
    if (admission === undefined) throw new Error('a request came past the gate')
    return admission
  }
  addProbes(app, deps.health)
  addDescription(app)
  addReference(app)
  const { metrics } = deps
  if (metrics !== undefined) {
    app.get('/metrics', async (request, reply) => {
      const rights = admissions.get(request.raw)?.caller.rights
      if (rights?.has('read') !== true) {
        throw new ApiError({ code: 'api/right-missing', right: 'read' })
      }
      return reply.type(METRICS_TYPE).send(await metrics(traffic()))
    })
  }
  addRoutes(app, {
    ...deps,
    callerOf: (request) => admissionOf(request.raw).caller,
    bearerOf: (request) => admissionOf(request.raw).bearer,
    closing,
    checksAnswers: options.checksAnswers ?? false,
  })
  const access: MountAccess = {
    clientOf: ({ raw }) =>
      localClient({ handlers: deps.handlers, caller: admissionOf(raw).caller, clock: deps.clock }),
  }
  for (const mount of options.mounts ?? []) {
    await app.register(async (scope) => mount(scope, access))
  }
  await app.ready()
  return app
}

function noSchemas(): never {
  throw new Error('no route has a schema of fastify')
}

function addProbes(app: FastifyInstance, health: () => Health): void {
  app.get('/livez', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const { ready, index } = health()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'starting', index })
  })
  app.get('/healthz', async (_request, reply) => {
    const { parts } = health()
    const states = new Set(Object.values(parts))
    const status = states.has('down') ? 'down' : states.has('degraded') ? 'degraded' : 'ok'
    return reply.code(status === 'down' ? 503 : 200).send({ status, parts })
  })
}

/** What can be asked, for programs. Made when it is first asked for. */
function addDescription(app: FastifyInstance): void {
  let text: Promise<string> | undefined
  app.get('/v1/openapi.json', async (_request, reply) => {
    text ??= import('./openapi.ts').then(({ openApiDocument }) =>
      JSON.stringify(openApiDocument(VERSION)),
    )
    return reply.type('application/json').send(await text)
  })
}

function sendProblem(reply: FastifyReply, thrown: unknown, logger: Logger): void {
  const problem = problemOf(thrown)
  if (problem.status >= 500 && !(thrown instanceof AipError)) {
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    logger.error('request failed', { error: detail })
  }
  void reply
    .headers(SECURITY_HEADERS)
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem))
}

/** No new requests; those under way get a moment, then they are cut off. */
async function closeServer(server: Server, open: ReadonlySet<AbortController>): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
  const timer = setTimeout(() => {
    for (const abort of open) abort.abort()
    server.closeAllConnections()
  }, CLOSE_GRACE_MS)
  server.closeIdleConnections()
  await closed
  clearTimeout(timer)
}

async function removeSocket(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch {
    // Closing the server has removed it already.
  }
}
