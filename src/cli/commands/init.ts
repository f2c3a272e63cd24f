import { rm, writeFile } from 'node:fs/promises'
import { asError } from '../../base/error.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import { readIdentity, type OwnIdentity } from '../../node/own-identity.ts'
import { NodeError } from '../../node/error.ts'
import type { CommandDefinition } from '../command.ts'
import { makeIdentity, prepare, type Prepared } from '../daemon.ts'
import { CliError } from '../error.ts'
import type { Output } from '../output.ts'
import { flagsOf, homeOption, lacksSheet, NO_SHEET, shown } from './start.ts'

export const init: CommandDefinition = {
  name: 'init',
  summary: 'Make the identity of this node: its key, its key log and its recovery sheet',
  options: [
    { flags: '--network <name|file>', description: 'local, public, or a JSON file' },
    { flags: '--recovery-sheet <file>', description: 'write the recovery sheet there (mode 0600)' },
  ],
  examples: [
    'aip-node init',
    'aip-node init --home /srv/agent --recovery-sheet /media/usb/sheet.txt',
  ],

  async run(invocation, { env, platform, output, ask, signal }) {
    const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
    const present = await readIdentity(prepared.paths.keyFile)
    if (present !== undefined) {
      throw new NodeError({ code: 'node/identity-exists', did: present.did })
    }
    const file = invocation.text('recoverySheet')
    const identity = await madeWith(prepared, { file, output, signal, isRead: ask !== undefined })
    const data = {
      did: identity.did,
      peerId: peerIdOfKey(identity.signer.publicKey),
      home: prepared.paths.state,
      recoverySheet: file ?? null,
    }
    output.answer(data, () => [
      `did       ${data.did}`,
      `peer id   ${data.peerId}`,
      `data      ${data.home}`,
      ...(file === undefined ? [] : [`sheet     ${file}: move it off this machine`]),
      ...(lacksSheet(identity) ? [NO_SHEET] : []),
      `Next: aip-node start${homeOption(prepared.paths)}`,
    ])
  },
}

/** The sheet goes to the file, or to whoever reads the terminal, before there is an identity. */
async function madeWith(
  prepared: Prepared,
  how: {
    readonly file: string | undefined
    readonly output: Output
    readonly signal: AbortSignal
    readonly isRead: boolean
  },
): Promise<OwnIdentity> {
  const { file, output, signal, isRead } = how
  if (file === undefined) {
    return makeIdentity(prepared, { keepSheet: isRead ? shown(output) : undefined, signal })
  }
  let isWritten = false
  const keepSheet = async (sheet: string): Promise<void> => {
    await writeSheet(file, sheet)
    isWritten = true
  }
  try {
    return await makeIdentity(prepared, { keepSheet, signal })
  } catch (error) {
    // A sheet of no identity would only mislead.
    if (isWritten) await rm(file, { force: true })
    throw error
  }
}

async function writeSheet(path: string, sheet: string): Promise<void> {
  try {
    await writeFile(path, `${sheet}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new CliError({ code: 'cli/file-unwritable', path, reason: asError(cause).message })
  }
}
