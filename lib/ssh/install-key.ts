import { err, ok, type Result } from '../kit/result.ts'
import { sshFailure, type SshFailure } from './failure.ts'
import { scriptText } from './script.ts'
import type { Session } from './session.ts'

/** Lets this public key sign in as the session's user from now on. Doing it twice changes nothing. */
export async function installKey(session: Session, publicKey: string): Promise<Result<{ added: boolean }, SshFailure>> {
  const line = publicKey.trim()
  if (!/^[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\r\n\0]*)?$/.test(line))
    return err(sshFailure('bad-key', 'This is not a public key in the form of authorized_keys.'))
  const done = await session.exec(['sh', '-c', scriptText('lib/ssh/scripts/install-key.sh')], { stdin: `${line}\n` })
  if (!done.ok) return done
  const { code, stdout, stderr } = done.value
  const said = stdout.toString('utf8').trim()
  if (code !== 0)
    return err(
      sshFailure(
        'unknown',
        `The key could not be added to ~/.ssh/authorized_keys of ${session.user} at ${session.place}. Look at the owner and the free space of that directory.`,
        stderr.toString('utf8'),
      ),
    )
  return ok({ added: said === 'added' })
}
