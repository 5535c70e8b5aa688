import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { noShellFailure, sshFailure, type SshFailure } from './failure.ts'
import type { Session } from './session.ts'

/** Is it Linux, and may we act as root there? Errors besides those of the connection: not-linux, sudo-missing, sudo-password. */
export async function checkHost(session: Session): Promise<Result<{ isRoot: boolean }, SshFailure>> {
  const asked = await session.exec(['sh', '-c', 'uname -s && id -u'])
  if (!asked.ok) return asked
  const [system = '', uid = ''] = asked.value.stdout.toString('utf8').trim().split('\n')
  if (asked.value.code !== 0)
    return err(noShellFailure(session.place, session.user, asked.value.stderr.toString('utf8')))
  if (system !== 'Linux')
    return err(
      sshFailure(
        'not-linux',
        `${session.place} runs ${plainText(system, 40) || 'an unknown system'}, not Linux. Drawbridge manages KVM hosts, which are Linux machines.`,
      ),
    )
  if (uid === '0') return ok({ isRoot: true })
  const tried = await session.exec(['true'], { sudo: true })
  if (!tried.ok) return tried
  if (tried.value.code === 0) return ok({ isRoot: false })
  return err(
    sshFailure(
      'sudo-missing',
      `sudo does not work for ${session.user} at ${session.place}. Run “sudo -n true” there as that user to see why.`,
      tried.value.stderr.toString('utf8'),
    ),
  )
}
