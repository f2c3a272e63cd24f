/** AgentCards of A2A, for tests of what is signed in them. */
import type { JsonObject } from '../../src/crypto/jcs.ts'

/** A card that has everything that A2A requires, and nothing that is empty. */
export function plainCard(changes: JsonObject = {}): JsonObject {
  return {
    name: 'Bob',
    description: 'Reviews what it is sent – „line by line“.',
    supportedInterfaces: [
      { url: 'https://bob.example/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    ],
    version: '1.0.0',
    capabilities: { streaming: false },
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [{ id: 'review', name: 'Review', description: 'Reads lines.', tags: ['review'] }],
    ...changes,
  }
}
