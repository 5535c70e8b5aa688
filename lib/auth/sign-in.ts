import { ask } from './answer.ts'
import { auth } from './auth.ts'

export type SignedIn =
  | { kind: 'signed-in'; userId: string; cookies: string[] }
  | { kind: 'code-wanted'; cookies: string[] }
  | { kind: 'wrong' }
  | { kind: 'disabled' }

/** Checks e-mail address and password. @param headers of the request: its cookies, address and browser. */
export async function signIn(headers: Headers, email: string, password: string): Promise<SignedIn> {
  const { api } = await auth()
  const body = { email: email.toLowerCase(), password }
  const answer = await ask(api.signInEmail({ body, headers, returnHeaders: true }))
  if (!answer.ok) return { kind: answer.refusal.code === 'BANNED_USER' ? 'disabled' : 'wrong' }
  if ('twoFactorRedirect' in answer.value) return { kind: 'code-wanted', cookies: answer.cookies }
  return { kind: 'signed-in', userId: answer.value.user.id, cookies: answer.cookies }
}

export type CodeAnswer =
  | { kind: 'right'; userId: string; cookies: string[] }
  | { kind: 'wrong' }
  /** The sign-in this code belongs to is over: begin again with the password. */
  | { kind: 'begin-again' }
  | { kind: 'locked' }
  | { kind: 'none-begun' }

/**
 * Checks a code: six digits of the app, else a backup code, which is used up. Without a session it ends a sign-in;
 * with one it switches the second factor on, or proves that the person still has it.
 */
export async function checkCode(headers: Headers, code: string): Promise<CodeAnswer> {
  const { api } = await auth()
  const isTotp = /^\d{6}$/.test(code)
  const answer = await ask<{ user: { id: string } }>(
    isTotp
      ? api.verifyTOTP({ body: { code }, headers, returnHeaders: true })
      : api.verifyBackupCode({ body: { code }, headers, returnHeaders: true }),
  )
  if (answer.ok) return { kind: 'right', userId: answer.value.user.id, cookies: answer.cookies }
  switch (answer.refusal.code) {
    case 'INVALID_TWO_FACTOR_COOKIE':
    case 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE':
      return { kind: 'begin-again' }
    case 'ACCOUNT_TEMPORARILY_LOCKED':
      return { kind: 'locked' }
    case 'TOTP_NOT_ENABLED':
    case 'BACKUP_CODES_NOT_ENABLED':
      return { kind: 'none-begun' }
    default:
      return { kind: 'wrong' }
  }
}

/** Ends the session of these cookies; returns the cookies that forget it. */
export async function signOut(headers: Headers): Promise<string[]> {
  const { api } = await auth()
  const answer = await ask(api.signOut({ headers, returnHeaders: true }))
  return answer.cookies
}
