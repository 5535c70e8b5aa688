import { type Actor, parseRole } from '../../access/can.ts'
import { checkCode, signIn as checkPassword, signOut as endSession } from '../../auth/sign-in.ts'
import type { Me, SignInRequest } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { getUser } from '../../store/people.ts'
import { audit } from '../refuse.ts'
import type { Caller } from './caller.ts'
import { readMe } from './read-me.ts'
import { requirePerson } from './require-person.ts'

export interface SignInAnswer {
  twoFactorRequired: boolean
  me: Me | null
  /** To be set by the answer. */
  cookies: string[]
}

const failed = ({ address }: Caller, email: string | null, code: string): Promise<void> =>
  audit(
    { kind: 'system', name: 'sign-in', address },
    'session.begin',
    'failed',
    { kind: 'user', name: email },
    { code },
  )

/** Signs in with e-mail address and password; with a second factor it asks for the code next. */
export async function signIn(caller: Caller, { email, password }: SignInRequest): Promise<SignInAnswer> {
  const answer = await checkPassword(caller.headers, email, password)
  switch (answer.kind) {
    case 'wrong':
      await failed(caller, email, 'wrong-password')
      throw new Problem({
        code: 'wrong-password',
        kind: 'unauthenticated',
        title: 'E-mail address or password is wrong. Check both, or ask an admin to set a new password.',
      })
    case 'disabled':
      await failed(caller, email, 'disabled')
      throw new Problem({ code: 'disabled', kind: 'forbidden', title: 'This account is disabled. Ask an admin.' })
    case 'code-wanted':
      return { twoFactorRequired: true, me: null, cookies: answer.cookies }
    case 'signed-in':
      return { twoFactorRequired: false, me: await welcome(caller, answer.userId), cookies: answer.cookies }
  }
}

/** The second step of signing in: a code of the authenticator app, or a backup code. */
export async function signInWithCode(caller: Caller, code: string): Promise<SignInAnswer> {
  const answer = await checkCode(caller.headers, code)
  if (answer.kind === 'right')
    return { twoFactorRequired: false, me: await welcome(caller, answer.userId), cookies: answer.cookies }
  await failed(caller, null, answer.kind === 'wrong' ? 'wrong-code' : answer.kind)
  throw codeProblem(answer.kind)
}

export function codeProblem(kind: 'wrong' | 'begin-again' | 'locked' | 'none-begun'): Problem {
  switch (kind) {
    case 'wrong':
      return new Problem({
        code: 'wrong-code',
        kind: 'unauthenticated',
        title: 'The code is wrong. Take the newest one, and check the clock of your phone; or use a backup code.',
      })
    case 'locked':
      return new Problem({
        code: 'second-factor-locked',
        kind: 'rate-limited',
        title: 'Too many wrong codes: the second factor of this account rests for a quarter of an hour.',
        retryAfterSeconds: 900,
      })
    case 'begin-again':
    case 'none-begun':
      return new Problem({
        code: 'sign-in-again',
        kind: 'unauthenticated',
        title: 'There is no sign-in that waits for this code. Give your e-mail address and password again.',
      })
  }
}

async function welcome(caller: Caller, userId: string): Promise<Me> {
  const user = await getUser(userId)
  const role = parseRole(user?.role)
  if (user === null || role === null) throw new Error('a person who signed in has no row or no role')
  const { id, name } = user
  // The session's id is not needed here, and comes with the next request.
  const actor: Actor = { kind: 'user', id, name, role, teamId: 'default', sessionId: '', address: caller.address }
  await audit(actor, 'session.begin', 'done', { kind: 'user', id, name })
  return readMe(actor)
}

/** Ends this session; the cookies forget it. */
export async function signOut(actor: Actor, caller: Caller): Promise<string[]> {
  const { id, name } = await requirePerson(actor)
  const cookies = await endSession(caller.headers)
  await audit(actor, 'session.end', 'done', { kind: 'user', id, name })
  return cookies
}
