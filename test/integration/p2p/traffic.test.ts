/** What a connection has carried, counted by two hosts that speak to each other. */
import { describe, test } from 'vitest'
import { connect, eventually, loopbackHost } from '../../support/mesh.ts'

describe('the traffic of a connection', () => {
  test('is counted at both ends, in both directions', async () => {
    await using one = await loopbackHost()
    await using other = await loopbackHost()
    await connect(one, other)
    const carried = (host: typeof one) => {
      const [connection] = host.libp2p.getConnections()
      return connection && host.gate.traffic.of(connection.remoteAddr.toString())
    }
    for (const host of [one, other]) {
      await eventually('bytes both ways', () => {
        const found = carried(host)
        return found !== undefined && found.receivedBytes > 0 && found.sentBytes > 0
      })
    }
  })
})
