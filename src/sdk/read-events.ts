/** Server-sent events, read as they come. Source: WHATWG HTML, section 9.2. */
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { EventView } from '../api/views.ts'
import { ClientError } from './error.ts'

/** One event at most: more means that the other end is not the node. */
export const EVENT_LIMIT_CHARS = 65_536

/** Ends when the node closes the stream, or quietly when `signal` aborts. */
export async function* readEvents(
  opened: Promise<IncomingMessage>,
  signal: AbortSignal | undefined,
): AsyncGenerator<EventView> {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  try {
    const stream: AsyncIterable<Buffer> = await opened
    for await (const chunk of stream) {
      pending += decoder.write(chunk)
      const blocks = pending.split('\n\n')
      pending = blocks.pop() ?? ''
      if (pending.length > EVENT_LIMIT_CHARS) {
        const reason = 'an event without end'
        throw new ClientError({ code: 'client/answer-invalid', reason })
      }
      for (const block of blocks) {
        const event = parseBlock(block)
        if (event !== undefined) yield event
      }
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

/** The event of a block; `undefined` for a heartbeat. */
function parseBlock(block: string): EventView | undefined {
  const line = block.split('\n').find((candidate) => candidate.startsWith('data: '))
  if (line === undefined) return undefined
  try {
    return EventView.parse(JSON.parse(line.slice('data: '.length)))
  } catch (error) {
    const reason = 'an event that is none'
    throw new ClientError({ code: 'client/answer-invalid', reason }, { cause: error })
  }
}
