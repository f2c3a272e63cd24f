/**
 * An agent that gives work to another, and remembers how it went.
 *
 *     AIP_NODE_HOME=~/alice node examples/ask-agent.ts URL DID
 *
 * It looks the other up, sends a signed request, notes what came of it, and says how its score changed.
 */
import { connect } from 'aip-node/client'
import { signedFetch } from 'aip-node/client/fetch'

const [, , url, did] = process.argv
if (url === undefined || did === undefined) {
  console.error('usage: node examples/ask-agent.ts URL DID')
  process.exit(2)
}

const node = await connect()
const before = await node.score(did, { scope: 'review' })
console.log(`before: ${before.state}, ${before.reason}`)

const send = signedFetch(node)
const lines = ['one', 'two', 'three', 'four', 'five']
const response = await send(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ lines }),
})
if (!response.ok) throw new Error(`it was refused: ${response.status} ${await response.text()}`)
const { by, reviewed } = (await response.json()) as { by: string; reviewed: string[] }

// Whoever answers may say that it is anybody: only what is asked of the agent's own key proves it.
if (by !== did) throw new Error(`${by} answered in place of ${did}`)
await node.observe(did, { task: 'review', promised: lines.length, delivered: reviewed.length })

const after = await node.score(did, { scope: 'review' })
console.log(`after:  ${after.state}, ${after.reason}`)
node[Symbol.dispose]()
