import type { Actor } from '../../access/can.ts'
import * as factor from '../../auth/second-factor.ts'
import { checkCode } from '../../auth/sign-in.ts'
import type { Me } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import type { Result } from '../../kit/result.ts'
import { audited } from '../refuse.ts'
import type { Caller, Person } from './caller.ts'
import { readMe } from './read-me.ts'
import { requirePerson } from './require-person.ts'

const self = ({ id, name }: Person) => ({ kind: 'user', id, name })

function granted<T>(answer: Result<T, factor.SecondFactorRefusal>): T {
  if (answer.ok) return answer.value
  switch (answer.error) {
    case 'wrong-password':
      throw new Problem({
        code: 'wrong-password',
        kind: 'invalid',
        title: 'Your password is wrong.',
        fields: [{ field: 'password', message: 'This is not your password.' }],
      })
    case 'already-on':
      throw new Problem({
        code: 'second-factor-on',
        kind: 'conflict',
        title: 'Your second factor is on already. Switch it off first to use another app.',
      })
    case 'not-on':
      throw new Problem({ code: 'second-factor-off', kind: 'conflict', title: 'Your second factor is not on.' })
  }
}

/** Makes a secret for my authenticator app and backup codes, shown this once; on only after `confirmTotp`. */
export async function beginTotp(actor: Actor, caller: Caller, password: string): Promise<factor.TotpOffer> {
  const me = await requirePerson(actor)
  return audited(actor, 'account.own', self(me), async (note) => {
    note({ detail: { verb: 'begin-second-factor' } })
    return granted(await factor.beginTotp(caller.headers, password))
  })
}

/** Switches my second factor on, with a code that proves the app has the secret. */
export async function confirmTotp(actor: Actor, caller: Caller, code: string): Promise<{ me: Me; cookies: string[] }> {
  const me = await requirePerson(actor)
  return audited(actor, 'account.own', self(me), async (note) => {
    note({ detail: { verb: 'switch-on-second-factor' } })
    const answer = await checkCode(caller.headers, code)
    if (answer.kind === 'right') return { me: await readMe(actor), cookies: answer.cookies }
    if (answer.kind === 'none-begun')
      throw new Problem({
        code: 'second-factor-not-begun',
        kind: 'conflict',
        title: 'Begin first: there is no secret this code could belong to.',
      })
    throw new Problem({
      code: 'wrong-code',
      kind: 'invalid',
      title: 'The code is wrong. Take the newest one, and check the clock of your phone.',
      fields: [{ field: 'code', message: 'This code is wrong.' }],
    })
  })
}

/** Switches my second factor off. */
export async function disableTotp(actor: Actor, caller: Caller, password: string): Promise<string[]> {
  const me = await requirePerson(actor)
  return audited(actor, 'account.own', self(me), async (note) => {
    note({ detail: { verb: 'switch-off-second-factor' } })
    return granted(await factor.disableTotp(caller.headers, password))
  })
}

/** New backup codes, shown this once; the old ones are void. */
export async function renewBackupCodes(actor: Actor, caller: Caller, password: string): Promise<string[]> {
  const me = await requirePerson(actor)
  return audited(actor, 'account.own', self(me), async (note) => {
    note({ detail: { verb: 'renew-backup-codes' } })
    return granted(await factor.renewBackupCodes(caller.headers, password))
  })
}
