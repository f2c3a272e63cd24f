/**
 * A request as its signature sees it. Header names are compared without case; a header that came more
 * than once is one list of values, in order.
 */
export interface HttpRequest {
  readonly method: string
  /** Absolute: `https://agent.example/a2a?x=1`. */
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/**
 * The values of a header, joined as one: each trimmed, obsolete folding made a space, with ", " between.
 * Source: RFC 9421, section 2.1. `undefined` when it is not there.
 */
export function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  const values = headers
    .filter(([one]) => one.toLowerCase() === name)
    .map(([, value]) => value.replaceAll(/\r?\n[ \t]+/g, ' ').trim())
  return values.length === 0 ? undefined : values.join(', ')
}
