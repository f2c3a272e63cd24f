/** Tokens and visits. */
import { ApiError } from '../error.ts'
import type { Handlers } from '../contract.ts'
import { RIGHTS } from '../operation.ts'
import type { HandlerFrame } from './frame.ts'

export function accessHandlers({
  tokens,
}: HandlerFrame): Pick<
  Handlers,
  'listTokens' | 'createToken' | 'revokeToken' | 'createSessionCode' | 'openSession'
> {
  return {
    listTokens: async () => ({ items: [...tokens.list()] }),
    createToken: async ({ name, rights, expiresAt }, caller) => {
      // Nobody hands out more than they have.
      const missing = rights.find((right) => !caller.rights.has(right))
      if (missing !== undefined) throw new ApiError({ code: 'api/right-missing', right: missing })
      return tokens.create(name, rights, expiresAt === undefined ? null : Date.parse(expiresAt))
    },
    revokeToken: async ({ id }) => ({ removed: await tokens.revoke(id) }),
    createSessionCode: async (_input, caller) => {
      const missing = RIGHTS.find((right) => !caller.rights.has(right))
      if (missing !== undefined) throw new ApiError({ code: 'api/right-missing', right: missing })
      const { code, expiresAtMs } = tokens.createCode()
      return { code, expiresAt: new Date(expiresAtMs).toISOString() }
    },
    openSession: async ({ code }) => {
      const { token, expiresAtMs } = tokens.openSession(code)
      return { token, rights: [...RIGHTS], expiresAt: new Date(expiresAtMs).toISOString() }
    },
  }
}
