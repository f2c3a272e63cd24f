/** What a caller may do: the one place that says no. */
import type { Caller } from './contract.ts'
import { ApiError } from './error.ts'
import type { Right } from './operation.ts'

/** @throws {ApiError} `api/right-missing`. */
export function mayCall({ rights }: Pick<Caller, 'rights'>, right: Right | 'none'): void {
  if (right !== 'none' && !rights.has(right))
    throw new ApiError({ code: 'api/right-missing', right })
}

/** Sharing is the one input that decides about a right. @throws {ApiError} `api/right-missing`. */
export function maySay(caller: Pick<Caller, 'rights'>, input: object): void {
  if ('share' in input && input.share === 'public') mayCall(caller, 'vouch')
}
