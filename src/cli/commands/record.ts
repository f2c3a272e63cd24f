import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { NETWORK_NAME } from '../../crypto/domain.ts'
import { findAgent } from '../agent-name.ts'
import type { CommandDefinition, Invocation } from '../command.ts'
import { CliError } from '../error.ts'
import { EXIT } from '../exit.ts'
import { readable, reasonOf } from '../file.ts'
import { given } from '../input.ts'
import { findRecord } from '../record-name.ts'
import { counted } from '../text.ts'
import { holdsCredential, verifyBundleFile, verifyCredentialFile } from '../verify-file.ts'

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
  summary:
    'Write records and the identities that they need to a bundle, or a vouch as a credential',
  arguments: [{ name: '<file>', description: 'where to; must not exist' }],
  options: [
    { flags: '--issuer <agent>', description: 'only records by this agent' },
    { flags: '--subject <agent>', description: 'only records about this agent' },
    {
      flags: '--as <form>',
      description: 'bundle, or vc: one vouch of mine as a W3C Verifiable Credential, signed anew',
      choices: ['bundle', 'vc'],
      fallback: 'bundle',
    },
    { flags: '--id <vouch>', description: 'for --as vc: id of the vouch, or its beginning' },
  ],
  examples: [
    'aip-node record export mine.aip --issuer @me',
    'aip-node record export bob.vc.json --as vc --id bafyreihq7p',
  ],

  async run(invocation, { connect, output, signal }) {
    const vouch = credentialOrder(invocation)
    const client = await connect()
    if (vouch !== undefined) {
      const { did } = await client.identity({})
      const credential = await client.exportCredential({ id: await findRecord(vouch, client, did) })
      const path = invocation.needed(0)
      await written(path, `${JSON.stringify(credential, undefined, 2)}\n`)
      output.answer(
        { file: path, credential: credential.id, validUntil: credential.validUntil },
        () => [
          `Wrote the credential to ${path}. It is valid until ${credential.validUntil}.`,
          'Whoever has the file can show it to others; a revocation does not reach it by itself.',
        ],
      )
      return
    }
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
      throw unwritable(path, error)
    }
    output.answer({ file: path, bytes: file.bytesWritten }, () => [
      `Wrote ${file.bytesWritten} bytes to ${path}.`,
    ])
  },
}

const verify: CommandDefinition = {
  name: 'verify',
  summary:
    'Check a bundle, or the credential of a vouch: which rule holds or fails, record by record',
  arguments: [{ name: '<file>', description: 'a bundle or a credential' }],
  options: [
    { flags: '--network <name>', description: 'the network it was signed for', fallback: 'main' },
    {
      flags: '--bundle <file>',
      description: 'for a credential: the key logs and revocations; else the running node is asked',
    },
  ],
  examples: [
    'aip-node record verify mine.aip --network local',
    'aip-node record verify bob.vc.json --bundle mine.aip',
  ],

  async run(invocation, context) {
    const path = invocation.needed(0)
    const network = invocation.text('network') ?? 'main'
    if (!NETWORK_NAME.test(network)) {
      throw new CliError({ code: 'cli/usage', problem: `"${network}" is no name of a network` })
    }
    const bundle = invocation.text('bundle')
    if (await holdsCredential(path)) {
      return verifyCredentialFile({ path, bundle, network }, context)
    }
    if (bundle !== undefined) {
      const problem = '--bundle goes with a credential, and the file is none'
      throw new CliError({ code: 'cli/usage', problem })
    }
    return verifyBundleFile({ path, network }, context)
  },
}

export const record: CommandDefinition = {
  name: 'record',
  summary: 'The signed records themselves: show, import, export, verify',
  examples: ['aip-node record show <id>', 'aip-node record import bundle.aip'],
  subcommands: [show, importFile, exportFile, verify],
}

/** Which vouch is to be exported as a credential, when one is. */
function credentialOrder(invocation: Invocation): string | undefined {
  const vouch = invocation.text('id')
  const isCredential = invocation.text('as') === 'vc'
  if (isCredential === (vouch !== undefined)) {
    const filter = ['issuer', 'subject'].find((name) => invocation.text(name) !== undefined)
    if (!isCredential || filter === undefined) return vouch
    throw new CliError({ code: 'cli/usage', problem: `--${filter} goes with a bundle` })
  }
  const problem = isCredential ? 'name the vouch with --id' : '--id goes with --as vc'
  throw new CliError({ code: 'cli/usage', problem })
}

async function written(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** What the file system says, as a fault; anything else as it is. */
function unwritable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error
  return new CliError({ code: 'cli/file-unwritable', path, reason: reasonOf(error) })
}
