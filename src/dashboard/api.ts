/** Calls of the node's own interface, as any other client makes them. */
import { authorization, closeSession } from './session.ts'

const CALL_TIMEOUT_MS = 30_000

/** An answer that is no answer: refused by the node, or nobody there. */
export class CallError extends Error {
  override readonly name = 'CallError'
  /** `offline` when the node did not answer. */
  readonly code: string
  readonly help: string | undefined

  constructor(code: string, message: string, help?: string) {
    super(message)
    this.code = code
    this.help = help
  }
}

/** What is undefined or empty is left out; of a list each value is named. */
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return call<T>('GET', path + searchOf(query), undefined, signal)
}

export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  return call<T>(method, path, body, undefined, headers)
}

/** A path with its values in place. */
export function at(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  )
}

async function call<T>(
  method: string,
  target: string,
  body: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const limit = AbortSignal.timeout(CALL_TIMEOUT_MS)
  let response: Response
  try {
    response = await fetch(target, {
      method,
      headers: {
        ...authorization(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'omit',
      cache: 'no-store',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new CallError('offline', 'The node does not answer.', 'Is it running? aip-node status')
  }
  const answer: unknown = await response.json().catch(() => undefined)
  // The shape is the contract's; the node checks its answers against it in its own tests.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (response.ok) return answer as T
  const problem = problemOf(answer)
  if (response.status === 401) closeSession('The node refused the token.')
  throw new CallError(
    problem.code ?? `http-${response.status}`,
    problem.detail ?? problem.title ?? `The node answered ${response.status}.`,
    problem.help,
  )
}

interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly help?: string
}

function problemOf(answer: unknown): Problem {
  return typeof answer === 'object' && answer !== null ? answer : {}
}

function searchOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    typeof value === 'object'
      ? value.map((one) => [name, one])
      : value === undefined || value === ''
        ? []
        : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}
