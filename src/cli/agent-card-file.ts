/**
 * `id --card` and `verify card.json`: AgentCards of A2A in files, or on standard input where the path
 * is `-`. The node signs and checks them. Specification: docs/spec/agent-cards.md.
 */
import type { Output } from '../api/contract.ts'
import { MIB_BYTES } from '../base/units.ts'
import type { JsonObject } from '../crypto/jcs.ts'
import { AgentCardError } from '../signing/agent-card-error.ts'
import { parseCard } from '../signing/agent-card.ts'
import type { CommandContext } from './command.ts'
import { readable } from './file.ts'

/** What is read at most: a card is smaller, however it is set out. */
const FILE_LIMIT_BYTES = MIB_BYTES

/** Prints the card with this agent's identity in it, signed. */
export async function signCardFile(
  path: string,
  { connect, output, stdin }: CommandContext,
): Promise<void> {
  const given = await cardIn(path, stdin)
  const { card } = await (await connect()).signAgentCard({ card: given })
  if (output.isJson) output.answer(card, () => [])
  else output.json(card)
}

export async function verifyCardFile(
  path: string,
  { connect, output, stdin }: CommandContext,
): Promise<void> {
  const card = await cardIn(path, stdin)
  const checked = await (await connect()).verifyAgentCard({ card })
  output.answer(checked, () => cardLines(checked, card))
}

function cardLines(
  { did, keyId, requestSigning, records, uncovered, source, score }: Output<'verifyAgentCard'>,
  card: JsonObject,
): string[] {
  const { name } = card
  return [
    `card of   ${did}, signed with its current key ${keyId.slice(did.length)}`,
    // What it calls itself is its own word: one line of it, in quotes.
    ...(typeof name === 'string' ? [`says      ${JSON.stringify(name)}`] : []),
    ...(requestSigning === null ? [] : [`requests  ${requestSigning}`]),
    ...records.map((address) => `node      ${address}`),
    ...uncovered.map((place) => `unsigned  ${place} is empty, and anybody could have put it in`),
    `key log   from ${source}, verified`,
    `score     ${score.state}, ${score.assured === null ? 'not assured' : `assured ${score.assured.toFixed(3)}`}: ${score.reason}`,
  ]
}

async function cardIn(path: string, stdin: AsyncIterable<Uint8Array>): Promise<JsonObject> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of path === '-' ? stdin : await readable(path)) {
    bytes += chunk.length
    if (bytes > FILE_LIMIT_BYTES) {
      throw new AgentCardError({ code: 'card/too-large', bytes, limitBytes: FILE_LIMIT_BYTES })
    }
    chunks.push(chunk)
  }
  return parseCard(Buffer.concat(chunks))
}
