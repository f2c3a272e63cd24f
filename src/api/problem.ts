/** Errors as the interface answers them: RFC 9457 problem details with a stable code. */
import { STATUS_CODES } from 'node:http'
import { AipError } from '../base/error.ts'
import { ApiError } from './error.ts'
import { httpStatusOf } from './status.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Where people read on: a section of the error list. */
  readonly help: string
}

/** What to tell a caller about anything thrown. An unexpected error keeps its details inside. */
export function problemOf(thrown: unknown): Problem {
  const error = thrown instanceof AipError ? thrown : frameworkError(thrown)
  const { code } = error.fault
  const status = httpStatusOf(code)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail: error.message,
    help: `docs/errors.md#${code.replaceAll('/', '')}`,
  }
}

/** Fastify's own refusals, which carry a status below 500, and all that nobody expected. */
function frameworkError(thrown: unknown): ApiError {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined
  switch (status) {
    case 400:
      return new ApiError({ code: 'api/body-invalid' })
    case 404:
    case 414:
      return new ApiError({ code: 'api/not-found' })
    case 413:
      return new ApiError({ code: 'api/body-too-large', limitBytes: BODY_LIMIT_BYTES })
    case 415:
      return new ApiError({ code: 'api/media-type', expected: 'application/json' })
    default:
      return new ApiError({ code: 'api/internal' }, { cause: thrown })
  }
}

/** JSON bodies at most; an observation of 64 outcomes fits. */
export const BODY_LIMIT_BYTES = 262_144
