/** The floor of an answer over HTTP: a Fastify route that answers any path with one object. */
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

const [, , socketPath = '', file = ''] = process.argv
const payload: unknown = JSON.parse(readFileSync(file, 'utf8'))
const server = fastify()
server.get('*', async () => payload)
await server.listen({ path: socketPath })
process.stdout.write('listening\n')
