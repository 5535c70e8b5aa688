import { err, ok, type Result } from '../kit/result.ts'
import { ask, type AuthRefusal } from './answer.ts'
import { auth } from './auth.ts'

export type SecondFactorRefusal = 'wrong-password' | 'already-on' | 'not-on'

const why = ({ code }: AuthRefusal): SecondFactorRefusal =>
  code === 'TOTP_ALREADY_ENABLED' ? 'already-on' : code === 'INVALID_PASSWORD' ? 'wrong-password' : 'not-on'

export interface TotpOffer {
  /** `otpauth://totp/…`, for a QR code. */
  uri: string
  /** The same secret in base32, for typing. */
  secret: string
  backupCodes: string[]
}

/** Makes a secret; nothing is switched on before `checkCode` saw a code of it. */
export async function beginTotp(headers: Headers, password: string): Promise<Result<TotpOffer, SecondFactorRefusal>> {
  const { api } = await auth()
  const answer = await ask(api.enableTwoFactor({ body: { password, method: 'totp' }, headers, returnHeaders: true }))
  if (!answer.ok) return err(why(answer.refusal))
  const { value } = answer
  if (!('totpURI' in value)) throw new Error('the auth library answered no TOTP address')
  const secret = new URL(value.totpURI).searchParams.get('secret') ?? ''
  return ok({ uri: value.totpURI, secret, backupCodes: value.backupCodes })
}

/** Switches it off. The cookies are those of the session, made anew. */
export async function disableTotp(headers: Headers, password: string): Promise<Result<string[], SecondFactorRefusal>> {
  const { api } = await auth()
  const answer = await ask(api.disableTwoFactor({ body: { password }, headers, returnHeaders: true }))
  return answer.ok ? ok(answer.cookies) : err(why(answer.refusal))
}

/** New backup codes; the old ones are worth nothing any more. */
export async function renewBackupCodes(
  headers: Headers,
  password: string,
): Promise<Result<string[], SecondFactorRefusal>> {
  const { api } = await auth()
  const answer = await ask(api.generateBackupCodes({ body: { password }, headers, returnHeaders: true }))
  return answer.ok ? ok(answer.value.backupCodes) : err(why(answer.refusal))
}
