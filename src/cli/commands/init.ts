import { readPublicIdentity, hasSheet, type OwnIdentity } from '../../node/own-identity.ts'
import { NodeError } from '../../node/error.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import type { CommandDefinition, Invocation } from '../command.ts'
import { makeIdentity, prepare, type IdentityOptions, type Prepared } from '../daemon.ts'
import { CliError } from '../error.ts'
import { chosenPassphrase, PASSPHRASE_OPTION, passphraseInFile } from '../secrets.ts'
import { writeSheet, withdrawSheet } from '../sheet-file.ts'
import { flagsOf, homeOption, NO_SHEET, shown } from './start.ts'

export const ROOT_OPTIONS: NonNullable<CommandDefinition['options']> = [
  {
    flags: '--cold-root',
    description: 'the key that names the identity is on the sheet alone (as profile server has it)',
  },
  { flags: '--hot-root', description: 'it is the operational key too (as profile edge has it)' },
]

export const init: CommandDefinition = {
  name: 'init',
  summary: 'Make the identity of this node: its key, its key log and its recovery sheet',
  options: [
    { flags: '--network <name|file>', description: 'local, public, or a JSON file' },
    {
      flags: '--profile <profile>',
      description: 'what the node will be started as',
      choices: ['edge', 'server', 'offline', 'test'],
    },
    ...ROOT_OPTIONS,
    { flags: '--recovery-sheet <file>', description: 'write the recovery sheet there (mode 0600)' },
    { flags: '--encrypt', description: 'ask for a passphrase, and encrypt the key with it' },
    PASSPHRASE_OPTION,
  ],
  examples: [
    'aip-node init',
    'aip-node init --cold-root --encrypt',
    'aip-node init --home /srv/agent --recovery-sheet /media/usb/sheet.txt',
  ],

  async run(invocation, context) {
    const { env, platform, output, ask, signal } = context
    const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
    const present = await readPublicIdentity(prepared.paths.keyFile)
    if (present !== undefined) {
      throw new NodeError({ code: 'node/identity-exists', did: present.did })
    }
    const newPassphrase = invocation.has('encrypt')
      ? await chosenPassphrase(invocation, context, { what: prepared.paths.keyFile })
      : await passphraseInFile(invocation, context)
    const file = invocation.text('recoverySheet')
    const identity = await madeWith(prepared, file, {
      keepSheet: ask === undefined ? undefined : shown(output),
      hasColdRoot: rootChoice(invocation),
      newPassphrase,
      signal,
    })
    const isEncrypted = newPassphrase !== undefined
    const data = {
      did: identity.did,
      peerId: peerIdOfKey(identity.signer.publicKey),
      root: identity.log.hasColdRoot ? 'cold' : 'hot',
      encrypted: isEncrypted,
      home: prepared.paths.state,
      recoverySheet: file ?? null,
    }
    output.answer(data, () => [
      `did       ${data.did}`,
      `peer id   ${data.peerId}`,
      `root      ${data.root}`,
      `key       ${prepared.paths.keyFile}${isEncrypted ? ' (encrypted)' : ''}`,
      `data      ${data.home}`,
      ...(file === undefined ? [] : [`sheet     ${file}: move it off this machine`]),
      ...(hasSheet(identity.log) ? [] : [NO_SHEET]),
      `Next: aip-node start${homeOption(prepared.paths)}`,
    ])
  },
}

/** What the command line says of the root; `undefined`: as the profile has it. */
export function rootChoice(invocation: Invocation): boolean | undefined {
  const [isCold, isHot] = [invocation.has('coldRoot'), invocation.has('hotRoot')]
  if (isCold && isHot) {
    const problem = '--cold-root and --hot-root exclude each other'
    throw new CliError({ code: 'cli/usage', problem })
  }
  return isCold ? true : isHot ? false : undefined
}

/** The sheet goes to the file, or to whoever reads the terminal, before there is an identity. */
async function madeWith(
  prepared: Prepared,
  file: string | undefined,
  options: IdentityOptions,
): Promise<OwnIdentity> {
  if (file === undefined) return makeIdentity(prepared, options)
  let isWritten = false
  const keepSheet = async (page: string): Promise<void> => {
    await writeSheet(file, page)
    isWritten = true
  }
  try {
    return await makeIdentity(prepared, { ...options, keepSheet })
  } catch (error) {
    // A sheet of no identity would only mislead.
    if (isWritten) await withdrawSheet(file)
    throw error
  }
}
