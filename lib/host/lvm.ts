import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'

export interface LvmFailure {
  code: 'connection' | 'no-space' | 'failed'
  /** What LVM said, cleaned. */
  said: string
  ssh?: SshFailure
}

/**
 * Makes a logical volume larger: libvirt has no call for it in its LVM pools.
 * @param sizeBytes a multiple of 512 @returns the bytes it has then, which are whole extents: often some more than asked
 */
export async function growLogicalVolume(
  session: Session,
  path: string,
  sizeBytes: number,
): Promise<Result<number, LvmFailure>> {
  const grown = await run(session, ['lvextend', '-q', '-L', `${sizeBytes}b`, '--', path])
  if (!grown.ok) return grown
  const size = await run(session, ['blockdev', '--getsize64', path])
  return size.ok ? ok(Number(size.value.trim())) : size
}

async function run(session: Session, argv: readonly string[]): Promise<Result<string, LvmFailure>> {
  const ran = await session.exec(argv, { sudo: true })
  if (!ran.ok) return err({ code: 'connection', said: ran.error.title, ssh: ran.error })
  const { code, stdout, stderr } = ran.value
  if (code === 0) return ok(stdout.toString('utf8'))
  const said = plainText(stderr.toString('utf8').trim().split('\n').at(-1) ?? '', 300)
  return err({ code: /insufficient free space/i.test(said) ? 'no-space' : 'failed', said })
}
