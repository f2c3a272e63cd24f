/** Opening a stream to a peer, and telling apart why it did not open. */
import type { Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { asError } from '../../base/error.ts'
import { FRAME_LIMIT_BYTES, Frames } from '../frames.ts'
import { ExchangeError } from './error.ts'

export type Dialer = Pick<Libp2p, 'dialProtocol'>

/** Runs one exchange on a stream of its own: closed when it ends well, aborted when it does not. */
export async function onStream<T>(
  options: {
    readonly libp2p: Dialer
    readonly peer: string
    readonly protocol: string
    readonly signal: AbortSignal
  },
  exchange: (frames: Frames) => Promise<T>,
): Promise<T> {
  const { signal } = options
  const frames = await openFrames(options)
  try {
    const result = await exchange(frames)
    await frames.close(signal)
    return result
  } catch (thrown) {
    const error = asError(thrown)
    frames.abort(error)
    throw error
  }
}

async function openFrames({
  libp2p,
  peer,
  protocol,
  signal,
}: {
  readonly libp2p: Dialer
  readonly peer: string
  readonly protocol: string
  readonly signal: AbortSignal
}): Promise<Frames> {
  try {
    const stream = await libp2p.dialProtocol(peerIdFromString(peer), protocol, {
      signal,
      runOnLimitedConnection: true, // through a relay
    })
    return new Frames(stream, FRAME_LIMIT_BYTES)
  } catch (thrown) {
    const reason: unknown = signal.aborted ? signal.reason : undefined
    if (reason instanceof ExchangeError) throw reason
    const cause = asError(thrown)
    if (cause.name === 'UnsupportedProtocolError') {
      throw new ExchangeError({ code: 'p2p/protocol-unsupported', peer }, { cause })
    }
    const fault = { code: 'p2p/peer-unreachable', peer, reason: cause.message } as const
    throw new ExchangeError(fault, { cause })
  }
}
