/**
 * A pack under a passphrase: what a backup file is.
 *
 *     "aip-backup:v1" and a line feed ‖ salt ‖ nonce ‖ sealed pack with its tag ‖ SHA-256 of all before
 *
 * The hash tells a damaged file from a wrong passphrase before the long work of trying it; that
 * nobody has altered the file, the seal says. Specification: docs/spec/identity-files.md, "Backups".
 */
import { concatBytes, equalBytes, textBytes } from '../../base/bytes.ts'
import { HASH_BYTES, sha256 } from '../../crypto/hash.ts'
import {
  deriveBoxKey,
  NONCE_BYTES,
  SALT_BYTES,
  seal,
  TAG_BYTES,
  unseal,
} from '../passphrase-box.ts'
import type { BoxKey } from '../passphrase-box.ts'
import { BackupError } from './error.ts'
import { decodePack, encodePack, PACK_LIMIT_BYTES, type Pack } from './pack.ts'

const MAGIC = textBytes('aip-backup:v1\n')
const ANY_MAGIC = /^aip-backup:v(\d{1,9})\n/
const SEALED_AT = MAGIC.length + SALT_BYTES + NONCE_BYTES
const LEAST_BYTES = SEALED_AT + TAG_BYTES + HASH_BYTES
export const ARCHIVE_LIMIT_BYTES = PACK_LIMIT_BYTES + LEAST_BYTES

/** @param boxKey  made for this archive alone. @throws {BackupError} `backup/too-large`. */
export function sealArchive(pack: Pack, boxKey: BoxKey): Uint8Array {
  const { nonce, bytes } = seal(boxKey, encodePack(pack), contextOf(boxKey.salt))
  const body = concatBytes(MAGIC, boxKey.salt, nonce, bytes)
  return concatBytes(body, sha256(body))
}

/**
 * What the archive holds, every part checked against the manifest.
 *
 * @throws {BackupError} `backup/not-a-backup`, `backup/newer`, `backup/damaged`,
 *   `backup/passphrase-wrong`, `backup/too-large`.
 */
export async function openArchive(archive: Uint8Array, passphrase: string): Promise<Pack> {
  assertWhole(archive)
  const salt = archive.slice(MAGIC.length, MAGIC.length + SALT_BYTES)
  const nonce = archive.slice(MAGIC.length + SALT_BYTES, SEALED_AT)
  const bytes = archive.slice(SEALED_AT, -HASH_BYTES)
  const boxKey = await deriveBoxKey(passphrase, salt)
  const plain = unseal(boxKey, { nonce, bytes }, contextOf(salt))
  if (plain === undefined) throw new BackupError({ code: 'backup/passphrase-wrong' })
  return decodePack(plain)
}

/** All that can be said of an archive without its passphrase. @throws {BackupError}. */
export function assertWhole(archive: Uint8Array): void {
  if (archive.length > ARCHIVE_LIMIT_BYTES) {
    throw new BackupError({ code: 'backup/too-large', limitBytes: PACK_LIMIT_BYTES })
  }
  const head = Buffer.from(archive.subarray(0, 32)).toString('latin1')
  const [, version] = ANY_MAGIC.exec(head) ?? []
  if (version === undefined) throw new BackupError({ code: 'backup/not-a-backup' })
  if (version !== '1') throw new BackupError({ code: 'backup/newer', version })
  if (archive.length < LEAST_BYTES) {
    throw new BackupError({ code: 'backup/damaged', reason: 'it is cut short' })
  }
  const [body, hash] = [archive.subarray(0, -HASH_BYTES), archive.subarray(-HASH_BYTES)]
  if (!equalBytes(sha256(body), hash)) {
    throw new BackupError({ code: 'backup/damaged', reason: 'its hash does not fit' })
  }
}

function contextOf(salt: Uint8Array): Uint8Array {
  return concatBytes(MAGIC, salt)
}
