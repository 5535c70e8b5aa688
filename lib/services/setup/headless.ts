import { readFile } from 'node:fs/promises'
import { createPerson } from '../../auth/people.ts'
import { forgetSetupToken } from '../../auth/setup-token.ts'
import { emailSchema, passwordSchema } from '../../contract/account.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import { audit } from '../refuse.ts'
import { isClaimed } from './state.ts'

/** The first admin without a browser, from the environment; nothing happens once there is one. Errors are sentences. */
export async function makeFirstAdmin(email: string, passwordFile: string): Promise<Result<boolean>> {
  if (await isClaimed()) return ok(false)
  const address = emailSchema.safeParse(email)
  if (!address.success) return err(`DRAWBRIDGE_ADMIN_EMAIL is no e-mail address: ${email}`)
  let text: string
  try {
    text = (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '')
  } catch (failure) {
    return err(`DRAWBRIDGE_ADMIN_PASSWORD_FILE cannot be read: ${(failure as Error).message}`)
  }
  const password = passwordSchema.safeParse(text)
  if (!password.success)
    return err(`The password in ${passwordFile} cannot be used: ${password.error.issues[0]?.message}`)
  const name = address.data.split('@')[0] ?? address.data
  const made = await createPerson({ name, email: address.data, password: password.data, role: 'admin' })
  if (made === 'taken') return ok(false)
  await forgetSetupToken()
  await audit({ kind: 'system', name: 'set-up' }, 'setup.claim', 'done', {
    kind: 'user',
    id: made.id,
    name: address.data,
  })
  return ok(true)
}
