/**
 * Where secrets come from: a file, or a person at a terminal. Never the command line itself, which
 * other users and the shell's history see.
 */
import { open } from 'node:fs/promises'
import { asError } from '../base/error.ts'
import { NodeError } from '../node/error.ts'
import type { PassphraseSource } from '../node/own-identity.ts'
import { parseSheet, type RecoverySheet } from '../node/recovery-sheet.ts'
import type { CommandContext, Invocation, OptionDefinition } from './command.ts'
import { CliError } from './error.ts'

/** Longer than any passphrase or sheet. */
const SECRET_FILE_LIMIT_BYTES = 8_192

export const PASSPHRASE_VARIABLE = 'AIP_NODE_PASSPHRASE_FILE'

export const PASSPHRASE_OPTION: OptionDefinition = {
  flags: '--passphrase-file <file>',
  description: `the passphrase of the key, on one line; else ${PASSPHRASE_VARIABLE}, else asked`,
}

export const SHEET_OPTION: OptionDefinition = {
  flags: '--sheet <file>',
  description: 'the recovery sheet; asked for on a terminal when left out',
}

type Asking = Pick<CommandContext, 'env' | 'askSecret'>

/** The passphrase that a file holds, when the command line or the environment names one. */
export async function passphraseInFile(
  invocation: Invocation,
  { env }: Pick<CommandContext, 'env'>,
  option = 'passphraseFile',
): Promise<string | undefined> {
  const named = invocation.text(option)
  const path = named ?? (option === 'passphraseFile' ? env[PASSPHRASE_VARIABLE] : undefined)
  if (path === undefined || path === '') return undefined
  const text = (await readSecretFile(path)).replace(/\r?\n$/, '')
  if (text === '' || /[\r\n]/.test(text)) {
    throw new CliError({ code: 'cli/file-unreadable', path, reason: 'it is not one line' })
  }
  return text
}

/** For what is encrypted already. */
export function passphraseSource(invocation: Invocation, context: Asking): PassphraseSource {
  return async (path) => {
    const inFile = await passphraseInFile(invocation, context)
    if (inFile !== undefined) return inFile
    if (context.askSecret === undefined)
      throw new NodeError({ code: 'node/passphrase-needed', path })
    return context.askSecret(`Passphrase of ${path}: `)
  }
}

/** For something new: out of a file, or asked for twice. `what` is the end of a question. */
export async function chosenPassphrase(
  invocation: Invocation,
  context: Asking,
  { what, option }: { readonly what: string; readonly option?: string },
): Promise<string> {
  const inFile = await passphraseInFile(invocation, context, option)
  if (inFile !== undefined) return inFile
  const { askSecret } = context
  if (askSecret === undefined) throw new NodeError({ code: 'node/passphrase-needed', path: what })
  const first = await askSecret(`Passphrase for ${what}: `)
  const again = await askSecret('The same again: ')
  if (first !== again)
    throw new CliError({ code: 'cli/usage', problem: 'the two are not the same' })
  return first
}

/** @throws {NodeError} `node/sheet-invalid`; {CliError} when there is neither file nor terminal. */
export async function recoverySheet(
  invocation: Invocation,
  { askSecret }: Asking,
): Promise<RecoverySheet> {
  const path = invocation.text('sheet')
  if (path === undefined && askSecret === undefined) {
    const problem = 'the recovery sheet is needed: name its file with --sheet'
    throw new CliError({ code: 'cli/usage', problem })
  }
  const text =
    path === undefined
      ? ((await askSecret?.('Secret of the recovery sheet: ')) ?? '')
      : await readSecretFile(path)
  const sheet = parseSheet(text)
  if (typeof sheet === 'string') throw new NodeError({ code: 'node/sheet-invalid', reason: sheet })
  return sheet
}

async function readSecretFile(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > SECRET_FILE_LIMIT_BYTES) throw new Error('it is too long')
    return await file.readFile('utf8')
  } catch (cause) {
    const reason = asError(cause).message
    throw new CliError({ code: 'cli/file-unreadable', path, reason }, { cause })
  }
}
