/** A credential that was judged, as the local interface and the command show it. */
import type { AipError } from '../base/error.ts'
import type { CheckedCredential } from '../records/credential-proof.ts'
import { CredentialError } from '../records/credential-error.ts'
import { RecordError } from '../records/error.ts'
import { ruleOf } from '../records/rules.ts'
import type { CredentialVerdict } from './views.ts'

/**
 * What became of judging a credential: whatever breaks a rule is an answer, everything else is thrown
 * on.
 */
export async function verdictOf(
  judging: () => Promise<CheckedCredential>,
): Promise<CredentialVerdict> {
  try {
    return soundVerdict(await judging())
  } catch (error) {
    if (!(error instanceof CredentialError) && !(error instanceof RecordError)) throw error
    return brokenVerdict(error)
  }
}

function soundVerdict({ credential, keyId, isKeyCurrent }: CheckedCredential): CredentialVerdict {
  const { issuer, validFrom, validUntil, credentialSubject, evidence } = credential
  const { id: subject, scope, level, statement = null } = credentialSubject
  return {
    valid: true,
    rule: null,
    code: null,
    problem: null,
    vouch: {
      id: evidence[0].record,
      issuer,
      subject,
      scope,
      level,
      statement,
      issuedAt: validFrom,
      expiresAt: validUntil,
    },
    key: { id: keyId, state: isKeyCurrent ? 'current' : 'retired' },
  }
}

function brokenVerdict({ fault, message }: AipError): CredentialVerdict {
  const { code } = fault
  return { valid: false, rule: ruleOf(code), code, problem: message, vouch: null, key: null }
}
