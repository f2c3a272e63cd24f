import { open, readFile } from 'node:fs/promises'
import type { Client } from '../../api/contract.ts'
import { concatBytes, textBytes } from '../../base/bytes.ts'
import { asError } from '../../base/error.ts'
import { sealArchive } from '../../node/backup/archive.ts'
import { decodePack, encodePack, type Pack } from '../../node/backup/pack.ts'
import { CONFIG_PART, KEY_PART, packOf } from '../../node/backup/parts.ts'
import { NodeError } from '../../node/error.ts'
import { AipNode } from '../../node/node.ts'
import { keylessIdentity, readPublicIdentity } from '../../node/own-identity.ts'
import { newBoxKey } from '../../node/passphrase-box.ts'
import { finishSuccession } from '../../node/succession.ts'
import type { CommandDefinition, CommandContext, OptionDefinition } from '../command.ts'
import { nodeOptions, prepare, type Prepared } from '../daemon.ts'
import { CliError } from '../error.ts'
import { createLogger } from '../logger.ts'
import { runningNode } from '../own-node.ts'
import { chosenPassphrase, PASSPHRASE_OPTION } from '../secrets.ts'
import { counted } from '../text.ts'
import { flagsOf } from './start.ts'

export const ARCHIVE_PASSPHRASE_OPTION: OptionDefinition = {
  flags: '--backup-passphrase-file <file>',
  description: 'the passphrase of the backup, when it is not that of --passphrase-file',
}

export const backup: CommandDefinition = {
  name: 'backup',
  summary: 'Write key, settings, pins, private observations and own records to one encrypted file',
  arguments: [{ name: '<file>', description: 'where to; must not exist' }],
  options: [
    PASSPHRASE_OPTION,
    ARCHIVE_PASSPHRASE_OPTION,
    { flags: '--network <name|file>', description: 'of a home whose node does not run' },
  ],
  examples: [
    'aip-node backup /media/usb/agent.aipbak',
    'aip-node backup agent.aipbak --passphrase-file words.txt',
  ],

  async run(invocation, context) {
    const { env, platform, output } = context
    const path = invocation.needed(0)
    const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
    const option = invocation.text('backupPassphraseFile') ? 'backupPassphraseFile' : undefined
    const words = await chosenPassphrase(invocation, context, {
      what: 'the backup',
      ...(option !== undefined && { option }),
    })
    const boxKey = await newBoxKey(words)
    const client = await runningNode(context)
    const parts =
      client === undefined ? await packedHere(prepared, context) : await packedThere(client)
    const pack = await withFiles(parts, prepared)
    const archive = sealArchive(pack, boxKey)
    await writeArchive(path, archive)
    const data = { file: path, did: pack.did, bytes: archive.length, parts: [...pack.files.keys()] }
    output.answer(data, () => [
      `Wrote ${archive.length} bytes to ${path}: ${counted(pack.files.size, 'part')} of ${pack.did}.`,
      'It opens with its passphrase alone, and holds the key: keep both, apart from each other.',
    ])
  },
}

/** Asked of the node that runs here. */
async function packedThere(client: Client): Promise<Pack> {
  const chunks: Uint8Array[] = []
  for await (const chunk of client.exportHome({})) chunks.push(chunk)
  return decodePack(concatBytes(...chunks))
}

/** Read from the disk, which needs no key. */
async function packedHere(prepared: Prepared, { clock }: CommandContext): Promise<Pack> {
  const { keyFile } = prepared.paths
  await finishSuccession(keyFile)
  const present = await readPublicIdentity(keyFile)
  if (present === undefined) throw new NodeError({ code: 'node/key-file-missing', path: keyFile })
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const options = nodeOptions(prepared, { identity: keylessIdentity(present.log), clock, log })
  await using node = await AipNode.start({ ...options, profile: 'offline', listen: [] })
  return decodePack(encodePack(await packOf(node)))
}

/** The key file as it is, encrypted or not, and the settings, if there are any. */
async function withFiles(parts: Pack, { paths }: Prepared): Promise<Pack> {
  const files = new Map([[KEY_PART, textBytes(await readFile(paths.keyFile, 'utf8'))]])
  try {
    files.set(CONFIG_PART, textBytes(await readFile(paths.config, 'utf8')))
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isAbsent) throw error
  }
  for (const [name, bytes] of parts.files) files.set(name, bytes)
  return { ...parts, files }
}

async function writeArchive(path: string, archive: Uint8Array): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(archive)
    await file.sync()
  } catch (cause) {
    throw new CliError({ code: 'cli/file-unwritable', path, reason: asError(cause).message })
  }
}
