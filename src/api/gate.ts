/**
 * What a request must show before any route sees it: that it was made for this node, on purpose, by
 * somebody who may. Web pages of other sites can send requests here through a visitor's browser, so
 * the order matters: Host, target, Origin, Sec-Fetch-Site, token. Rights and body come with the
 * route. Rules: docs/spec/api.md section 2.
 *
 * Pure: the request's head in, a fault or the caller's rights out.
 */
import type { Right } from './operation.ts'
import type { ApiFault } from './error.ts'
import { isPageTarget } from './pages.ts'
import { REFERENCE_PATH, REFERENCE_STYLE_PATH } from './reference/targets.ts'
import type { Token } from './token.ts'
import type { TokenBearer, TokenCheck } from './token-book.ts'

/** The name of the node in Host headers on its socket. */
export const SOCKET_HOST = 'aip-node.sock'

/** Readable without a token, behind the other rules. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

/** What a visitor without a token asks for: what can be asked, and a token for a code. */
const OPEN_TARGETS: ReadonlySet<string> = new Set([
  '/v1/openapi.json',
  '/v1/sessions',
  REFERENCE_PATH,
  REFERENCE_STYLE_PATH,
])

export interface RequestHead {
  readonly target: string
  /** Name, value, name, value, … as they arrived: duplicates are still there. */
  readonly rawHeaders: readonly string[]
}

export interface Door {
  readonly via: 'socket' | 'tcp'
  /** Host headers that name this door, in lower case, port included. */
  readonly authorities: ReadonlySet<string>
  /** Asked for when set: always on TCP. */
  readonly token: Token | undefined
  /** Of the socket, and of that token's bearer. */
  readonly rights: ReadonlySet<Right>
  /** Further tokens, each with rights of its own. */
  readonly others?: TokenCheck | undefined
}

/** Who asks, as far as limits go: `own` has the token of the run directory, `nobody` none. */
export type Bearer = 'socket' | 'own' | 'nobody' | TokenBearer

export type Passage =
  | { readonly pass: true; readonly rights: ReadonlySet<Right>; readonly bearer: Bearer }
  | { readonly pass: false; readonly fault: ApiFault }

export function judgeHead(head: RequestHead, door: Door): Passage {
  // Exactly one Host, and one of ours: a name that was rebound to this address is not.
  const hosts = valuesOf(head, 'host')
  const host = hosts[0]?.toLowerCase()
  if (hosts.length !== 1 || host === undefined || !door.authorities.has(host)) {
    return refuse({ code: 'api/host-refused' })
  }
  // An absolute target would name a second host.
  if (!head.target.startsWith('/')) return refuse({ code: 'api/target-invalid' })

  const origins = valuesOf(head, 'origin')
  const sites = valuesOf(head, 'sec-fetch-site')
  if (door.via === 'socket') {
    // No browser speaks to a socket; a request that looks like one was forwarded by something.
    if (origins.length > 0 || valuesOf(head, 'referer').length > 0 || sites.length > 0) {
      return refuse({ code: 'api/origin-refused' })
    }
  } else {
    if (origins.some((origin) => origin !== `http://${host}`) || origins.length > 1) {
      return refuse({ code: 'api/origin-refused' })
    }
    if (sites.length > 1 || sites.some((site) => site !== 'same-origin' && site !== 'none')) {
      return refuse({ code: 'api/cross-site' })
    }
  }

  const path = pathOf(head.target)
  if (PROBES.has(path) || OPEN_TARGETS.has(path) || isPageTarget(path))
    return { pass: true, rights: new Set(), bearer: door.via === 'socket' ? 'socket' : 'nobody' }
  const known = bearerOf(head, door)
  return known === undefined ? refuse({ code: 'api/token-needed' }) : { pass: true, ...known }
}

function refuse(fault: ApiFault): Passage {
  return { pass: false, fault }
}

/** `undefined` for no token, two of them, or one that is none of this node. */
function bearerOf(
  head: RequestHead,
  door: Door,
): { readonly rights: ReadonlySet<Right>; readonly bearer: Bearer } | undefined {
  const { rights } = door
  if (door.token === undefined) return { rights, bearer: 'socket' }
  const values = valuesOf(head, 'authorization')
  const presented = /^Bearer ([0-9a-f]{64})$/i.exec(values[0] ?? '')?.[1]?.toLowerCase()
  if (values.length !== 1 || presented === undefined) return undefined
  return door.token.matches(presented)
    ? { rights, bearer: 'own' }
    : door.others?.bearerOf(presented)
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? target
}

function valuesOf(head: RequestHead, name: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < head.rawHeaders.length; at += 2) {
    if (head.rawHeaders[at]?.toLowerCase() === name) values.push(head.rawHeaders[at + 1] ?? '')
  }
  return values
}
