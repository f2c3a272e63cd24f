/** Sockets that say nothing, and sockets that stop in the middle of the handshake; both come back. */
import { connect } from 'node:net'
import { SECOND_MS } from '../../../../src/base/units.ts'
import { attacking } from './attacking.ts'

const ADDRESSES = 100
/** As a peer begins that speaks libp2p, and then goes on with nothing. */
const FIRST_WORDS = '\u0013/multistream/1.0.0\n'

await attacking(async ({ port, size, ending }) => {
  let arrivedCount = 0
  const allThere = Promise.withResolvers<undefined>()
  const arrive = (n: number): void => {
    if (ending.aborted) return
    const localAddress = `127.0.1.${1 + (n % ADDRESSES)}`
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    socket.once('connect', () => {
      if (++arrivedCount === size) allThere.resolve(undefined)
      if (n % 2 === 1) socket.write(FIRST_WORDS)
    })
    socket.once('close', () => setTimeout(() => arrive(n), SECOND_MS))
  }
  for (let n = 0; n < size; n++) arrive(n)
  await allThere.promise
  return () => `${arrivedCount} sockets came, ${size} at a time`
})
