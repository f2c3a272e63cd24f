/**
 * Server-sent events: one event a block, with its cursor as `id`, and a comment as a heartbeat, so
 * that both ends notice a dead connection. Source: WHATWG HTML, section 9.2.
 *
 * A reader that does not read is waited for, and what is waiting is bounded by the source: nothing
 * piles up here.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { SECOND_MS } from '../base/units.ts'
import type { Output } from './contract.ts'

export const HEARTBEAT_MS = 15 * SECOND_MS

/** Writes until the events end, the reader leaves, or `signal` aborts. The head is written first. */
export async function streamEvents(
  response: ServerResponse,
  events: AsyncIterable<Output<'events'>>,
  signal: AbortSignal,
): Promise<void> {
  // Headers leave at once: the reader knows that it is connected before anything happens.
  response.write(': connected\n\n')
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': \n\n')
  }, HEARTBEAT_MS)
  try {
    for await (const event of events) {
      if (signal.aborted || response.destroyed) return
      if (!response.write(block(event))) await once(response, 'drain', { signal })
    }
  } catch (error) {
    // The reader went away, or the server closes: the end of a stream and no failure.
    if (!signal.aborted) throw error
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

/** Kinds are words of ours and JSON has no line breaks, so nothing in an event can end its block. */
function block(event: Output<'events'>): string {
  return `id: ${event.cursor}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`
}
