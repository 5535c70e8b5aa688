import { createPerson } from '../../auth/people.ts'
import { forgetSetupToken, takeSetupToken } from '../../auth/setup-token.ts'
import type { SetupRequest } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { type SignInAnswer, signIn } from '../account/sign-in.ts'
import type { Caller } from '../account/caller.ts'
import { audit } from '../refuse.ts'
import { isClaimed } from './state.ts'

const claimed = (): Problem =>
  new Problem({
    code: 'claimed',
    kind: 'conflict',
    title: 'Drawbridge is set up already. Sign in, or ask its admin for an account.',
  })

/** Makes the first admin with the one-time token and signs them in. */
export async function claimSetup(caller: Caller, request: SetupRequest, now: Date): Promise<SignInAnswer> {
  const { token, name, email, password } = request
  const actor = { kind: 'system', name: 'set-up', address: caller.address } as const
  if (await isClaimed()) throw claimed()
  const ticket = await takeSetupToken(token, now)
  if (!ticket.taken) {
    await audit(actor, 'setup.claim', 'failed', { kind: 'user', name: email }, { code: 'wrong-setup-token' })
    throw new Problem({
      code: 'wrong-setup-token',
      kind: 'forbidden',
      title:
        'This set-up token is wrong, used or older than 24 hours. Start Drawbridge again to get a new one; it also lies in the file setup-token of the data directory.',
    })
  }
  try {
    const made = await createPerson({ name, email, password, role: 'admin' })
    if (made === 'taken') throw claimed()
    await audit(actor, 'setup.claim', 'done', { kind: 'user', id: made.id, name: email })
  } catch (failure) {
    await ticket.undo()
    throw failure
  }
  await forgetSetupToken()
  return signIn(caller, { email, password })
}
