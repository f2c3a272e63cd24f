import { NodeError } from '../../node/error.ts'
import { replaceKeyFile } from '../../node/key-file.ts'
import { readIdentity } from '../../node/own-identity.ts'
import { newBoxKey } from '../../node/passphrase-box.ts'
import { finishSuccession } from '../../node/succession.ts'
import { StoreLock } from '../../store/lock.ts'
import type { CommandDefinition } from '../command.ts'
import { prepare } from '../daemon.ts'
import { CliError } from '../error.ts'
import { chosenPassphrase, PASSPHRASE_OPTION, passphraseSource } from '../secrets.ts'
import { flagsOf } from './start.ts'

export const passphrase: CommandDefinition = {
  name: 'passphrase',
  summary: 'Encrypt the key file, change its passphrase, or take it away; the node must not run',
  options: [
    PASSPHRASE_OPTION,
    { flags: '--new-passphrase-file <file>', description: 'the new passphrase; else asked for' },
    { flags: '--remove', description: 'keep the key in the clear from now on' },
  ],
  examples: [
    'aip-node passphrase',
    'aip-node passphrase --passphrase-file old.txt --new-passphrase-file new.txt',
    'aip-node passphrase --remove',
  ],

  async run(invocation, context) {
    const { env, platform, output } = context
    const isRemoved = invocation.has('remove')
    if (isRemoved && invocation.text('newPassphraseFile') !== undefined) {
      const problem = '--remove and --new-passphrase-file exclude each other'
      throw new CliError({ code: 'cli/usage', problem })
    }
    const { paths } = await prepare({ env, platform, flags: flagsOf(invocation) })
    const { keyFile } = paths
    // A running node would write the next key under the old passphrase.
    await using held = new AsyncDisposableStack()
    held.use(await StoreLock.acquire(paths.lock))
    await finishSuccession(keyFile)
    const identity = await readIdentity(keyFile, passphraseSource(invocation, context))
    if (identity === undefined)
      throw new NodeError({ code: 'node/key-file-missing', path: keyFile })
    const { seed, log } = identity
    if (isRemoved) await replaceKeyFile(keyFile, { seed, log: log.bytes })
    else {
      const words = await chosenPassphrase(invocation, context, {
        what: keyFile,
        option: 'newPassphraseFile',
      })
      await replaceKeyFile(keyFile, { seed, log: log.bytes, boxKey: await newBoxKey(words) })
    }
    output.answer({ did: identity.did, encrypted: !isRemoved }, () => [
      isRemoved ? `${keyFile} is in the clear.` : `${keyFile} is encrypted.`,
    ])
  },
}
