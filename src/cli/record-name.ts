/** Which record the user means: a CID, 64 hex digits, or the beginning of a CID (six characters or more). */
import type { Client } from '../api/contract.ts'
import { RecordId } from '../api/schema.ts'
import { CliError } from './error.ts'

const MATCH_LIMIT_COUNT = 10

/** @param issuer  Only records by this agent. */
export async function findRecord(text: string, client: Client, issuer?: string): Promise<string> {
  const wanted = text.replace(/^(?:vouch|record):/, '')
  if (RecordId.safeParse(wanted).success) return wanted
  if (!/^[a-z0-9]{6,64}$/.test(wanted)) {
    throw new CliError({
      code: 'cli/usage',
      problem: `"${text}" is no id of a record, nor 6 characters of one`,
    })
  }
  const { items } = await client.listRecords({
    prefix: wanted,
    limit: MATCH_LIMIT_COUNT,
    ...(issuer === undefined ? {} : { issuer, type: 'vouch' as const }),
  })
  const [only] = items
  if (only === undefined) throw new CliError({ code: 'cli/record-unknown', query: text })
  if (items.length > 1) {
    const matches = items.map(({ id }) => id).join(', ')
    throw new CliError({ code: 'cli/record-ambiguous', query: text, matches })
  }
  return only.id
}
