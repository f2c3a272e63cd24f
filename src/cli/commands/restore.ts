import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asError } from '../../base/error.ts'
import { ARCHIVE_LIMIT_BYTES, assertWhole, openArchive } from '../../node/backup/archive.ts'
import { BackupError } from '../../node/backup/error.ts'
import type { Pack } from '../../node/backup/pack.ts'
import { CONFIG_PART, KEY_PART, restoreParts, type Restored } from '../../node/backup/parts.ts'
import { NodeError } from '../../node/error.ts'
import { parseKeyFile, writeKeyText } from '../../node/key-file.ts'
import { nativeVerifier } from '../../node/native-crypto.ts'
import { AipNode } from '../../node/node.ts'
import { keylessIdentity, readPublicIdentity } from '../../node/own-identity.ts'
import { finishSuccession } from '../../node/succession.ts'
import { KeyLog } from '../../identity/key-log.ts'
import type { CommandContext, CommandDefinition, Invocation } from '../command.ts'
import { nodeOptions, prepare } from '../daemon.ts'
import { CliError } from '../error.ts'
import { createLogger } from '../logger.ts'
import { passphraseInFile, PASSPHRASE_OPTION, SHEET_OPTION } from '../secrets.ts'
import { counted } from '../text.ts'
import { ARCHIVE_PASSPHRASE_OPTION } from './backup.ts'
import { confirmed, rotatedKey } from './rotate.ts'
import { flagsOf, homeOption } from './start.ts'

const TWIN_WARNING =
  'If the node that this backup was made of may still run somewhere, stop it for good, or take the identity away from it with "aip-node rotate" here. Two nodes with one key contradict each other, and others see it.'

export const restore: CommandDefinition = {
  name: 'restore',
  summary: 'Bring an identity and what is its own back from a backup, into an empty home',
  arguments: [{ name: '<file>', description: 'a backup' }],
  options: [
    { flags: '--yes', description: 'do not ask' },
    { flags: '--rotate', description: 'rotate the key at once: a twin of this node falls silent' },
    SHEET_OPTION,
    {
      flags: '--network <name|file>',
      description: 'of the home, when no settings are in the backup',
    },
    PASSPHRASE_OPTION,
    ARCHIVE_PASSPHRASE_OPTION,
  ],
  examples: [
    'aip-node restore /media/usb/agent.aipbak',
    'aip-node restore agent.aipbak --rotate --sheet sheet.txt --yes',
  ],

  async run(invocation, context) {
    const { env, platform, output } = context
    const flags = flagsOf(invocation)
    const before = await prepare({ env, platform, flags })
    const { paths } = before
    await finishSuccession(paths.keyFile)
    const present = await readPublicIdentity(paths.keyFile)
    if (present !== undefined) {
      throw new NodeError({ code: 'node/identity-exists', did: present.did })
    }
    const archive = await readArchive(invocation.needed(0))
    assertWhole(archive)
    const pack = await openArchive(archive, await archivePassphrase(invocation, context))
    const key = keyIn(pack)
    const made = new Date(pack.madeAtMs).toISOString()
    await confirmed(invocation, context, [
      `A backup of ${pack.did}, network "${pack.network}", made ${made}: ${[...pack.files.keys()].join(', ')}.`,
      `It is restored to ${paths.state}.`,
      TWIN_WARNING,
    ])
    const hasConfig = await isConfigWritten(pack, paths.config)
    const restored = await restoredParts(pack, key.log, { invocation, context })
    // Last: what has a key is an identity, and all of it is there by now.
    if (!(await writeKeyText(paths.keyFile, key.text))) {
      throw new NodeError({ code: 'node/identity-exists', did: pack.did })
    }
    const rotated = invocation.has('rotate') ? await rotatedKey(invocation, context) : undefined
    const data = {
      did: pack.did,
      made,
      home: paths.state,
      config: hasConfig,
      pins: restored.pins,
      privateObservations: restored.privateObservations,
      records: restored.records.stored + restored.records.known,
      keyId: rotated?.keyId ?? null,
    }
    output.answer(data, () => [
      `did       ${data.did}`,
      `data      ${data.home}`,
      `back      ${counted(data.records, 'record')}, ${counted(data.pins, 'pin')}, ${counted(data.privateObservations, 'private observation')}${hasConfig ? ', settings' : ''}`,
      ...(rotated === undefined
        ? []
        : [`key       ${rotated.keyId.split('#')[1]}: a twin with the old one falls silent`]),
      `Next: aip-node start${homeOption(paths)}`,
    ])
    if (rotated === undefined) output.note(TWIN_WARNING)
  },
}

async function archivePassphrase(invocation: Invocation, context: CommandContext): Promise<string> {
  const inFile =
    (await passphraseInFile(invocation, context, 'backupPassphraseFile')) ??
    (await passphraseInFile(invocation, context))
  if (inFile !== undefined) return inFile
  const path = invocation.needed(0)
  if (context.askSecret === undefined) throw new NodeError({ code: 'node/passphrase-needed', path })
  return context.askSecret(`Passphrase of ${path}: `)
}

/** The key file in the backup, whose log names the identity that the manifest does. */
function keyIn(pack: Pack): { readonly text: string; readonly log: KeyLog } {
  const bytes = pack.files.get(KEY_PART)
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8')
  let log: KeyLog
  try {
    log = KeyLog.parse(parseKeyFile(text, KEY_PART).log, nativeVerifier)
  } catch (cause) {
    const reason = asError(cause).message
    throw new BackupError({ code: 'backup/damaged', reason }, { cause })
  }
  if (log.did === pack.did) return { text, log }
  const reason = 'its key belongs to another identity than its manifest says'
  throw new BackupError({ code: 'backup/damaged', reason })
}

/** Settings that are there already are left alone. */
async function isConfigWritten({ files }: Pack, path: string): Promise<boolean> {
  const bytes = files.get(CONFIG_PART)
  if (bytes === undefined) return false
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(bytes)
    await file.sync()
    return true
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (isThere) return false
    throw new CliError({ code: 'cli/file-unwritable', path, reason: asError(error).message })
  }
}

async function restoredParts(
  pack: Pack,
  keyLog: KeyLog,
  { invocation, context }: { readonly invocation: Invocation; readonly context: CommandContext },
): Promise<Restored> {
  const { env, platform, clock } = context
  // Once more: the settings are there by now.
  const prepared = await prepare({ env, platform, flags: flagsOf(invocation) })
  const expected = prepared.network.name
  if (pack.network !== expected) {
    throw new BackupError({ code: 'backup/other-network', network: pack.network, expected })
  }
  const log = createLogger({ level: 'error', format: 'text', stampsTime: false })
  const options = nodeOptions(prepared, { identity: keylessIdentity(keyLog), clock, log })
  await using node = await AipNode.start({ ...options, profile: 'offline', listen: [] })
  return await restoreParts(node, pack)
}

async function readArchive(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > ARCHIVE_LIMIT_BYTES) throw new Error('it is too large')
    return Uint8Array.from(await file.readFile())
  } catch (cause) {
    const reason = asError(cause).message
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause })
  }
}
