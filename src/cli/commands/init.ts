import { writeFile } from 'node:fs/promises'
import { asError } from '../../base/error.ts'
import { peerIdOfKey } from '../../p2p/peer-id.ts'
import { readIdentity } from '../../node/own-identity.ts'
import { NodeError } from '../../node/error.ts'
import type { CommandDefinition } from '../command.ts'
import { makeIdentity, prepare } from '../daemon.ts'
import { CliError } from '../error.ts'
import { flagsOf, tellSheet } from './start.ts'

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
    const hasReader = file !== undefined || ask !== undefined
    const { identity, sheet } = await makeIdentity(prepared, { hasReader, signal })
    if (file === undefined || sheet === undefined) tellSheet(sheet, output)
    else await writeSheet(file, sheet)
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
      'Next: aip-node start',
    ])
  },
}

async function writeSheet(path: string, sheet: string): Promise<void> {
  try {
    await writeFile(path, `${sheet}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new CliError({ code: 'cli/file-unwritable', path, reason: asError(cause).message })
  }
}
