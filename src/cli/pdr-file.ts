/** Scores of every agent in a file of observations, one a line, by the reference's arithmetic. */
import { PdrError } from '../trust/reference/error.ts'
import { parseObservation } from '../trust/reference/observation-line.ts'
import type { ReferenceObservation } from '../trust/reference/observation.ts'
import { slidingReport } from '../trust/reference/report.ts'
import type { SlidingReport } from '../trust/reference/report.ts'
import { REFERENCE_METHOD } from '../trust/reference/scores.ts'
import { slidingScores } from '../trust/reference/sliding-window.ts'
import type { SlidingOptions } from '../trust/reference/sliding-window.ts'
import { CliError } from './error.ts'
import { LINE_LIMIT_BYTES, linesOf } from './line-file.ts'

/** How many observations are held at once. */
export const OBSERVATIONS_LIMIT = 1_000_000

export interface AgentReport extends SlidingReport {
  readonly agent_id: string
  readonly method: typeof REFERENCE_METHOD
}

export interface PdrReading {
  /** In the order in which the file names them. */
  readonly agents: readonly AgentReport[]
  /** Lines that are not blank. */
  readonly lineCount: number
  readonly skippedCount: number
}

/**
 * @param onInvalid  Told of each line that is no observation, with the reason; may throw to stop.
 * @throws {CliError} `cli/file-unreadable`, or `cli/usage` when the file holds too much.
 */
export async function readPdrFile(
  path: string,
  options: SlidingOptions,
  onInvalid: (line: number, reason: string) => void,
): Promise<PdrReading> {
  const byAgent = new Map<string, ReferenceObservation[]>()
  let lineCount = 0
  let skippedCount = 0
  for await (const { number, text } of linesOf(path)) {
    if (text?.trim() === '') continue
    lineCount++
    if (lineCount - skippedCount > OBSERVATIONS_LIMIT) {
      const problem = `${path} holds more than ${OBSERVATIONS_LIMIT} observations`
      throw new CliError({ code: 'cli/usage', problem })
    }
    const found = observationIn(text)
    const own = 'reason' in found ? undefined : (byAgent.get(found.agentId) ?? [])
    const reason = 'reason' in found ? found.reason : clash(found, own?.[0])
    if (reason !== undefined) {
      skippedCount++
      onInvalid(number, reason)
    } else if (!('reason' in found) && own !== undefined) {
      own.push(found)
      byAgent.set(found.agentId, own)
    }
  }
  const agents = [...byAgent].map(([agentId, observations]): AgentReport => ({
    agent_id: agentId,
    method: REFERENCE_METHOD,
    ...slidingReport(slidingScores(observations, options)),
  }))
  return { agents, lineCount, skippedCount }
}

function observationIn(
  text: string | undefined,
): ReferenceObservation | { readonly reason: string } {
  if (text === undefined) {
    return { reason: `it is not UTF-8, or longer than ${LINE_LIMIT_BYTES} bytes` }
  }
  try {
    return parseObservation(text)
  } catch (error) {
    if (!(error instanceof PdrError) || error.fault.code !== 'pdr/observation-invalid') throw error
    return { reason: error.fault.reason }
  }
}

/** Times with an offset and times without have no order; an agent's first line says which it has. */
function clash(
  { timestamp }: ReferenceObservation,
  first: ReferenceObservation | undefined,
): string | undefined {
  if (first === undefined || first.timestamp.hasOffset === timestamp.hasOffset) return undefined
  return timestamp.hasOffset
    ? 'its timestamp has an offset, and the first of this agent has none'
    : 'its timestamp has no offset, and the first of this agent has one'
}
