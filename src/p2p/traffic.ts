/**
 * What each connection has carried, counted where its bytes enter and leave: with encryption, framing
 * and all. Bytes are counted as they are handed on, and nothing is held.
 */
import type { MultiaddrConnection } from '@libp2p/interface'

export interface Carried {
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** The part of a connection that is counted. */
type Counted = Pick<
  MultiaddrConnection,
  'remoteAddr' | 'send' | 'dispatchEvent' | 'addEventListener'
>

export class Traffic {
  readonly #byAddress = new Map<string, { receivedBytes: number; sentBytes: number }>()

  /** Counts until the connection closes. */
  watch(connection: Counted): void {
    const address = placeIn(connection.remoteAddr.toString())
    const carried = { receivedBytes: 0, sentBytes: 0 }
    this.#byAddress.set(address, carried)
    const send = connection.send.bind(connection)
    connection.send = (data) => {
      carried.sentBytes += data.byteLength
      return send(data)
    }
    // A listener of its own would take away the bytes that nobody listens for yet.
    const dispatch = connection.dispatchEvent.bind(connection)
    connection.dispatchEvent = (event) => {
      if (event.type === 'message') carried.receivedBytes += bytesIn(event)
      return dispatch(event)
    }
    connection.addEventListener(
      'close',
      () => {
        if (this.#byAddress.get(address) === carried) this.#byAddress.delete(address)
      },
      { once: true },
    )
  }

  /** By the address of the other end; `undefined` for a connection that is not watched. */
  of(address: string): Carried | undefined {
    return this.#byAddress.get(placeIn(address))
  }
}

/** Who is at the other end of a connection that came in is known only after it was let in. */
function placeIn(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, '')
}

function bytesIn(event: Event): number {
  const data: unknown = 'data' in event ? event.data : undefined
  if (typeof data !== 'object' || data === null || !('byteLength' in data)) return 0
  return typeof data.byteLength === 'number' ? data.byteLength : 0
}
