import { open } from 'node:fs/promises'
import { asError } from '../../base/error.ts'
import { CREDENTIALS_LIMIT_BYTES, parseAipCredentials } from '../../node/aip-credentials.ts'
import { createIdentity } from '../../node/own-identity.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import type { CommandDefinition } from '../command.ts'
import { assertUnused, prepare } from '../daemon.ts'
import { CliError } from '../error.ts'
import { passphraseInFile, PASSPHRASE_OPTION } from '../secrets.ts'
import { flagsOf, homeOption } from './start.ts'

const WARNINGS = [
  'warning   One key names this identity and signs for it, and it committed to no others: it can neither rotate nor recover. Whoever has a copy of that key is you, for ever.',
  'warning   The program that the key comes from signs any text with it. Stop using it there, and remove the file.',
]

export const importIdentity: CommandDefinition = {
  name: 'import',
  summary: 'Bring an identity along from the Agent Identity Protocol’s own program',
  options: [
    {
      flags: '--aip-credentials <file>',
      description: 'its credentials.json',
      isRequired: true,
    },
    { flags: '--network <name|file>', description: 'local, public, or a JSON file' },
    PASSPHRASE_OPTION,
  ],
  examples: ['aip-node import --aip-credentials ~/.aip/credentials.json'],

  async run(invocation, context) {
    const { env, platform, output, signal } = context
    const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
    const path = invocation.text('aipCredentials') ?? ''
    const { did, seed } = parseAipCredentials(await credentialsText(path))
    const passphrase = await passphraseInFile(invocation, context)
    await assertUnused(prepared)
    const identity = await createIdentity(prepared.paths.keyFile, {
      workBits: prepared.network.workBits,
      seed,
      signal,
      ...(passphrase !== undefined && { passphrase }),
    })
    const peerId = peerIdOfKey(identity.signer.publicKey)
    const data = { did, peerId, root: 'hot', home: prepared.paths.state }
    output.answer(data, () => [
      `did       ${did}`,
      `peer id   ${peerId}`,
      'root      hot',
      `data      ${data.home}`,
      ...WARNINGS,
      `Next: aip-node start${homeOption(prepared.paths)}`,
    ])
    if (output.isJson) for (const warning of WARNINGS) output.note(warning)
  },
}

async function credentialsText(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > CREDENTIALS_LIMIT_BYTES) throw new Error('it is too large')
    return await file.readFile('utf8')
  } catch (cause) {
    const reason = asError(cause).message
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause })
  }
}
