/**
 * Whom the user means: a DID, the beginning of one (six digits or more), a petname, or `@me`.
 *
 * A name that fits several is never guessed: all of them are listed.
 */
import type { Client, Output } from '../api/contract.ts'
import { Query } from '../api/schema.ts'
import { CliError } from './error.ts'

const DID_TEXT = /^did:aip:[0-9a-f]{32}$/
const DID_PREFIX_TEXT = /^(?:did:aip:)?([0-9a-f]{6,31})$/
const MATCH_LIMIT_COUNT = 10

/** @throws {CliError} when nobody, or more than one, is called that. */
export async function findAgent(text: string, client: Client): Promise<string> {
  if (text === '@me') return (await client.identity({})).did
  if (DID_TEXT.test(text)) return text
  const digits = DID_PREFIX_TEXT.exec(text)?.[1]
  if (text.startsWith('did:') && digits === undefined) {
    throw new CliError({
      code: 'cli/usage',
      problem: `"${text}" is no DID of this network: that is "did:aip:" and 32 lower-case hex digits, or at least 6 of them`,
    })
  }
  if (!Query.safeParse(text).success) {
    throw new CliError({ code: 'cli/usage', problem: `"${text}" is no name of an agent` })
  }
  const { items } = await client.listAgents({ q: text, limit: MATCH_LIMIT_COUNT })
  const named = items.filter((agent) => agent.name === text)
  const matches = named.length > 0 ? named : items.filter((agent) => begins(agent, digits))
  const [only] = matches
  if (only === undefined) throw new CliError({ code: 'cli/agent-unknown', query: text })
  if (matches.length > 1) {
    const list = matches.map(({ did, name }) => (name === null ? did : `${did} (${name})`))
    throw new CliError({ code: 'cli/agent-ambiguous', query: text, matches: list.join(', ') })
  }
  return only.did
}

function begins(agent: Output<'listAgents'>['items'][number], digits: string | undefined): boolean {
  return digits !== undefined && agent.did.startsWith(`did:aip:${digits}`)
}

/** My petnames, by DID; "you" for the viewer. */
export async function loadNames(client: Client, viewer?: string): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const { did, name } of (await client.listPins({})).items) {
    if (name !== null) names.set(did, name)
  }
  if (viewer !== undefined) names.set(viewer, 'you')
  return names
}
