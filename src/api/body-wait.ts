/** How long the body of a request may take to arrive. A connection that waits for longer is cut off. */
import type { IncomingMessage } from 'node:http'
import { MINUTE_MS, SECOND_MS } from '../base/units.ts'
import { ApiError } from './error.ts'

export const UPLOAD_TIMEOUT_MS = 60 * MINUTE_MS
export const BODY_TIMEOUT_MS = 10 * SECOND_MS

const waits = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** A body that trickles in is cut off; one that has arrived is not affected. The last limit counts. */
export function limitWait(request: IncomingMessage, limitMs: number): void {
  const clear = (): void => {
    clearTimeout(waits.get(request))
  }
  clear()
  const cutOff = (): void => {
    request.destroy(new ApiError({ code: 'api/too-slow', limitMs }))
  }
  waits.set(request, setTimeout(cutOff, limitMs))
  request.once('end', clear)
  request.once('close', clear)
}
