/** Paths as they would be. */
import { isDid, parseDid, type Did } from '../../identity/did.ts'
import type { RecordId } from '../../records/record.ts'
import type { Handlers } from '../contract.ts'
import { pathView } from '../trust-views.ts'
import type { HandlerFrame } from './frame.ts'
import { readRecordId } from './paging.ts'

export function whatIfHandlers({ node }: HandlerFrame): Pick<Handlers, 'pathsBetween'> {
  return {
    pathsBetween: async ({ from = node.did, to, scope, without, k }) => {
      const agents = new Set<Did>(without.filter(isDid))
      const records = new Set<RecordId>(without.filter((one) => !isDid(one)).map(readRecordId))
      const found = await node.outlook.whatIf({
        from: parseDid(from),
        to: parseDid(to),
        scope,
        limit: k,
        without: { agents, records },
      })
      return {
        from,
        to,
        scope,
        items: found.paths.map(pathView),
        standing: found.standing,
        standingWithout: found.standingWithout,
        truncated: found.isCut,
      }
    },
  }
}
