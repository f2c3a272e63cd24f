import { ALLOWABLE } from '../../mcp/tools.ts'
import type { CommandDefinition } from '../command.ts'
import { readAllowed } from '../mcp-allowed.ts'

export const mcp: CommandDefinition = {
  name: 'mcp',
  summary: 'Serve the Model Context Protocol on standard input and output, for the running node',
  options: [
    {
      flags: '--allow <changes>',
      description: `what a model may do beyond reading and observing: ${ALLOWABLE.join(', ')}, with commas`,
    },
  ],
  examples: ['aip-node mcp', 'aip-node mcp --allow vouch,revoke'],

  async run(invocation, { connect, signal }) {
    const allowed = new Set(readAllowed(invocation.text('allow')))
    const left = new AbortController()
    const client = await connect(left.signal)
    // Said at once where no node runs, and not at the first call of a model.
    await client.identity({})
    const [{ createMcpServer }, { StdioServerTransport }] = await Promise.all([
      import('../../mcp/server.ts'),
      import('@modelcontextprotocol/sdk/server/stdio.js'),
    ])
    const server = createMcpServer(client, allowed)
    const transport = new StdioServerTransport()
    const ended = new Promise<void>((resolve) => {
      process.stdin.once('end', resolve)
      signal.addEventListener('abort', () => {
        resolve()
      })
    })
    await server.connect(transport)
    await ended
    await server.close()
    // Nobody waits for what is still being asked: the process ends with its host.
    left.abort()
  },
}
