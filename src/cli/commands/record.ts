import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { asError } from '../../base/error.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { given } from '../input.ts'
import { findRecord } from '../record-name.ts'
import { counted } from '../text.ts'

const show: CommandDefinition = {
  name: 'show',
  summary: 'One record: what was signed, by whom, and its bytes',
  arguments: [{ name: '<id>', description: 'id of the record, or its beginning' }],
  examples: ['aip-node record show bafyreihq7p'],

  async run(invocation, { connect, output }) {
    const client = await connect()
    const id = await findRecord(invocation.needed(0), client)
    const found = await client.getRecord({ id })
    output.answer(found, () => [
      ...JSON.stringify(found.record, undefined, 2).split('\n'),
      `hash   ${found.hash}`,
      `bytes  ${found.bytes}`,
    ])
  },
}

const importFile: CommandDefinition = {
  name: 'import',
  summary: 'Take in a bundle of records; stored, not gossiped',
  arguments: [{ name: '<file>', description: 'a bundle' }],
  examples: ['aip-node record import bundle.aip'],

  async run(invocation, { connect, output, signal }) {
    const body = await readable(invocation.needed(0))
    const result = await (await connect()).importRecords({ body }, { signal })
    const refused = result.refused.reduce((sum, { count }) => sum + count, 0)
    output.answer(result, () => [
      `${counted(result.read, 'record')} read: ${result.stored} stored, ${result.known} known, ${refused} refused; ${counted(result.identities, 'identity', 'identities')}.`,
      ...result.refused.map(({ code, count }) => `  ${count} ${code}`),
    ])
    const isAllRefused = refused > 0 && result.stored + result.known === 0
    return isAllRefused ? EXIT.policy : EXIT.ok
  },
}

const exportFile: CommandDefinition = {
  name: 'export',
  summary: 'Write records and the identities that they need to a bundle',
  arguments: [{ name: '<file>', description: 'where to; must not exist' }],
  options: [
    { flags: '--issuer <agent>', description: 'only records by this agent' },
    { flags: '--subject <agent>', description: 'only records about this agent' },
  ],
  examples: ['aip-node record export mine.aip --issuer @me'],

  async run(invocation, { connect, output, signal }) {
    const client = await connect()
    const named = async (option: string): Promise<string | undefined> => {
      const text = invocation.text(option)
      return text === undefined ? undefined : findAgent(text, client)
    }
    const filter = given({ issuer: await named('issuer'), subject: await named('subject') })
    const path = invocation.needed(0)
    const file = createWriteStream(path, { flags: 'wx' })
    try {
      await pipeline(client.exportRecords(filter, { signal }), file)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error
      throw new CliError({ code: 'cli/file-unwritable', path, reason: reasonOf(error) })
    }
    output.answer({ file: path, bytes: file.bytesWritten }, () => [
      `Wrote ${file.bytesWritten} bytes to ${path}.`,
    ])
  },
}

const verify: CommandDefinition = {
  name: 'verify',
  summary: 'Check a bundle without a node: signatures, keys and formats',
  arguments: [{ name: '<file>', description: 'a bundle' }],
  options: [
    { flags: '--network <name>', description: 'the network it was signed for', fallback: 'main' },
  ],
  examples: ['aip-node record verify mine.aip --network local'],

  async run(invocation, { output }) {
    const chunks = await readable(invocation.needed(0))
    const { verifyBundle } = await import('../bundle-file.ts')
    const { nativeVerifier } = await import('../../node/native-crypto.ts')
    const network = invocation.text('network') ?? 'main'
    const report = await verifyBundle(chunks, { network, verifier: nativeVerifier })
    output.answer(report, () => [
      `${report.sound} of ${counted(report.records, 'record')} sound on the network "${network}", ${counted(report.identities, 'identity', 'identities')}.`,
      ...Object.entries(report.faults).map(([code, count]) => `  ${count} ${code}`),
      ...(report.sound === 0 && report.records > 0
        ? ['If it was signed for another network, name that with --network.']
        : []),
    ])
    return Object.keys(report.faults).length === 0 ? EXIT.ok : EXIT.policy
  },
}

export const record: CommandDefinition = {
  name: 'record',
  summary: 'The signed records themselves: show, import, export, verify',
  examples: ['aip-node record show <id>', 'aip-node record import bundle.aip'],
  subcommands: [show, importFile, exportFile, verify],
}

/** The file's bytes; opened now, so that a missing file is said before anything is sent. */
async function readable(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(path)
    if (!(await file.stat()).isFile()) {
      await file.close()
      throw new Error('it is no file')
    }
    await file.close()
  } catch (error) {
    throw new CliError(
      { code: 'cli/file-unreadable', path, reason: reasonOf(error) },
      { cause: error },
    )
  }
  return createReadStream(path)
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or directory'
    case 'EACCES':
      return 'permission denied'
    case 'EEXIST':
      return 'it exists already'
    default:
      return asError(error).message
  }
}
