/**
 * The token of this visit. It lives in this module's memory and nowhere else: not in the address, not
 * in a cookie, not in storage, so neither history nor another page can find it.
 */
import { signal } from '@preact/signals'

/** `none`: this visit has no token, and nothing but the probes can be read. */
export type SessionState = 'opening' | 'open' | 'none'

export const session = signal<SessionState>('opening')
/** Why there is none, when somebody tried. */
export const sessionFault = signal<string | null>(null)

let token: string | undefined

const SESSIONS = '/v1/sessions'
const CODE = /^#k=([A-Za-z0-9_-]{16,128})$/
const TOKEN = /^[\x21-\x7e]{16,256}$/

/** Trades the one-time code of the address for a token, and takes the code out of the address. */
export async function openSession(): Promise<void> {
  const code = CODE.exec(location.hash)?.[1]
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
  if (code === undefined) {
    session.value = token === undefined ? 'none' : 'open'
    return
  }
  try {
    const response = await fetch(SESSIONS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
      credentials: 'omit',
    })
    const answer: unknown = await response.json()
    if (response.ok && hasToken(answer)) {
      useToken(answer.token)
      return
    }
    sessionFault.value = 'This link has been used or has expired.'
  } catch {
    sessionFault.value = 'The node did not answer.'
  }
  session.value = 'none'
}

/** @returns whether it can be a token at all; the node says whether it is one of its own. */
export function useToken(text: string): boolean {
  const trimmed = text.trim()
  if (!TOKEN.test(trimmed)) return false
  token = trimmed
  sessionFault.value = null
  session.value = 'open'
  return true
}

/** After the node refused it. */
export function closeSession(why: string): void {
  token = undefined
  sessionFault.value = why
  session.value = 'none'
}

export function authorization(): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function hasToken(answer: unknown): answer is { token: string } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'token' in answer &&
    typeof answer.token === 'string'
  )
}
