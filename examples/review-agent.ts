/**
 * An agent that reviews what it is sent, for anybody who signs the request.
 *
 *     AIP_NODE_HOME=~/bob node examples/review-agent.ts [--port 8801]
 *
 * Prints its address and DID as one line of JSON, and runs until Ctrl-C.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { connect } from 'aip-node/client'
import { verify, type SignedMessage } from 'aip-node/client/express'

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
const node = await connect()
const { did } = await node.api.identity({})

// A stranger may ask once; what it is worth shows when it has done something.
const guard = verify(node, { scope: 'review', onUnknown: 'allow' })

const server = createServer((request: SignedMessage, response) => {
  void guard(request, response, (error) => {
    if (error !== undefined) {
      response.writeHead(500).end()
      return
    }
    const { lines = [] } = request.body as { lines?: string[] }
    const reviewed = lines.map((line) => `${line}: fine`)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ by: did, for: request.aip?.did, reviewed }))
  })
})
server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(JSON.stringify({ did, url: `http://127.0.0.1:${port}/review` }))
})
process.once('SIGTERM', () => server.close())
